/**
 * An expression that could not be computed when its step ran.
 *
 * @since 0.1.0
 */
import type { StepFailure } from "@halte/engine"
import type { Expression } from "./Expression.ts"
import { reason } from "./ExpressionProblem.ts"
import { quote } from "./FileNode.ts"
import * as SourceText from "./SourceText.ts"

/**
 * Codes: `expression-failed`, and `wrong-value` for a value that does not fit its place.
 *
 * @since 0.1.0
 */
export class ExpressionFailed extends Error implements StepFailure.Described {
  readonly _tag = "ExpressionFailed"
  readonly failure: StepFailure.StepFailure

  constructor(
    expression: Pick<Expression, "text" | "range">,
    owner: string,
    source: SourceText.SourceText,
    error: unknown
  ) {
    const { column, line } = SourceText.position(source, expression.range.start)
    const place = `${source.file}:${line}:${column}`
    super(`the expression ${quote(expression.text)} at ${place} could not be computed: ${reason(error)}`)
    this.failure = {
      code: "expression-failed",
      message: this.message,
      hint: `Look at what ${owner} reads there, or guard it: \`has(x.y) ? x.y : …\`.`
    }
  }

  toStepFailure(): StepFailure.StepFailure {
    return this.failure
  }
}

/**
 * A value that was computed and does not fit where it goes: a list for one argument, a number for a URL.
 *
 * @since 0.1.0
 */
export class WrongValue extends Error implements StepFailure.Described {
  readonly _tag = "WrongValue"

  constructor(what: string, value: unknown, expected: string) {
    const kind =
      value === null || value === undefined
        ? "null"
        : Array.isArray(value)
          ? "a list"
          : typeof value === "object"
            ? "a map"
            : `a ${typeof value}`
    super(`${what} must be ${expected}, but its expression gave ${kind}`)
  }

  toStepFailure(): StepFailure.StepFailure {
    return { code: "wrong-value", message: this.message }
  }
}
