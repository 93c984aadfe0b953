/**
 * Asks a person for the required params that nobody gave. Secrets are not echoed.
 */
import { ParamSpec } from "@halte/flow-file"
import { Effect, Redacted, Result } from "effect"
import { Prompt } from "effect/cli"

export const ask = (missing: ReadonlyArray<ParamSpec.ParamSpec>) =>
  Effect.gen(function* () {
    const values: Record<string, unknown> = {}
    for (const spec of missing) {
      const message = `${spec.name}${spec.description === undefined ? "" : ` (${spec.description.replace(/\.$/, "")})`}`
      const validate = (text: string) => {
        const value = ParamSpec.fromText(spec, text)
        return Result.isFailure(value) ? Effect.fail(value.failure) : Effect.succeed(text)
      }
      const text = spec.secret
        ? Redacted.value(yield* Prompt.run(Prompt.Hidden({ message, validate })))
        : yield* Prompt.run(Prompt.String({ message, validate }))
      values[spec.name] = Result.getOrThrow(ParamSpec.fromText(spec, text))
    }
    return values
  })
