import { assert, describe, it } from "@effect/vitest"
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { afterAll } from "vitest"
import * as PageServer from "../support/PageServer.ts"
import { read, root, tracked } from "../support/RepositoryFiles.ts"

afterAll(PageServer.closeBrowser)

/** Pictures that pages of the docs show. */
const shown = new Set(
  tracked()
    .filter((path) => path.endsWith(".md"))
    .flatMap((path) => [...read(path).matchAll(/pictures\/(page-[\w-]+\.png)/g)].map(([, name]) => name!))
)

/** `UPDATE_DOCS=1` takes those of the docs anew; all others, and all without it, are kept apart. */
const placeOf = (name: string): string =>
  join(
    root,
    process.env["UPDATE_DOCS"] === "1" && shown.has(name) ? "docs/pictures" : "node_modules/.cache/page-pictures",
    name
  )

const release = `halte: 1
name: release
description: Build, test and upload one version.
params:
  version: { type: string, pattern: '^\\d+\\.\\d+\\.\\d+$', description: What to release }
concurrency: 4
steps:
  build: { run: sh go.sh build }
  test: { after: build, run: sh go.sh test }
  upload:
    after: test
    steps:
      part-1: { run: sh go.sh part-1 }
      part-2: { after: part-1, run: sh upload.sh }
      part-3: { after: part-2, run: echo part 3 }
  index:
    after: build
    for-each: { in: "\${{ glob('files/*') }}", as: file, every: 16 }
    use: ./hash.mjs
    with: { path: "\${{ file }}" }
  ship: { after: [upload, index], gate: "Ship \${{ params.version }}?" }
  announce: { after: ship, run: echo announced }
`

/** Asked to stop, it finishes its chunk. */
const upload = `exec 2>/dev/null
trap 'echo finishing chunk 18 of 23; sleep 0.3; exit 0' TERM
for chunk in 13 14 15 16 17; do echo chunk $chunk of 23; done
echo ready part-2
while :; do sleep 0.05; done
`

const hash = `import { setTimeout } from "node:timers/promises"
export default async ({ path }, ctx) => {
  if (Number(path.match(/\\d+/)?.[0]) % 16 === 0) ctx.log?.("hashed up to " + path)
  await setTimeout(9)
  return path.length
}
`

/** Waits for a file of its name. */
const goes = `exec 2>/dev/null
trap 'exit 0' TERM
echo ready $1
while [ ! -e go-$1 ]; do sleep 0.05; done
`

describe("the pictures of the docs", () => {
  it.live("are taken of a real execution, as it runs, is interrupted and has stopped, and of a command", () =>
    Effect.scoped(
      Effect.gen(function* () {
        mkdirSync(join(root, "node_modules/.cache/page-pictures"), { recursive: true })
        const server = yield* PageServer.serve({
          "release.flow.yaml": release,
          "upload.sh": upload,
          "hash.mjs": hash,
          "go.sh": goes
        })
        mkdirSync(join(server.directory, "files"))
        for (let i = 0; i < 1000; i++) server.write(`files/file-${i}.txt`, "")
        const light = yield* server.openPage({ path: "/executions" })
        const dark = yield* server.openPage({ path: "/executions", colorScheme: "dark" })
        const phone = yield* server.openPage({ path: "/executions", viewport: { width: 390, height: 844 } })
        const pages = { light, dark, phone }
        const shoot = async (name: string) => {
          for (const [look, page] of Object.entries(pages))
            await page.screenshot({ path: placeOf(`page-${name}-${look}.png`) })
        }
        const all = async (run: (page: Page) => Promise<unknown>) => {
          for (const page of Object.values(pages)) await run(page)
        }
        yield* Effect.promise(async () => {
          for (const page of Object.values(pages))
            await page.evaluate(() => localStorage.setItem("halte.settings", '{"name":"anna"}'))
          await light.goto(`${server.url}/flows/release`)
          await light.getByLabel("version").fill("2.4.0")
          await light.getByRole("button", { name: "Start", exact: true }).click()
          await light.waitForURL(/\/executions\/\w{20}$/)
          const address = light.url()
          await dark.goto(address)
          await phone.goto(address)
          server.write("go-build", "")
          server.write("go-test", "")
          server.write("go-part-1", "")
          // A third of the loop is done, and the second part is under way.
          await light.waitForFunction(() => {
            const text = document.body.innerText
            return /\b[345]\d\d (\/|of) 1,000/.test(text) && /part-2/.test(text)
          })
          await all((page) => page.getByText("part-2").first().waitFor())
          const step = light.getByRole("button", { name: /^index, Running/ })
          if (await step.isVisible()) await step.click()
          const same = dark.getByRole("button", { name: /^index, Running/ })
          if (await same.isVisible()) await same.click()
          await shoot("running")
          await light
            .getByRole("button", { name: /^Interrupt\b/ })
            .first()
            .click()
          const dialog = light.getByRole("dialog", { name: "Confirm Interrupt" })
          await dialog.getByLabel("Reason").fill("Wrong token for the mirror. Fix first, then go on.")
          await shoot("confirm")
          await dialog.getByRole("button", { name: "Interrupt" }).click()
          await all((page) =>
            page
              .getByText(/^Stopped .* after anna asked/)
              .first()
              .waitFor()
          )
          await shoot("interrupted")
        })
        yield* Effect.promise(async () => {
          await all((page) => page.goto(`${server.url}/executions`))
          await all((page) => page.getByText("Interrupted", { exact: true }).first().waitFor())
          await shoot("list")
        })
        for (const name of ["running", "confirm", "interrupted", "list"])
          for (const look of Object.keys(pages)) assert.isTrue(existsSync(placeOf(`page-${name}-${look}.png`)))
      })
    )
  )

  it("that pages show are there", () => {
    assert.isAbove(shown.size, 0)
    for (const name of shown) assert.isTrue(existsSync(join(root, "docs/pictures", name)), name)
  })
})
