/**
 * The flow that runs one command: `halte exec` and the Command view of the page and the desktop. Everything about it is
 * a param.
 *
 * @since 0.1.0
 */
import { CommandParams, Flow, Params, type ProcessRunner, Step } from "@halte/engine"

/**
 * The time that killing and verifying takes after the grace period, in milliseconds.
 *
 * @since 0.1.0
 */
export const verifyMillis = 500

/**
 * The flow. The grace is that of the definition, so that the bound is known before it starts.
 *
 * @since 0.1.0
 */
export const make = (
  graceMillis: number = CommandParams.defaultGraceMillis
): Flow.Flow<CommandParams.CommandParams, ProcessRunner.ProcessRunner> => {
  const params = Params.make(CommandParams.CommandParams, { secrets: ["secrets"] })
  return Flow.make(CommandParams.flow, {
    params,
    origin: { kind: "built-in" },
    steps: [
      Step.process(CommandParams.flow, {
        input: { params },
        command: ({ params }) => params.line,
        cwd: ({ params }) => params.directory ?? process.cwd(),
        env: ({ params }) => ({ ...params.environment, ...params.secrets }),
        grace: graceMillis
      })
    ]
  })
}

/**
 * The flow for these params: with the grace that they ask for, else the default.
 *
 * @since 0.1.0
 */
export const ofParams = (params: unknown): Flow.Flow<CommandParams.CommandParams, ProcessRunner.ProcessRunner> => {
  const grace =
    typeof params === "object" && params !== null && "graceMillis" in params ? params.graceMillis : undefined
  return make(typeof grace === "number" && grace >= 0 ? grace : undefined)
}
