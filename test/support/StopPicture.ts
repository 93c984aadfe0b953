/**
 * The picture of the README: a flow that runs, the moment of a Ctrl-C, and the report. Drawn by the command line's own
 * views from the events of one execution, so it can't show what Halte doesn't print.
 *
 * Run this file to write the pictures anew: `node -C @halte/source test/support/StopPicture.ts`.
 */
import { writeFileSync } from "node:fs"
import type { ExecutionState } from "@halte/engine/model"
import * as Report from "../../packages/cli/src/view/Report.ts"
import * as StopNotice from "../../packages/cli/src/view/StopNotice.ts"
import * as TreeView from "../../packages/cli/src/view/TreeView.ts"
import * as Story from "../../packages/cli/test/ReleaseStory.ts"
import { root } from "./RepositoryFiles.ts"
import * as TerminalPicture from "./TerminalPicture.ts"

const columns = 80
const look = { color: true, unicode: true }
const command = "$ halte run release.flow.yaml -p version=2.4.0"

const tree = (state: ExecutionState.ExecutionState, now: string, asked: number) =>
  TreeView.render({
    state,
    now: Story.time(now),
    size: { columns, rows: 30 },
    look,
    asked,
    timeLeft: (step) => (step === "index" ? 120_000 : undefined),
    lastLine: () => undefined,
    keys: ["Ctrl-C interrupt", "↑↓ move", "l logs", "p pause", "? help"]
  })

const running = Story.stateOf([...Story.running, Story.message])
const interrupting = Story.stateOf(Story.interrupting)
const interrupted = Story.stateOf(Story.interrupted)

const notice = StopNotice.interrupt(
  { look, columns, fromKey: true, via: "SIGINT" },
  { running: 2, bound: interrupting.bound!, strategy: { _tag: "FinishCurrent" } }
)

// The report says the time of day where it is read; the picture says that of its story everywhere.
const report = Report.render({ state: interrupted, look, columns, exitCode: 130 }).map((line) =>
  line.replace(/\d\d:\d\d:42\.213/, "14:08:42.213")
)

const screens: ReadonlyArray<TerminalPicture.TerminalScreen> = [
  { seconds: 4, lines: [command, "", ...tree(running, "14:08:40.900", 0)] },
  { seconds: 5, lines: [command, "", ...notice, "", ...tree(interrupting, "14:08:43.113", 1)] },
  { seconds: 6, lines: [command, "", ...notice, "", ...report] }
]

/** The pictures by path. */
export const pictures: Readonly<Record<string, string>> = Object.fromEntries(
  (["light", "dark"] as const).map((name) => [
    `docs/pictures/stop-${name}.svg`,
    TerminalPicture.render({
      title: "A flow is interrupted in a terminal",
      columns,
      theme: TerminalPicture.themes[name],
      screens,
      still: 1
    })
  ])
)

if (import.meta.main) for (const [path, svg] of Object.entries(pictures)) writeFileSync(`${root}/${path}`, svg)
