/**
 * Conditions.
 *
 * @since 0.1.0
 */
import type { Effect } from "effect"
import type { StepContext } from "@halte/engine"
import { WrongValue } from "./ExpressionFailed.ts"
import type { ScalarNode } from "./FileNode.ts"
import type { Located } from "./Shape.ts"
import { compute, type StepScope, values } from "./StepScope.ts"

/**
 * A condition as the engine takes it, and as the file writes it.
 *
 * @since 0.1.0
 */
export interface Compiled {
  readonly text: string
  readonly test: (input: unknown, step: StepContext.StepContextShape) => boolean | Effect.Effect<boolean, unknown>
}

/**
 * Compiles `when`: one whole expression that is `true` or `false`, or one of these words.
 *
 * @since 0.1.0
 */
export const compile = (entry: Located<ScalarNode> | undefined, scope: StepScope): Compiled | undefined => {
  if (entry === undefined) return undefined
  const { node, value } = entry
  if (typeof value.value === "boolean") {
    const answer = value.value
    return { text: String(answer), test: () => answer }
  }
  const before = scope.problems.errors
  const template = scope.template(value)
  if (scope.problems.errors > before) return undefined
  const only = template.expressions[0]
  if (only === undefined || template.expressions.length > 1 || (template.type === "string" && only.type !== "string")) {
    scope.problems.error(
      node,
      "wrong-type",
      `\`when\` of ${scope.owner} is a text, which is neither true nor false.`,
      `Write one whole expression: \`when: "\${{ ${only?.text ?? value.text.trim()} }}"\`.`
    )
    return undefined
  }
  if (template.type !== "bool" && template.type !== "dyn") {
    scope.problems.error(
      only.range,
      "wrong-expression-type",
      `\`when\` of ${scope.owner} gives ${template.type}, not true or false.`,
      `Compare it: \`${only.text} != …\`.`
    )
    return undefined
  }
  return {
    text: only.text,
    test: (input, step) =>
      compute(template, values(input, step), (answer) => {
        if (typeof answer !== "boolean") throw new WrongValue("`when`", answer, "true or false")
        return answer
      })
  }
}
