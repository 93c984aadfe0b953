/**
 * `halte check FILE`: errors, and how soon each step can stop.
 */
import { FlowDescription } from "@halte/engine/model"
import { FlowFile } from "@halte/flow-file"
import { ProcessRunnerNode } from "@halte/process"
import { Effect } from "effect"
import { Command } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import * as ExitCode from "../ExitCode.ts"
import { lines } from "../terminal/Output.ts"
import * as CheckTable from "../view/CheckTable.ts"
import { exits } from "./Exit.ts"
import * as FlowArgument from "./FlowArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"

export const check = Command.make(
  "check",
  { flow: FlowArgument.argument, dir: FlowArgument.dir, json: OutputFlags.progress.json, ...OutputFlags.color },
  (given) =>
    exits(
      Effect.gen(function* () {
        const output = yield* OutputFlags.output(given)
        const cwd = yield* FlowArgument.directory(given.dir)
        const path = yield* FlowFile.find(given.flow, cwd)
        const { diagnostics, flow } = yield* FlowFile.check(path, { cwd })
        const failed = flow === undefined || diagnostics.some((d) => d.severity === "error")
        const notes = flow === undefined ? [] : yield* machineNotes(flow.description)
        if (given.json)
          lines(output, "stdout", [
            JSON.stringify({ ok: !failed, diagnostics, flow: flow?.description ?? null, notes })
          ])
        else
          lines(
            output,
            "stdout",
            CheckTable.render({
              look: output.look("stdout"),
              columns: output.size().columns,
              file: given.flow,
              flow: flow?.description,
              diagnostics,
              notes
            })
          )
        return failed ? ExitCode.usage : ExitCode.completed
      }).pipe(Effect.scoped, Effect.provide(Assembly.services))
    )
).pipe(Command.withDescription("Errors, and how soon each step can stop"))

/** What this machine can't promise about ending processes, where the flow may start one. */
const machineNotes = Effect.fnUntraced(function* (flow: FlowDescription.FlowDescription) {
  const startsPrograms = ({ cleanUp, kind, undo }: FlowDescription.StepDescription) =>
    kind === "process" || kind === "for-each" || cleanUp === true || undo === true
  if (!FlowDescription.leaves(flow).some(startsPrograms)) return []
  const capabilities = yield* ProcessRunnerNode.ProcessCapabilities
  return (yield* capabilities.get).notes
})
