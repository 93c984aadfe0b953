/** R29: the nested graph of a running execution, over the desktop's bridge. */
import { describe } from "@effect/vitest"
import { Effect } from "effect"
import { act, type Test } from "./Scenario.ts"

/** Goes on when `NAME.go` is there; asked to stop, it does so once `NAME.stop` is there. */
const step = `trap 'stopping=1' TERM
while [ ! -e $1.go ]; do
  if [ "$stopping" = 1 ] && [ -e $1.stop ]; then exit 143; fi
  sleep 0.05
done
`

const release = `halte: 1
name: release
steps:
  build: { run: sh step.sh build, grace: 60s }
  upload:
    after: build
    steps:
      part-1: { run: sh step.sh part-1, grace: 60s }
      part-2: { after: part-1, run: sh step.sh part-2, grace: 60s }
      part-3: { after: part-2, run: sh step.sh part-3, grace: 60s }
  index:
    after: build
    for-each: { in: "\${{ ['a', 'b', 'c', 'd'] }}", as: file, every: 1 }
    run: [sh, step.sh, "\${{ file }}"]
    grace: 60s
  announce: { after: [upload, index], run: sh step.sh announce, grace: 60s }
`

export const scenarios = (test: Test): void => {
  describe("the live graph", () => {
    test(
      "R28 R29 follows every transition of nested steps, through Interrupting to Interrupted, and on to Completed",
      ({ desktop, page, project, view }) =>
        Effect.gen(function* () {
          const graph = page.getByRole("group", { name: "Step graph" })
          const tree = page.getByRole("tree", { name: "Steps" })
          const says = (...names: ReadonlyArray<string>) =>
            act(async () => {
              for (const name of names) {
                const named = new RegExp(`^${name}(?![\\w/-])`)
                await graph.getByRole("button", { name: named }).waitFor()
                await tree.getByRole("treeitem", { name: named }).waitFor()
              }
            })
          const wire = (from: string, to: string, state: string) =>
            act(() =>
              graph.locator(`path[data-from="${from}"][data-to="${to}"][data-state="${state}"]`).waitFor({
                state: "attached"
              })
            )
          const go = (...names: ReadonlyArray<string>) => {
            for (const name of names) project.write(`${name}.go`, "")
          }
          yield* act(() => view.start("release"))
          yield* act(() => desktop.press(page, "g"))
          yield* says("build, Running", "upload, Waiting, 0 of 3 parts", "upload/part-1, Waiting", "index, Waiting")
          yield* wire("build", "upload", "ahead")
          go("build")
          yield* says(
            "build, Completed",
            "upload, Running, 0 of 3 parts",
            "upload/part-1, Running",
            "index, Running, 0 %"
          )
          yield* wire("build", "upload", "passed")
          go("part-1", "a")
          yield* says("upload/part-1, Completed", "upload/part-2, Running", "upload, Running, 1 of 3 parts")
          yield* says("index, Running, 25 %")
          yield* wire("upload/part-1", "upload/part-2", "passed")
          yield* wire("upload/part-2", "upload/part-3", "ahead")

          // Between the request and the stop everything that still runs says so.
          yield* act(() =>
            page
              .getByRole("button", { name: /^Interrupt\b/ })
              .first()
              .click()
          )
          yield* act(() => desktop.answer("Interrupt"))
          yield* says("upload/part-2, Interrupting…", "index, Interrupting…, 25 %")
          for (const name of ["part-2", "b"]) project.write(`${name}.stop`, "")
          yield* act(() => view.chip("Interrupted"))
          // At its end the report is shown first.
          yield* act(() =>
            page
              .getByRole("link", { name: "Graph" })
              .or(page.getByRole("tab", { name: "Graph" }))
              .click()
          )
          yield* says("upload/part-2, Interrupted", "upload/part-3, Not started", "announce, Not started")

          // And on from there: what was completed is not run again.
          go("part-2", "part-3", "b", "c", "d", "announce")
          yield* act(() =>
            page
              .getByRole("button", { name: /^Resume/ })
              .first()
              .click()
          )
          yield* says("upload, Completed, 3 of 3 parts", "index, Completed", "announce, Completed")
          yield* act(() => view.chip("Completed"))
        }),
      { files: { "release.flow.yaml": release, "step.sh": step } }
    )
  })
}
