/**
 * The files of the built page. They are read once and kept: an address is looked up among them and never made into a
 * path, so that nothing outside of the directory can be asked for.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { RequestRefused } from "@halte/api"
import * as Addresses from "./Addresses.ts"
import * as MediaRange from "./MediaRange.ts"
import * as MetricsHandlers from "./MetricsHandlers.ts"
import * as ReferencePages from "./ReferencePages.ts"

/**
 * The files of one page.
 *
 * @since 0.1.0
 */
export interface PageFiles {
  /** Whether the answer to this request is the page's, and not that of the API. */
  readonly owns: (request: {
    readonly method: string
    readonly path: string
    readonly accept: string | null
  }) => boolean
  /** The answer to a request that the page owns. */
  readonly answer: (request: {
    readonly method: string
    readonly path: string
    readonly headers: Headers
  }) => Response | RequestRefused.RequestRefused
}

interface File {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
  readonly etag: string
}

const types: { readonly [extension: string]: string } = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2"
}

const index = "/index.html"

/** What is in this directory has a digest in its name. */
const assets = "/assets/"

/**
 * Whether an address is one of the page's views. The API has the same ones.
 *
 * @since 0.1.0
 */
export const isView = (path: string): boolean =>
  path === "/" || path === "/command" || /^\/(executions|flows)(\/[^/]+)?$/.test(path)

/** Whether an address is neither of the page nor of the API. */
const isNothing = (path: string): boolean =>
  !isView(path) &&
  !path.startsWith(assets) &&
  path !== MetricsHandlers.path &&
  Addresses.at(path) === undefined &&
  ReferencePages.at(path) === undefined

/**
 * The files below a directory; hidden ones and links are left out.
 *
 * @since 0.1.0
 */
export const make = (directory: URL): PageFiles => {
  const root = fileURLToPath(directory)
  let known: { readonly builtAt: number; readonly files: ReadonlyMap<string, File> } | undefined

  /** As the page was last built: one that is built while the server runs is there at once. */
  const files = (): ReadonlyMap<string, File> => {
    const builtAt = statSync(join(root, index), { throwIfNoEntry: false })?.mtimeMs
    if (builtAt === undefined) return none
    if (known?.builtAt !== builtAt) known = { builtAt, files: read(root) }
    return known.files
  }

  const isPage = (path: string, accept: string | null): boolean =>
    (isView(path) || isNothing(path)) &&
    MediaRange.choose(accept ?? undefined, ["application/json", "text/html"]) === "text/html"

  return {
    owns: ({ accept, method, path }) =>
      (method === "GET" || method === "HEAD") &&
      (path.startsWith(assets) || isPage(path, accept) || (path !== index && files().has(path))),

    answer: ({ headers, method, path }) => {
      const all = files()
      const view = isView(path)
      // The page says so to a person, and where to go from there.
      const nothing = !view && !all.has(path) && isNothing(path)
      const file = all.get(view || nothing ? index : path)
      if (file === undefined)
        return view
          ? new RequestRefused.RequestRefused({
              code: "page-not-built",
              detail: "The page was not built: run `npm run build` where Halte is, and load it again."
            })
          : new RequestRefused.RequestRefused({ code: "unknown-route", detail: `The page has no file \`${path}\`.` })
      const { bytes, etag, type } = file
      const common = {
        etag,
        "cache-control": path.startsWith(assets) ? "public, max-age=31536000, immutable" : "no-cache",
        ...(view || nothing ? { vary: "Accept" } : undefined)
      }
      if (!nothing && matches(headers.get("if-none-match"), etag))
        return new Response(null, { status: 304, headers: common })
      return new Response(method === "HEAD" ? null : bytes, {
        status: nothing ? 404 : 200,
        headers: { ...common, "content-type": type, "content-length": String(bytes.byteLength) }
      })
    }
  }
}

const none: ReadonlyMap<string, File> = new Map()

const matches = (header: string | null, etag: string): boolean =>
  header !== null && header.split(",").some((tag) => ["*", etag].includes(tag.trim().replace(/^W\//, "")))

const read = (root: string): ReadonlyMap<string, File> => {
  const files = new Map<string, File>()
  const look = (directory: string, path: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue
      const at = join(directory, entry.name)
      if (entry.isDirectory()) look(at, `${path}${entry.name}/`)
      else if (entry.isFile()) {
        const bytes = new Uint8Array(readFileSync(at))
        files.set(path + encodeURI(entry.name), {
          bytes,
          type: types[extname(entry.name).toLowerCase()] ?? "application/octet-stream",
          etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 27)}"`
        })
      }
    }
  }
  look(root, "/")
  return files
}
