/**
 * `halte check FILE`: errors, and how soon each step can stop.
 */
import { FlowFile } from "@halte/flow-file"
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
        const output = OutputFlags.output(given)
        const cwd = yield* FlowArgument.directory(given.dir)
        const path = yield* FlowFile.find(given.flow, cwd)
        const { diagnostics, flow } = yield* FlowFile.check(path, { cwd })
        const failed = flow === undefined || diagnostics.some((d) => d.severity === "error")
        if (given.json)
          lines(output, "stdout", [JSON.stringify({ ok: !failed, diagnostics, flow: flow?.description ?? null })])
        else
          lines(
            output,
            "stdout",
            CheckTable.render({
              look: output.look("stdout"),
              columns: output.size().columns,
              file: given.flow,
              flow: flow?.description,
              diagnostics
            })
          )
        return failed ? ExitCode.usage : ExitCode.completed
      }).pipe(Effect.scoped, Effect.provide(Assembly.services))
    )
).pipe(Command.withDescription("Errors, and how soon each step can stop"))
