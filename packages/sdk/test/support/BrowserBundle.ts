/**
 * What a bundler for browsers makes of a program that imports the SDK.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { build, type Rolldown } from "vite"

const root = new URL("../../../..", import.meta.url).pathname

export interface BrowserBundle {
  /** The text of each file, by name; `assets/entry.js` is the program. */
  readonly files: Readonly<Record<string, string>>
  /** What the program and everything that it loads with itself weighs, minified and compressed, in bytes. */
  readonly gzip: number
  /** What it would need of Node. */
  readonly nodeImports: ReadonlyArray<string>
}

/** Bundles the text of a program, which may import whatever the SDK's own sources can. */
export const make = async (program: string): Promise<BrowserBundle> => {
  const directory = mkdtempSync(join(tmpdir(), "halte-bundle-"))
  const entry = join(directory, "program.ts")
  writeFileSync(entry, program)
  try {
    return await ofFile(entry)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Bundles a program in a file. */
export const ofFile = async (entry: string): Promise<BrowserBundle> => {
  const nodeImports: Array<string> = []
  const output = (await build({
    root,
    configFile: false,
    logLevel: "silent",
    resolve: { conditions: ["@halte/source", "module", "browser", "development|production"] },
    plugins: [
      {
        name: "names-of-node",
        enforce: "pre",
        resolveId(name, importer) {
          if (name.startsWith("node:")) nodeImports.push(`${name} of ${importer ?? "nothing"}`)
          // The program lies outside of the clone, and imports what the SDK may import.
          return importer === entry ? this.resolve(name, join(root, "packages/sdk/src/index.ts")) : undefined
        }
      }
    ],
    build: {
      write: false,
      target: "es2023",
      minify: true,
      modulePreload: { polyfill: false },
      rollupOptions: {
        input: entry,
        output: { entryFileNames: "assets/entry.js" },
        preserveEntrySignatures: "strict"
      }
    }
  })) as Rolldown.RolldownOutput
  const chunks = output.output.filter((file) => file.type === "chunk")
  const files = Object.fromEntries(chunks.map(({ code, fileName }) => [fileName, code]))
  const loaded = new Set(["assets/entry.js"])
  for (const name of loaded)
    for (const further of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) loaded.add(further)
  const gzip = [...loaded].reduce((sum, name) => sum + gzipSync(files[name]!, { level: 9 }).length, 0)
  return { files, gzip, nodeImports }
}
