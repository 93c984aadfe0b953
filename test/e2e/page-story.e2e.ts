/** What a newcomer does, with the real `halte serve`, the example of the clone and a real browser. */
import { cpSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll } from "vitest"
import * as DurableProject from "../support/DurableProject.ts"
import * as HttpCaller from "../support/HttpCaller.ts"
import * as PageServer from "../support/PageServer.ts"
import { root } from "../support/RepositoryFiles.ts"

afterAll(PageServer.closeBrowser)

const ceiling = 180_000

describe("from the page", () => {
  it.live(
    "R32 R40 R72 the example is started, interrupted and resumed in the page, over HTTP and in a terminal, by the same id",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const project = yield* DurableProject.make()
          cpSync(join(root, "examples/index-files"), project.directory, { recursive: true })
          const server = yield* project.start(["serve", "--port", "0"])
          const [, address] = yield* server.stdout.waitFor(/^Open +(http:\/\/127\.0\.0\.1:\d+\/#code=\S+)$/m)
          yield* server.stdout.waitFor(/^Stop /m)
          const page = yield* PageServer.openPage((path) => address!.replace("/#", `${path ?? "/"}#`))
          const button = (name: string | RegExp) => page.getByRole("button", { name }).first()
          const id = yield* Effect.promise(async () => {
            await page.getByRole("link", { name: "Start a flow" }).click()
            await page.getByRole("link", { name: /^index-files/ }).click()
            // Enough files that there is time to stop.
            await page.getByLabel("root").fill(join(root, "node_modules/effect"))
            await button("Start").click()
            await page.waitForURL(/\/executions\/\w{20}$/)
            await button(/^Interrupt\b/).click()
            await page.getByRole("dialog").getByRole("button", { name: "Interrupt" }).click()
            await page.getByRole("heading", { name: /^Stopped .* within the promised/ }).waitFor()
            return page.url().slice(-20)
          })
          // It says where, and the record says the same.
          const http = yield* HttpCaller.ofProject(project.directory)
          const stopped = (yield* http.get(`/executions/${id}`)).json as {
            readonly ended: { readonly partition: { readonly interrupted: ReadonlyArray<{ readonly step: string }> } }
          }
          const [{ step } = assert.fail("no step was interrupted")] = stopped.ended.partition.interrupted
          yield* Effect.promise(() => page.getByRole("heading", { name: /Interrupted at/ }).waitFor())
          yield* Effect.promise(() => page.getByText(step, { exact: true }).first().waitFor())

          // On in the page, stopped by another program, on in another terminal: the page sees it all.
          yield* Effect.promise(() => button(/^Resume/).click())
          yield* Effect.promise(() => button(/^Interrupt\b/).waitFor())
          assert.strictEqual((yield* http.post(`/executions/${id}/interrupt`, { reason: "from outside" })).status, 202)
          yield* Effect.promise(() => page.getByText("from outside").first().waitFor())
          const resumed = yield* project.run(["resume", id])
          assert.strictEqual(resumed.code, 0, resumed.stderr)
          yield* Effect.promise(() => page.getByText("Completed", { exact: true }).first().waitFor())
          const { state } = yield* project.newest
          assert.deepStrictEqual([state.id, state.status, state.attempt], [id, "Completed", 3])
          const written = new Set(project.lines("out/index.ndjson"))
          assert.strictEqual(written.size, project.lines("out/index.ndjson").length, "each file once")
          // A page that is open asks every second, and would rightly complain of a server that is gone.
          yield* Effect.promise(() => page.close())
          yield* server.signal("SIGINT")
          assert.strictEqual((yield* server.end()).code, 0)
        })
      ),
    ceiling
  )
})
