import { defineConfig } from "vitest/config"

// Workspace packages are tested from their sources: no build between a change and its test.
const conditions = ["@halte/source"]
const resolve = { conditions }
const ssr = { resolve: { conditions: [...conditions, "module", "node", "development|production"] } }

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: { name: "unit", include: ["packages/*/test/**/*.test.ts", "test/docs/**/*.test.ts"] }
      },
      {
        resolve,
        ssr,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.e2e.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000
        }
      }
    ]
  }
})
