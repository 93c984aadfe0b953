// What the page shows of sub-flows: each execution has a link to the other, and an interrupt of the outer one stops both.
import { assert, describe, it } from "@effect/vitest"
import { ParentStep } from "@halte/engine/model"
import { Effect } from "effect"
import { afterAll } from "vitest"
import * as PageServer from "../support/PageServer.ts"

afterAll(PageServer.closeBrowser)

const files = {
  "release.flow.yaml": `halte: 1
name: releasing
steps:
  build: { run: echo built }
  notes: { after: build, flow: ./notes.flow.yaml }
`,
  "notes.flow.yaml": `halte: 1
name: writing
steps:
  collect: { run: echo collected }
  ship: { after: collect, gate: Ship it? }
`
}

describe("the page of an execution with sub-flows", () => {
  it.live("R29 has a link to the sub-flow at its step, and back; an interrupt stops both", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const server = yield* PageServer.serve(files)
        const id = yield* server.executions.start({ flow: "releasing" })
        const page = yield* server.openPage({ path: `/executions/${id}?step=notes` })
        const panel = page.locator(".panel")
        yield* Effect.promise(async () => {
          await panel.getByText("`ship` waits for an answer").waitFor()
          await panel.getByText("of 2").waitFor()
          await panel.getByRole("link", { name: "writing" }).click()
          await page.locator(".xh h1", { hasText: "writing" }).waitFor()
        })
        const child = new URL(page.url()).pathname.split("/").at(-1)!
        const { parent } = yield* server.executions.get(child as never)
        assert.deepStrictEqual(parent, { execution: id, step: "notes" })
        yield* Effect.promise(async () => {
          await page.locator(".crumb").getByRole("link", { name: "step notes of" }).click()
          await page.locator(".xh h1", { hasText: "releasing" }).waitFor()
          await page.goto(server.url)
          const row = page.locator(`tr[data-id="${child}"]`)
          await row.getByText("step notes of").waitFor()
          await row.getByRole("link", { name: "writing" }).waitFor()
        })
        yield* server.executions.interrupt(id, { source: "Page" })
        yield* Effect.promise(() => page.locator(`tr[data-id="${child}"]`).getByText("Interrupted").waitFor())
        const state = yield* server.executions.get(id)
        assert.strictEqual(ParentStep.childOf({ kind: "flow" }, state.steps.get("notes")), child)
      })
    )
  )
})
