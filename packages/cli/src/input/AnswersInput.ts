/**
 * Answers to gates, given at the start: `step=value`, the value as JSON or else as text.
 */
import { FlowDescription, StepId } from "@halte/engine/model"
import { Effect, Option, Schema } from "effect"

/** An answer to a step that asks nothing. */
export class AnswerRefused extends Schema.TaggedError<AnswerRefused>()("AnswerRefused", { problem: Schema.String }) {
  readonly code = "usage"
  override get message() {
    return this.problem
  }
}

const words: Readonly<Record<string, boolean>> = { yes: true, approve: true, no: false, reject: false }

/** An answer to a question that asks for yes or no, of which the words for them are one. */
export const decided = (value: unknown): unknown =>
  typeof value === "string" ? (words[value.toLowerCase()] ?? value) : value

export const collect = (
  flow: FlowDescription.FlowDescription,
  pairs: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, unknown>, AnswerRefused> => {
  const gates = FlowDescription.leaves(flow)
    .filter((step) => step.kind === "gate")
    .map((step) => step.id)
  const subFlows = FlowDescription.leaves(flow).flatMap((step) => (step.kind === "flow" ? [`${step.id}/`] : []))
  const answers = new Map<string, unknown>()
  for (const pair of pairs) {
    const at = pair.indexOf("=")
    const step = pair.slice(0, Math.max(0, at))
    // What a sub-flow asks is known when it runs.
    if (!gates.includes(step) && !subFlows.some((path) => step.startsWith(path))) {
      const near = StepId.nearest(step, gates)
      return Effect.fail(
        new AnswerRefused({
          problem: `\`--answer ${pair}\` names no step that waits for a person.${near === undefined ? "" : ` Did you mean \`${near}\`?`}`
        })
      )
    }
    const text = pair.slice(at + 1)
    answers.set(
      step,
      Option.getOrElse(Option.liftThrowable((json: string): unknown => JSON.parse(json))(text), () => text)
    )
  }
  return Effect.succeed(answers)
}
