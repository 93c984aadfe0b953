/**
 * What `gate` becomes.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { OutputCheck, Step } from "@halte/engine"
import { type ScalarNode, toJson } from "./FileNode.ts"
import type { GateFields, StepFields } from "./FlowKeys.ts"
import type { RecordEntry } from "./Shape.ts"
import { compute, type StepScope, values } from "./StepScope.ts"
import * as Template from "./Template.ts"

/**
 * Compiles a gate; `undefined` once a problem has been reported.
 *
 * @since 0.1.0
 */
export const compile = (
  name: string,
  gate: RecordEntry<ScalarNode | GateFields>,
  fields: StepFields,
  scope: StepScope,
  options: () => object
): Step.Any | undefined => {
  const written: GateFields = isText(gate.value)
    ? { message: { key: gate.key, node: gate.value, value: gate.value } }
    : gate.value
  if (written.message === undefined) return undefined
  const message = scope.template(written.message.value)
  scope.refuseSecrets(
    message,
    "secret-in-message",
    "the question of a gate, which is stored and shown",
    "Ask without it."
  )
  const standard = defaultAnswer(written, fields, scope)
  const returns = fields.returns?.value
  return Step.gate(name, {
    ...options(),
    ...(returns === undefined ? undefined : { schema: returns.schema, jsonSchema: returns.json }),
    ...(standard === undefined ? undefined : { default: standard }),
    message:
      message.expressions.length === 0
        ? written.message.value.text
        : (given: never, context: Parameters<typeof values>[1]) =>
            compute(message, values(given, context), Template.toText)
  } as never)
}

const isText = (value: ScalarNode | GateFields): value is ScalarNode => "_tag" in value && value._tag === "Scalar"

const defaultAnswer = (written: GateFields, fields: StepFields, scope: StepScope): unknown => {
  const { default: entry } = written
  if (entry === undefined) return undefined
  if (fields.timeout === undefined)
    scope.problems.error(
      entry.key,
      "default-without-timeout",
      `The gate of ${scope.owner} has a \`default\`, but waits without end.`,
      "Say how long: `timeout: 1h`."
    )
  const value = toJson(entry.value)
  const schema = fields.returns?.value.schema ?? Schema.Boolean
  const checked = Schema.decodeUnknownResult(schema as Schema.Codec<unknown>, OutputCheck.parsing(schema))(value)
  if (Result.isFailure(checked))
    scope.problems.error(
      entry.value,
      "wrong-default",
      `The default of the gate of ${scope.owner} is no answer to it: ${OutputCheck.problemsOf(checked.failure)}.`,
      fields.returns === undefined ? "Without `returns` it is `true` or `false`." : "Look at `returns`."
    )
  return value
}
