/** The engine's process, or the whole desktop, is killed while something runs. */
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import * as DurableProject from "../../DurableProject.ts"
import { act, begun, on, started, type Test } from "./Scenario.ts"

export const scenarios = (test: Test): void => {
  describe("a killed engine", () => {
    test(
      "R73 P3 P7 is said to have ended; restarted and resumed it completes, and what was done is not run again",
      (given) =>
        Effect.gen(function* () {
          const { desktop, page, project, view } = given
          const id = yield* started(given, "build")
          const [pid] = yield* act(desktop.hostPids)
          process.kill(pid ?? assert.fail("there is no engine"), "SIGKILL")
          const engine = page.getByRole("region", { name: "Engine" })
          yield* act(async () => {
            await engine.getByRole("heading", { name: "The engine has ended" }).waitFor()
            await engine.getByText(/killed by SIGKILL.*build/).waitFor()
            // The page is there, to be read, and can be loaded again: it does not come from the engine.
            await page.reload()
            await engine.getByRole("button", { name: "Restart and resume" }).click()
            await view.chip("Running")
          })
          yield* begun(given, "hold", 2)
          yield* project.go
          yield* act(() => view.chip("Completed"))
          const { id: resumed, state } = yield* project.newest
          assert.deepStrictEqual([resumed, state.status, state.attempt], [id, "Completed", 2])
          assert.deepStrictEqual(project.lines("first.log"), ["ran"])
          assert.deepStrictEqual(project.lines("last.log"), ["ran"])
          // The first one is no more: it was ended by the engine's supervisor, and has not gone on.
          assert.deepStrictEqual(
            project.lines("hold.log").filter((line) => line === "ended"),
            ["ended"]
          )
        }),
      // Streams of the engine break off with it.
      { allow: /net::ERR_/ }
    )

    test("R73 P3 P5 of a desktop that was killed leaves nothing running, and the next start finds the execution", (given) =>
      Effect.gen(function* () {
        const { desktop, project, startAgain } = given
        const id = yield* started(given, "build")
        desktop.signal("SIGKILL")
        yield* desktop.end()
        yield* desktop.marked.gone(20_000)

        const again = yield* startAgain()
        const page = yield* act(() => again.page())
        const engine = page.getByRole("region", { name: "Engine" })
        yield* act(async () => {
          await engine.getByRole("heading", { name: "1 execution was found without an engine" }).waitFor()
          await engine
            .getByRole("button", { name: /^Resume/ })
            .first()
            .click()
        })
        yield* begun(given, "hold", 2)
        yield* project.go
        const { state } = yield* DurableProject.until(project, "the end", (one) => one.state.status === "Completed")
        assert.deepStrictEqual([state.id, state.attempt], [id, 2])
        assert.deepStrictEqual(project.lines("first.log"), ["ran"])
        yield* act(() => again.clickMenu("view.executions"))
        yield* act(() => on(page).says("Completed"))
      }))
  })
}
