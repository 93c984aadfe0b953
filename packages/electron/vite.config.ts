import { fileURLToPath } from "node:url"
import { type BuildEnvironmentOptions, defineConfig, type EnvironmentOptions } from "vite"

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** What is there without being brought along: Electron's own modules, and Node's. */
const external = [/^electron(?:\/|$)/, /^node:/]

/** People read stack traces: names and lines stay. Who wrote what is in a file of its own. */
const comments = { legal: true, annotation: false, jsdoc: false }

const common = {
  target: "node24",
  minify: false,
  sourcemap: false,
  reportCompressedSize: false,
  copyPublicDir: false
} satisfies BuildEnvironmentOptions

/** No `node_modules` go along with the application: what it needs of them is inside, from the sources of the clone. */
const environment = (build: BuildEnvironmentOptions): EnvironmentOptions => ({
  consumer: "server",
  resolve: {
    conditions: ["@halte/source", "module", "node", "production"],
    externalConditions: ["node"],
    noExternal: true
  },
  build: { ...common, ...build }
})

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: { outDir: "dist/app" },
  environments: {
    // Main process and engine, and what the engine starts by a file beside its own: names that code looks for are fixed,
    // and everything lies in one directory.
    app: environment({
      emptyOutDir: true,
      license: { fileName: "licenses.json" },
      rolldownOptions: {
        input: {
          Main: source("./src/Main.ts"),
          Host: source("./src/host/Main.ts"),
          WorkerEntry: source("../process/src/worker/WorkerEntry.ts"),
          SweepMain: source("../process/src/process/SweepMain.ts")
        },
        external,
        platform: "node",
        output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "chunk-[hash].js", comments }
      }
    }),
    // A sandboxed preload script is one CommonJS file.
    preload: environment({
      emptyOutDir: false,
      license: { fileName: "preload-licenses.json" },
      rolldownOptions: {
        input: { Preload: source("./src/preload/Preload.ts") },
        external,
        platform: "node",
        output: { format: "cjs", entryFileNames: "[name].cjs", codeSplitting: false, comments }
      }
    })
  },
  builder: {
    buildApp: async (builder) => {
      await builder.build(builder.environments["app"]!)
      await builder.build(builder.environments["preload"]!)
    }
  }
})
