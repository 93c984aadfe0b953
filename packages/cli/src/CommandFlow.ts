/**
 * The built-in flow behind `halte exec`: one command line as one step, everything about it a param.
 */
import { Flow, Params, type ProcessRunner, Step } from "@halte/engine"
import { Schema } from "effect"

export const name = "command"

/** Between SIGTERM and SIGKILL, when nothing else is said. */
export const defaultGraceMillis = 500

/** The time that killing and verifying takes after the grace period. */
export const verifyMillis = 500

export const CommandParams = Schema.Struct({
  /** The program and its arguments, each passed as it is. */
  line: Schema.NonEmptyArray(Schema.String),
  /** Where it runs; the working directory of this process by default. */
  directory: Schema.optionalKey(Schema.String),
  /** Variables besides those of this process. */
  environment: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** Between SIGTERM and SIGKILL. */
  graceMillis: Schema.Number
})
export type CommandParams = typeof CommandParams.Type

/** The flow; the grace is that of the definition, so that the bound is known before it starts. */
export const make = (graceMillis: number): Flow.Flow<CommandParams, ProcessRunner.ProcessRunner> => {
  const params = Params.make(CommandParams)
  return Flow.make(name, {
    params,
    origin: { kind: "built-in" },
    steps: [
      Step.process(name, {
        input: { params },
        command: ({ params }) => params.line,
        cwd: ({ params }) => params.directory ?? process.cwd(),
        env: ({ params }) => params.environment ?? {},
        grace: graceMillis
      })
    ]
  })
}

/** The flow of an execution that is resumed, with the grace that it was started with. */
export const again = (params: unknown): Flow.Flow<CommandParams, ProcessRunner.ProcessRunner> => {
  const grace =
    typeof params === "object" && params !== null && "graceMillis" in params ? params.graceMillis : undefined
  return make(typeof grace === "number" ? grace : defaultGraceMillis)
}
