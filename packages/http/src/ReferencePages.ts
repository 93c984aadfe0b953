/**
 * What a server says about its own API: the OpenAPI document, the page about it, and one page for each problem. All of
 * it is the same for everybody and holds no data.
 *
 * @since 0.1.0
 */
import { RequestRefused } from "@halte/api"
import * as Addresses from "./Addresses.ts"
import * as ApiDocs from "./ApiDocs.ts"
import * as DocsStyle from "./DocsStyle.ts"
import * as OpenApiDocument from "./OpenApiDocument.ts"
import * as ProblemPages from "./ProblemPages.ts"
import * as SecurityHeaders from "./SecurityHeaders.ts"

/** The style of the pages, a file of its own: no page has a style in it. */
const style = "/docs/page.css"

interface Page {
  readonly address: Addresses.Address
  readonly contentType: string
  readonly text: () => string
}

const made = new Map<string, string>()

const once = (path: string, make: () => string) => (): string => {
  let text = made.get(path)
  if (text === undefined) {
    text = make()
    made.set(path, text)
  }
  return text
}

const page = (path: string, format: string, make: () => string): Page => ({
  address: Addresses.readOnly(format),
  contentType: format === "application/json" ? format : `${format}; charset=utf-8`,
  text: once(path, make)
})

const pages: ReadonlyMap<string, Page> = new Map(
  [
    ["/openapi.json", "application/json", OpenApiDocument.toJson] as const,
    ["/docs", "text/html", () => ApiDocs.page(style)] as const,
    [style, "text/css", () => DocsStyle.css] as const,
    ["/problems", "text/html", () => ProblemPages.list(style)] as const
  ].map(([path, format, make]) => [path, page(path, format, make)])
)

const find = (path: string): Page | RequestRefused.RequestRefused | undefined => {
  const known = pages.get(path)
  if (known !== undefined) return known
  const code = /^\/problems\/([^/]+)$/.exec(path)?.[1]
  if (code === undefined) return undefined
  const text = ProblemPages.page(code, style)
  if (text !== undefined) return page(path, "text/html", () => text)
  return new RequestRefused.RequestRefused({
    code: "unknown-route",
    detail: `There is no problem of this code. \`/problems\` lists all.`
  })
}

/**
 * What is at a path: its methods and formats, and how it is answered. `undefined` where the path is none of these.
 *
 * @since 0.1.0
 */
export const at = (
  path: string
):
  | { readonly address: Addresses.Address; readonly respond: (method: string) => Response }
  | RequestRefused.RequestRefused
  | undefined => {
  const found = find(path)
  if (found === undefined || found instanceof RequestRefused.RequestRefused) return found
  return {
    address: found.address,
    respond: (method) =>
      SecurityHeaders.add(
        new Response(method === "HEAD" ? null : found.text(), {
          headers: { "content-type": found.contentType, "cache-control": "no-cache" }
        })
      )
  }
}
