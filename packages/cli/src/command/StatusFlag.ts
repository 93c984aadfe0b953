/**
 * `--status running,interrupted`: states by their words.
 */
import { ExecutionStatus, StepId } from "@halte/engine/model"
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import * as OutputFlags from "./OutputFlags.ts"

export const flag = Flag.String("status").pipe(
  Flag.withMetavar("state,…"),
  Flag.withDescription("Only those in these states: running, interrupted, failed, …"),
  Flag.optional
)

const byName: ReadonlyMap<string, ExecutionStatus.ExecutionStatus> = new Map([
  ...ExecutionStatus.ExecutionStatus.literals.map((status) => [status.toLowerCase(), status] as const),
  // As the listing says it.
  ["waiting", "Pending"]
])

/** The states that the flag names; `among`: those that it may name. */
export const parse = <S extends ExecutionStatus.ExecutionStatus>(
  text: Option.Option<string>,
  among: (status: ExecutionStatus.ExecutionStatus) => status is S
): Effect.Effect<ReadonlyArray<S> | undefined, OutputFlags.UsageError> => {
  if (Option.isNone(text)) return Effect.succeed(undefined)
  const out: Array<S> = []
  for (const name of text.value.split(",").map((part) => part.trim().toLowerCase())) {
    const status = byName.get(name)
    if (status !== undefined && among(status)) out.push(status)
    else {
      const known = [...byName].flatMap(([word, of]) => (among(of) && word !== "pending" ? [word] : []))
      const near = StepId.nearest(name, known)
      return Effect.fail(
        new OutputFlags.UsageError({
          problem: `\`${name}\` is no value for \`--status\`: it takes ${known.join(", ")}.${near === undefined ? "" : ` Did you mean \`${near}\`?`}`
        })
      )
    }
  }
  return Effect.succeed(out)
}

/** For commands that take every state. */
export const any = (_: ExecutionStatus.ExecutionStatus): _ is ExecutionStatus.ExecutionStatus => true
