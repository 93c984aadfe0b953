import { defineConfig } from "vitest/config"

// Workspace packages are tested from their sources: no build between a change and its test.
const conditions = ["@halte/source"]
// Electron's own modules exist only within Electron: main process and preload script are tested over stand-ins.
const alias = {
  "electron/main": new URL("./support/electron/Main.ts", import.meta.url).pathname,
  "electron/common": new URL("./support/electron/Main.ts", import.meta.url).pathname,
  "electron/renderer": new URL("./support/electron/Renderer.ts", import.meta.url).pathname
}
const resolve = { conditions, alias }
// The same tests on a person's machine and in CI: what is different there is tested by saying so.
const env = { CI: "" }
const ssr = { resolve: { conditions: [...conditions, "module", "node", "development|production"] } }

export default defineConfig({
  test: {
    // Most tests wait: for processes, for terminals, for a disk.
    maxWorkers: 2,
    projects: [
      {
        resolve,
        ssr,
        // A ceiling that tells working from hanging, on a machine that others use too.
        test: {
          name: "unit",
          env,
          include: ["packages/*/test/**/*.test.ts", "test/docs/**/*.test.ts", "test/electron/**/*.test.ts"],
          testTimeout: 20_000,
          hookTimeout: 20_000
        }
      },
      {
        resolve,
        ssr,
        test: {
          name: "e2e",
          env,
          include: ["test/e2e/**/*.e2e.ts"],
          globalSetup: ["test/support/BuildDesktop.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000
        }
      },
      // Only by `npm run test:electron`, which has looked for the program.
      ...(process.env["HALTE_ELECTRON"] === undefined
        ? []
        : [
            {
              resolve,
              ssr,
              test: {
                name: "electron",
                env,
                include: ["test/electron/**/*.electron.ts"],
                globalSetup: ["test/support/BuildDesktop.ts"],
                fileParallelism: false,
                testTimeout: 120_000,
                hookTimeout: 120_000
              }
            }
          ])
    ]
  }
})
