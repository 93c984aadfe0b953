/**
 * Steps that run another flow.
 *
 * @since 0.1.0
 */
import { Effect, Result } from "effect"
import { Step, StepId } from "@halte/engine"
import type { Values } from "./Expression.ts"
import type { FileNode, ScalarNode } from "./FileNode.ts"
import type { LoadedFlow } from "./FlowLoader.ts"
import * as ParamSpec from "./ParamSpec.ts"
import { compute, type StepScope, values } from "./StepScope.ts"
import * as Template from "./Template.ts"

/** Where a key stands, and what it holds. */
interface Given<A> {
  readonly node: FileNode
  readonly value: A
}

/**
 * Compiles one; what is wrong with the flow that it runs is told with it. A stored flow whose sub-flow can't be had any
 * more names it only: the execution of the sub-flow has a definition of its own.
 *
 * @since 0.1.0
 */
export const compile = (
  name: string,
  flow: Given<string>,
  given: Given<FileNode> | undefined,
  scope: StepScope,
  single: () => Step.Options
): Step.Any | undefined => {
  const found = scope.flow.subFlows.get(flow.value)
  const loaded = found === undefined || Result.isFailure(found) ? undefined : found.success
  const params = given === undefined ? undefined : compileParams(given.value, scope)
  if (loaded !== undefined) checkParams(loaded, flow.node, params, scope)
  else if (!scope.flow.isStored) {
    report(flow, found, scope)
    return undefined
  }
  return Step.flow(name, {
    ...single(),
    flow: loaded?.flow ?? flow.value,
    params: (given, context) => (params === undefined ? {} : params.compute(values(given, context)))
  })
}

/** `with`, of which a map is checked param by param. */
interface Params {
  readonly node: FileNode
  readonly each: ReadonlyArray<{ readonly key: ScalarNode; readonly value: Template.Template }> | undefined
  readonly whole: Template.Template | undefined
  readonly compute: (given: Values) => Effect.Effect<Readonly<Record<string, unknown>>, unknown>
}

const asItIs = (value: unknown) => value

const compileParams = (node: FileNode, scope: StepScope): Params => {
  if (node._tag !== "Map") {
    const whole = scope.template(node)
    return { node, whole, each: undefined, compute: (given) => compute(whole, given, asItIs) as never }
  }
  const each = node.entries.map(({ key, value }) => ({ key, value: scope.template(value) }))
  return {
    node,
    whole: undefined,
    each,
    compute: (given) =>
      Effect.all(Object.fromEntries(each.map(({ key, value }) => [key.text, compute(value, given, asItIs)])))
  }
}

/** An error at the step, and those of its flow with their own file. */
const report = (
  { node, value }: Given<string>,
  found: ReturnType<StepScope["flow"]["subFlows"]["get"]>,
  { owner, problems }: StepScope
): void => {
  const diagnostics = found === undefined || Result.isSuccess(found) ? [] : found.failure.diagnostics
  const errors = diagnostics.filter(({ severity }) => severity === "error")
  const [only] = errors
  if (only === undefined) return
  // It is not there, or it can't be a step: that is said of this file.
  if (errors.length === 1 && only.line === 0) return problems.error(node, only.code, only.message, only.hint)
  problems.error(
    node,
    "sub-flow-invalid",
    `\`${value}\`, which ${owner} runs, has ${errors.length === 1 ? "a mistake" : `${errors.length} mistakes`}.`,
    errors.length === 1 ? "It is shown with that file." : "They are shown with that file."
  )
  problems.include(node, errors)
}

const checkParams = (
  { flow, params }: LoadedFlow,
  node: FileNode,
  given: Params | undefined,
  scope: StepScope
): void => {
  const { owner, problems } = scope
  const specs = new Map(params.map((spec) => [spec.name, spec]))
  if (given?.whole !== undefined) {
    // A whole expression that gives a map is checked when there is one.
    if (given.whole.expressions.length === 0)
      problems.error(
        given.node,
        "wrong-type",
        `\`with\` of ${owner} must be a map of the params of \`${flow.name}\`.`,
        "Write `with: { name: value }`."
      )
    return
  }
  for (const { key, value } of given?.each ?? []) {
    const spec = specs.get(key.text)
    if (spec !== undefined) {
      checkValue(spec, value, flow.name, scope)
      continue
    }
    const near = StepId.nearest(key.text, specs.keys())
    problems.error(
      key,
      "unknown-param",
      `\`with\` of ${owner} gives \`${key.text}\`, which is no param of \`${flow.name}\`.`,
      near !== undefined
        ? `Did you mean \`${near}\`?`
        : specs.size === 0
          ? "It takes none."
          : `Its params are ${[...specs.keys()].map((name) => `\`${name}\``).join(", ")}.`
    )
  }
  const names = new Set(given?.each?.map(({ key }) => key.text))
  const [first, ...more] = params.filter(
    (spec) => !spec.optional && spec.default === undefined && spec.env === undefined && !names.has(spec.name)
  )
  if (first !== undefined)
    problems.error(
      given?.node ?? node,
      "invalid-input",
      `${owner.slice(0, 1).toUpperCase()}${owner.slice(1)} does not give ${[first, ...more].map(({ name }) => `\`${name}\``).join(", ")}, which \`${flow.name}\` needs.`,
      `Write \`with: { ${first.name}: … }\`.`
    )
}

const checkValue = (spec: ParamSpec.ParamSpec, value: Template.Template, flow: string, scope: StepScope): void => {
  const { owner, problems } = scope
  if (!spec.secret)
    scope.refuseSecrets(
      value,
      "secret-in-params",
      `param \`${spec.name}\` of \`${flow}\`, which is stored and shown`,
      "Declare the param there with `secret: true`."
    )
  const [expression] = value.expressions
  if (expression === undefined) {
    // An expression that is wrong has no value, and has been reported.
    if (value.literal === undefined || (value.literal === null && spec.optional)) return
    const problem = ParamSpec.check(spec, value.literal)
    if (problem !== undefined)
      problems.error(
        value.node,
        "invalid-input",
        `\`with.${spec.name}\` of ${owner} is not what \`${flow}\` takes: ${problem}.`
      )
  } else if (!fits(spec.type, value.type))
    problems.error(
      expression.range,
      "wrong-expression-type",
      `\`with.${spec.name}\` of ${owner} is of type \`${spec.type}\` in \`${flow}\`, but this gives ${value.type === "string" ? "a text" : `\`${value.type}\``}.`,
      "Convert it, such as `int(…)` or `string(…)`."
    )
}

/** Whether what CEL gives can be a param of a type, as far as that is known before. */
const fits = (type: ParamSpec.ParamType, given: string): boolean => {
  if (given === "dyn" || given === "null_type") return true
  switch (type) {
    case "string":
      return given === "string" || given.includes("Timestamp")
    case "integer":
      return given === "int" || given === "uint"
    case "number":
      return given === "int" || given === "uint" || given === "double"
    case "boolean":
      return given === "bool"
    case "list":
      return given.startsWith("list")
    case "object":
      return !/^(string|int|uint|double|bool|bytes)$/.test(given) && !given.startsWith("list")
  }
}
