/** What the desktop is asked to open, from outside and by a drop. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import * as Repository from "../../Repository.ts"
import { act, on, started, type Test } from "./Scenario.ts"

const hello = (name: string) => `halte: 1
name: ${name}
steps:
  greet: { run: echo hello >>greet.log }
`

export const scenarios = (test: Test): void => {
  describe("what is opened from outside", () => {
    test("a link to an execution shows it, in the window that has it, and starts and stops nothing", (given) =>
      Effect.gen(function* () {
        const { desktop, page, project, view } = given
        const id = yield* started(given, "build")
        yield* act(async () => {
          await desktop.clickMenu("view.executions")
          await view.heading("Executions")
        })
        const { code } = yield* desktop.again([`halte://execution/${id}`])
        assert.strictEqual(code, 0)
        yield* act(() => page.waitForURL(new RegExp(`/executions/${id}`)))
        yield* act(() => view.chip("Running"))
        // One that wants more than to be shown is refused.
        yield* desktop.again([`halte://execution/${id}/interrupt`])
        yield* act(() =>
          page
            .getByText(/halte:\/\/execution/)
            .first()
            .waitFor()
        )
        yield* act(() => desktop.hasWindows(1))
        assert.deepStrictEqual((yield* project.newest).state.requests, [])
        yield* project.go
        yield* act(() => view.chip("Completed"))
        assert.lengthOf(yield* project.recorded, 1)
      }))

    test("a second start with another project opens a window beside, with an engine of its own, and ends", (given) =>
      Effect.gen(function* () {
        const { desktop, page, project } = given
        const other = yield* Repository.scratch("other")
        writeFileSync(join(other, "greet.flow.yaml"), hello("greet"))
        const { code } = yield* desktop.again([other])
        assert.strictEqual(code, 0)
        yield* act(() => desktop.hasWindows(2))
        const second = yield* act(() => desktop.page(1))
        yield* act(() => second.getByRole("navigation").first().waitFor())
        yield* act(() => on(second).start("greet"))
        yield* act(() => on(second).chip("Completed"))
        assert.lengthOf(yield* act(desktop.hostPids), 2)
        // The same again is no third one, and the first project knows nothing of it.
        yield* desktop.again([other])
        yield* act(() => desktop.hasWindows(2))
        assert.lengthOf(yield* project.recorded, 0)
        yield* act(() => desktop.closeWindow(1))
        yield* act(() => desktop.hasWindows(1))
        yield* act(() => page.getByRole("navigation").first().waitFor())
      }))

    test(
      "a flow file by argument opens its project and its flow",
      ({ page, project, view }) =>
        Effect.gen(function* () {
          yield* act(() => view.heading("Start greet"))
          assert.match(page.url(), /\/flows\/greet$/)
          yield* act(() => page.getByRole("button", { name: "Start", exact: true }).click())
          yield* act(() => view.chip("Completed"))
          assert.deepStrictEqual(project.lines("greet.log"), ["hello"])
        }),
      { files: { "greet.flow.yaml": hello("greet") }, args: ({ directory }) => [join(directory, "greet.flow.yaml")] }
    )

    test("a flow file that is dropped on the window is opened, and anything else is said to be none", (given) =>
      Effect.gen(function* () {
        const { desktop, page, project, view } = given
        mkdirSync(join(project.directory, "more"))
        const file = project.write("more/dropped.flow.yaml", hello("dropped"))
        yield* act(() => desktop.drop(page, project.write("picture.png", "none")))
        yield* act(() => view.says(/picture\.png.* is not a flow file/))
        yield* act(() => desktop.drop(page, file))
        yield* act(() => view.heading("Start dropped"))
        yield* act(() => desktop.hasWindows(1))
      }))
  })
}
