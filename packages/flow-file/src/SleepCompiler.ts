/**
 * What `sleep` and `until` become.
 *
 * @since 0.1.0
 */
import { Step } from "@halte/engine"
import { WrongValue } from "./ExpressionFailed.ts"
import type { ScalarNode } from "./FileNode.ts"
import * as Quantity from "./Quantity.ts"
import { hasExpression, type RecordEntry } from "./Shape.ts"
import { compute, type StepScope, values } from "./StepScope.ts"

/**
 * Compiles a wait of some time.
 *
 * @since 0.1.0
 */
export const sleep = (
  name: string,
  { value }: RecordEntry<number | ScalarNode>,
  scope: StepScope,
  options: () => object
): Step.Any => {
  if (typeof value === "number") return Step.sleep(name, { ...options(), duration: value })
  const template = scope.template(value)
  scope.expectText(template, "`sleep`")
  return Step.sleep(name, {
    ...options(),
    detail: value.text,
    duration: (input, step) => compute(template, values(input, step), toMillis)
  })
}

const toMillis = (value: unknown): number => {
  const millis = typeof value === "string" ? Quantity.toMillis(value) : undefined
  if (millis === undefined) throw new WrongValue("`sleep`", value, "a duration such as `30s` or `1h30m`")
  return millis
}

/**
 * Compiles a wait for a moment; `undefined` once a problem has been reported.
 *
 * @since 0.1.0
 */
export const until = (
  name: string,
  { node, value }: RecordEntry<ScalarNode>,
  scope: StepScope,
  options: () => object
): Step.Any | undefined => {
  if (typeof value.value === "string" && hasExpression(value.value)) {
    const template = scope.template(value)
    scope.expectText(template, "`until`")
    return Step.until(name, {
      ...options(),
      detail: value.text,
      time: (input, step) => compute(template, values(input, step), toMoment)
    })
  }
  const time = moment(value.text)
  if (time !== undefined) return Step.until(name, { ...options(), time })
  scope.problems.error(
    node,
    "wrong-type",
    `\`until\` of ${scope.owner} is no moment.`,
    "Write one with its time zone: `2026-12-01T06:00:00Z` or `2026-12-01T06:00:00+01:00`."
  )
  return undefined
}

const toMoment = (value: unknown): number => {
  const time = typeof value === "string" ? moment(value) : undefined
  if (time === undefined)
    throw new WrongValue("`until`", value, "a moment with its time zone, such as `2026-12-01T06:00:00Z`")
  return time
}

// A moment without a zone would mean another one on each machine.
const moment = (text: string): number | undefined => {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}
