/** The desktop is to end while something runs. */
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import * as DurableProject from "../../DurableProject.ts"
import { act, isEnabled, item, started, type Test } from "./Scenario.ts"

const stubborn = `halte: 1
name: stubborn
steps:
  hold: { run: [sh, stubborn.sh, hold], grace: 120s }
`

/** Says that it was asked, and stops when the test lets it. */
const slow = `trap 'echo asked >>$1.log; while [ ! -e stop ]; do sleep 0.05; done; echo cleaned >>$1.log; exit 0' TERM
echo begun >>$1.log
echo ready $1
while [ ! -e go ]; do sleep 0.05; done
`

const slowly = `halte: 1
name: slowly
steps:
  hold: { run: [sh, slow.sh, hold], grace: 120s }
  after: { after: hold, run: echo ran >>after.log }
`

const files = { "stubborn.flow.yaml": stubborn, "slow.sh": slow, "slowly.flow.yaml": slowly }

/** Two requests to quit within this time are one gesture: a key that is held. */
const oneGesture = 600

export const scenarios = (test: Test): void => {
  describe("quitting", () => {
    test("ends at once when nothing runs, and asks nothing", ({ desktop }) =>
      Effect.gen(function* () {
        yield* act(desktop.quit)
        assert.deepStrictEqual(yield* desktop.end(), { code: 0, signal: null })
        yield* desktop.marked.gone()
      }))

    test(
      "asks while something runs: Stay changes nothing",
      (given) =>
        Effect.gen(function* () {
          const { desktop, project, view } = given
          yield* started(given, "build")
          yield* act(desktop.quit)
          const dialog = yield* act(desktop.dialog)
          assert.strictEqual(dialog.title, "Quit Halte?")
          assert.match(dialog.message, /^1 execution is running: .*build/)
          assert.match(dialog.detail, /within 5(\.\d)? s/)
          assert.deepStrictEqual(dialog.buttons, ["Keep running in the background", "Interrupt and quit", "Stay"])
          assert.deepStrictEqual([dialog.defaultButton, dialog.closeButton], ["Stay", "Stay"])
          yield* act(() => desktop.answer("Stay"))
          yield* act(() => view.chip("Running"))
          yield* project.go
          yield* act(() => view.chip("Completed"))
          assert.isFalse(desktop.hasEnded())
          assert.deepStrictEqual((yield* project.newest).state.requests, [])
        }),
      { files }
    )

    test("keeps running in the background: the window closes, and the tray interrupts", (given) =>
      Effect.gen(function* () {
        const { desktop, project } = given
        const id = yield* started(given, "build")
        yield* act(() => desktop.closeWindow())
        yield* act(desktop.dialog)
        yield* act(() => desktop.answer("Keep running in the background"))
        yield* act(() => desktop.hasWindows(0))
        assert.isFalse(desktop.hasEnded())
        yield* item(desktop.trayMenu, "the execution in the tray", isEnabled(`tray.${id}.interrupt`))
        yield* act(() => desktop.clickTray(`tray.${id}.interrupt`))
        yield* act(desktop.dialog)
        yield* act(() => desktop.answer("Interrupt"))
        const { state } = yield* DurableProject.until(project, "the stop", (one) => one.state.status === "Interrupted")
        assert.deepStrictEqual(
          state.requests.map(({ signal }) => [signal.source, signal.via]),
          [["Desktop", "tray"]]
        )
        assert.deepStrictEqual(project.lines("hold.log"), ["begun", "cleaned"])
      }))

    test(
      "P2 P3 R73 interrupts and quits: the window says what it waits for and how long, and the record is saved first",
      (given) =>
        Effect.gen(function* () {
          const { desktop, page, project } = given
          yield* started(given, "slowly")
          yield* act(desktop.quit)
          yield* act(desktop.dialog)
          yield* act(() => desktop.answer("Interrupt and quit"))
          const waits = page.getByRole("dialog", { name: /^Halte ends when slowly has stopped/ })
          yield* act(async () => {
            await waits.waitFor()
            await waits.getByText("hold").first().waitFor()
            await waits
              .getByText(/within 2m/)
              .first()
              .waitFor()
          })
          // It waits for its stopping point, and is not shot.
          assert.isFalse(desktop.hasEnded())
          assert.deepStrictEqual((yield* project.newest).state.status, "Interrupting")
          project.write("stop", "")
          assert.deepStrictEqual(yield* desktop.end(), { code: 0, signal: null })
          yield* desktop.marked.gone()
          const { state } = yield* project.newest
          assert.strictEqual(state.status, "Interrupted")
          assert.deepStrictEqual(
            state.requests.map(({ signal }) => signal.source),
            ["Desktop"]
          )
          assert.deepStrictEqual(project.lines("hold.log"), ["begun", "asked", "cleaned"])
          assert.deepStrictEqual(project.lines("after.log"), [])
        }),
      { files }
    )

    test(
      "P3 P11 R73 terminates when it is quit a second time, and leaves nothing running",
      (given) =>
        Effect.gen(function* () {
          const { desktop, page, project } = given
          yield* started(given, "stubborn")
          yield* act(desktop.quit)
          yield* act(desktop.dialog)
          yield* act(() => desktop.answer("Interrupt and quit"))
          yield* act(() => page.getByRole("dialog", { name: /^Halte ends when stubborn has stopped/ }).waitFor())
          yield* Effect.sleep(oneGesture)
          yield* act(desktop.quit)
          yield* desktop.end()
          yield* desktop.marked.gone()
          assert.strictEqual((yield* project.newest).state.status, "Terminated")
          assert.deepStrictEqual(project.lines("hold.log"), ["begun"])
        }),
      { files }
    )

    test("P3 is asked nothing by SIGTERM: what runs is interrupted, and recorded, before it ends", (given) =>
      Effect.gen(function* () {
        const { desktop, project } = given
        yield* started(given, "build")
        desktop.signal("SIGTERM")
        const { code } = yield* desktop.end()
        assert.strictEqual(code, 143)
        yield* desktop.marked.gone()
        assert.strictEqual((yield* project.newest).state.status, "Interrupted")
        assert.deepStrictEqual(project.lines("hold.log"), ["begun", "cleaned"])
      }))

    test(
      "offers no background where nobody could come back from it",
      (given) =>
        Effect.gen(function* () {
          const { desktop } = given
          yield* started(given, "build")
          yield* act(desktop.quit)
          assert.deepStrictEqual((yield* act(desktop.dialog)).buttons, ["Interrupt and quit", "Stay"])
          yield* act(() => desktop.answer("Interrupt and quit"))
          assert.strictEqual((yield* desktop.end()).code, 0)
          yield* desktop.marked.gone()
        }),
      { tray: false }
    )
  })
}
