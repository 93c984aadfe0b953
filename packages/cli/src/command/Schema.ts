/**
 * `halte schema`: the JSON Schema of flow files, for editors.
 */
import { FlowFile } from "@halte/flow-file"
import { Effect } from "effect"
import { Command } from "effect/cli"
import * as ExitCode from "../ExitCode.ts"
import { exits } from "./Exit.ts"
import * as OutputFlags from "./OutputFlags.ts"

/** The text of the schema file. */
export const text = (): string => `${JSON.stringify(FlowFile.jsonSchema(), null, 2)}\n`

export const schema = Command.make("schema", { ...OutputFlags.color }, (given) =>
  exits(
    Effect.map(OutputFlags.output(given), (output) => {
      output.write("stdout", text())
      return ExitCode.completed
    })
  )
).pipe(Command.withDescription("Print the JSON Schema of flow files, for editors"))
