/** An execution is started in the page, seen, and stopped in each of the ways that a desktop has. */
import { assert, describe } from "@effect/vitest"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import { ProjectDirectory, ServedProject } from "@halte/sdk/node"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import * as DurableProject from "../../DurableProject.ts"
import { act, begun, type Given, isEnabled, item, noneLeft, started, type Test } from "./Scenario.ts"

/** How a person asks. */
const gestures: Readonly<Record<string, (given: Given) => Effect.Effect<void>>> = {
  "the page's button": ({ page }) =>
    act(() =>
      page
        .getByRole("button", { name: /^Interrupt\b/ })
        .first()
        .click()
    ),
  "the menu's item": ({ desktop }) =>
    Effect.andThen(
      item(desktop.menu, "Interrupt in the menu", isEnabled("execution.interrupt")),
      act(() => desktop.clickMenu("execution.interrupt"))
    ),
  "the shortcut": ({ desktop, page }) =>
    Effect.andThen(
      item(desktop.menu, "Interrupt in the menu", isEnabled("execution.interrupt")),
      act(() => desktop.press(page, "Control+."))
    )
}

export const scenarios = (test: Test): void => {
  describe("an execution", () => {
    for (const [gesture, ask] of Object.entries(gestures))
      test(`R4 R28 R51 P10 is interrupted by ${gesture}, with the record of any other door`, (given) =>
        Effect.gen(function* () {
          const { desktop, project, view } = given
          const id = yield* started(given, "build")
          yield* act(() => view.chip("Running"))
          yield* ask(given)
          const dialog = yield* act(desktop.dialog)
          assert.strictEqual(dialog.title, "Confirm Interrupt")
          assert.deepStrictEqual(
            [dialog.buttons, dialog.defaultButton, dialog.closeButton],
            [["Interrupt", "Keep running"], "Keep running", "Keep running"]
          )
          yield* act(() => desktop.answer("Interrupt"))
          yield* act(() => view.heading(/^Stopped/))
          yield* act(() => view.chip("Interrupted"))

          const { id: recorded, state, events } = yield* project.newest
          assert.strictEqual(recorded, id)
          assert.strictEqual(state.status, "Interrupted")
          assert.deepStrictEqual(project.lines("hold.log"), ["begun", "cleaned"])
          assert.deepStrictEqual(project.lines("last.log"), [])
          assert.deepStrictEqual(
            state.requests.map(({ kind, signal }) => [kind, signal.source]),
            [["first", "Desktop"]]
          )
          assert.deepStrictEqual(events.map(comparable), (yield* ofTheSdk).map(comparable))
          yield* noneLeft(given, "hold.sh")
        }))

    test("R51 R71 goes on when the question is answered no, or closed, and is not asked about twice", (given) =>
      Effect.gen(function* () {
        const { desktop, page, project, view } = given
        yield* started(given, "build")
        yield* item(desktop.menu, "Interrupt in the menu", isEnabled("execution.interrupt"))
        yield* act(() => desktop.press(page, "Control+."))
        yield* act(desktop.dialog)
        // The question is there: it is not put a second time.
        yield* act(() => desktop.clickMenu("execution.interrupt"))
        assert.lengthOf(yield* act(desktop.dialogs), 1)
        yield* act(() => desktop.answer("Keep running"))
        yield* act(() => view.chip("Running"))
        yield* project.go
        yield* act(() => view.chip("Completed"))
        assert.deepStrictEqual((yield* project.newest).state.requests, [])
        assert.deepStrictEqual(project.lines("hold.log"), ["begun", "ended"])
      }))

    test("R40 R15 is seen live: in the graph, in the tree, in the window's title, and in the tray", (given) =>
      Effect.gen(function* () {
        const { desktop, page, project, view } = given
        const id = yield* started(given, "build")
        const tree = page.getByRole("tree", { name: "Steps" })
        const says = (name: RegExp) => act(() => tree.getByRole("treeitem", { name }).waitFor())
        yield* says(/^first, Completed/)
        yield* says(/^hold, Running/)
        yield* says(/^last, Waiting/)
        const shown = yield* item(desktop.trayMenu, "the execution in the tray", isEnabled(`tray.${id}.interrupt`))
        assert.match(shown.label, /Interrupt/)
        yield* project.go
        yield* says(/^last, Completed/)
        yield* act(() => view.chip("Completed"))
        yield* item(desktop.trayMenu, "an empty tray", (entry) => entry.id === "tray.nothing")
      }))
  })
}

/** The same flow, asked to stop at the same moment through the SDK, in a project of its own. */
const ofTheSdk = Effect.scoped(
  Effect.gen(function* () {
    const services = yield* Layer.build(
      Layer.mergeAll(ProcessRunnerNode.layer(), ModuleRunnerNode.layer(), FetchHttpClient.layer)
    )
    const project = yield* DurableProject.make()
    const { executions } = yield* ServedProject.open({ place: ProjectDirectory.find({ dir: project.directory }) }).pipe(
      Effect.provideContext(services)
    )
    const id = yield* executions.start({ flow: "build" })
    yield* begun({ project })
    yield* executions.interrupt(id, { source: "Sdk" })
    yield* DurableProject.until(
      project,
      "the end of the execution of the SDK",
      ({ state }) => state.status === "Interrupted"
    )
    return (yield* project.newest).events
  })
).pipe(Effect.orDie)

/** What is of the single run, and of the door, is left out: ids, times, processes, who asked and how. */
const comparable = (event: object): unknown => {
  const single = new Set([
    ...["at", "by", "via", "source", "execution", "cause", "pid", "group", "startedAt", "environment", "marker"],
    ...["tookMillis", "stopMillis", "engine", "deadline", "signal", "bytes", "mark", "startTime"],
    // How long it took, in words; and how many processes a shell happened to have.
    ...["detail", "count"]
  ])
  return Object.fromEntries(
    Object.entries(event).flatMap(([key, value]) =>
      single.has(key) ? (typeof value === "string" && key === "signal" ? [[key, value]] : []) : [[key, value]]
    )
  )
}
