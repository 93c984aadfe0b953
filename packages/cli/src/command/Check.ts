/**
 * `halte check [FLOW...]`: errors, and how soon each step can stop.
 *
 * With `--json`: one object, see `view/CheckReport.ts`.
 */
import { FlowDescription } from "@halte/engine/model"
import { FlowFile, Quantity } from "@halte/flow-file"
import { ProcessRunnerNode } from "@halte/process"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import * as ExitCode from "../ExitCode.ts"
import { lines } from "../terminal/Output.ts"
import * as CheckList from "../view/CheckList.ts"
import * as CheckReport from "../view/CheckReport.ts"
import * as CheckTable from "../view/CheckTable.ts"
import * as CheckedFiles from "./CheckedFiles.ts"
import { exits } from "./Exit.ts"
import * as FlowArgument from "./FlowArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"

const flags = {
  flows: Argument.String("flow").pipe(
    Argument.withDescription("Flow files, names of flows, or directories with some; else all of the project"),
    Argument.variadic()
  ),
  maxStop: Flag.String("max-stop").pipe(
    Flag.withMetavar("duration"),
    Flag.filterMap(
      (text) => Option.fromUndefinedOr(Quantity.toMillis(text)),
      () => "write a duration such as 10s, 500ms or 1m30s"
    ),
    Flag.withDescription("Fail when a flow may take longer to stop, or has no bound; replaces its `stops-within`"),
    Flag.optional
  ),
  dir: FlowArgument.dir,
  ...OutputFlags.plain
}

export const check = Command.make("check", flags, (given) =>
  exits(
    Effect.gen(function* () {
      const output = yield* OutputFlags.output(given)
      const cwd = yield* FlowArgument.directory(given.dir)
      const project = Option.isSome(given.dir) || given.flows.length > 0 ? cwd : yield* Assembly.directory(undefined)
      const { cut, paths } = yield* CheckedFiles.find(given.flows, cwd, project)
      const maxStopMillis = Option.getOrUndefined(given.maxStop)
      const checked = yield* Effect.forEach(paths, (path) => checkFile(path, cwd, maxStopMillis))
      const flows = checked.map((one) => withoutOthers(one, checked))
      const notes = [...(cut === undefined ? [] : [cut]), ...(yield* machineNotes(flows))]
      const shown = { look: output.look("stdout"), columns: output.size().columns, notes }
      if (given.json) lines(output, "stdout", [JSON.stringify(CheckReport.make(flows, notes))])
      else
        lines(
          output,
          "stdout",
          flows.length === 1 ? CheckTable.render({ ...shown, ...flows[0]! }) : CheckList.render({ ...shown, flows })
        )
      const verdicts = flows.map(CheckReport.verdict)
      return verdicts.includes("invalid")
        ? ExitCode.usage
        : verdicts.includes("over-budget")
          ? ExitCode.failed
          : ExitCode.completed
    }).pipe(Effect.scoped, Effect.provide(Assembly.services))
  )
).pipe(
  Command.withDescription("Errors, and how soon each step can stop"),
  Command.withExamples([
    { command: "halte check release.flow.yaml", description: "One flow, step by step" },
    { command: "halte check", description: "All flow files of this project" },
    { command: "halte check flows --max-stop 10s", description: "Fail when one of these may take longer to stop" }
  ])
)

const checkFile = Effect.fnUntraced(function* (path: string, cwd: string, maxStopMillis: number | undefined) {
  const { diagnostics, flow } = yield* FlowFile.check(path, { cwd, maxStopMillis })
  return {
    file: FlowFile.shownPath(path, cwd),
    diagnostics,
    flow: flow?.description,
    stoppability: flow?.stoppability
  } satisfies CheckReport.Checked
})

/** What was found in a sub-flow is told with its own file, where that is checked as well. */
const withoutOthers = (one: CheckReport.Checked, all: ReadonlyArray<CheckReport.Checked>): CheckReport.Checked => ({
  ...one,
  diagnostics: one.diagnostics.filter(
    (found) => found.file === one.file || !all.some(({ file }) => file === found.file)
  )
})

/** What this machine can't promise about ending processes, where a flow may start one. */
const machineNotes = Effect.fnUntraced(function* (flows: ReadonlyArray<CheckReport.Checked>) {
  const startsPrograms = ({ cleanUp, kind, undo }: FlowDescription.StepDescription) =>
    kind === "process" || kind === "for-each" || kind === "flow" || cleanUp === true || undo === true
  if (!flows.some(({ flow }) => flow !== undefined && FlowDescription.leaves(flow).some(startsPrograms))) return []
  const capabilities = yield* ProcessRunnerNode.ProcessCapabilities
  return (yield* capabilities.get).notes
})
