/**
 * What `for-each` becomes, with a program or a module for each item.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { ModuleRunner, Step } from "@halte/engine"
import type { DeclaredStep } from "./DeclaredSteps.ts"
import { WrongValue } from "./ExpressionFailed.ts"
import type { Variable } from "./Expression.ts"
import type { forEachTable } from "./FlowKeys.ts"
import { reservedNames } from "./FlowParams.ts"
import * as ProgramCompiler from "./ProgramCompiler.ts"
import type { Fields } from "./KeyTable.ts"
import type { RecordEntry } from "./Shape.ts"
import { compute, type StepScope, values } from "./StepScope.ts"
import { literalInput, type Template } from "./Template.ts"

/**
 * Compiles a loop; `undefined` once a problem has been reported.
 *
 * @since 0.1.0
 */
export const compile = (
  declared: DeclaredStep,
  entry: RecordEntry<Fields<typeof forEachTable>>,
  scope: StepScope,
  options: () => object
): Step.Any | undefined => {
  const { fields, kind } = declared
  const loop = entry.value
  if (loop.in === undefined) return undefined
  const items = scope.template(loop.in.value)
  const item = itemVariable(loop, items, scope)
  if (!isList(items, loop.in.node, scope) || item === undefined) return undefined
  const variables: ReadonlyArray<Variable> = [item, { name: "index", type: "int" }]
  const settings = () => ({
    ...options(),
    items: (input: unknown, step: Parameters<typeof values>[1]) => compute(items, values(input, step), asList),
    every: loop.every?.value,
    concurrency: loop.concurrency?.value,
    collect: loop.collect?.value,
    onItemFailure: loop["on-item-failure"]?.value
  })
  if (kind === "run" && fields.run !== undefined) {
    const program = ProgramCompiler.compile(
      { ...fields, run: fields.run },
      {
        owner: scope.owner,
        cwd: scope.flow.cwd,
        problems: scope.problems,
        template: (node) => scope.template(node, variables)
      }
    )
    const rest = ProgramCompiler.rest(fields)
    const step = Step.forEach(declared.key.text, {
      ...settings(),
      detail: program.detail,
      run: (value: unknown, context, index, input) =>
        ProgramCompiler.run(program, values(input, context, { [item.name]: value, index }), rest, context)
    })
    // A stop reaches the programs of the items under way, as it reaches the one of a step without a loop.
    const { stops } = Step.process("item", {
      command: "",
      grace: rest.graceMillis,
      onInterrupt: rest.onInterrupt,
      stopSignal: rest.stopSignal
    })
    return { ...step, stops: { ...stops, text: `${stops.text}, cursor saved` } }
  }
  if (kind === "use" && fields.use !== undefined) {
    const spec = scope.module(fields.use.value, fields.use.node)
    const input = fields.with === undefined ? undefined : scope.template(fields.with.value, variables)
    if (spec === undefined) return undefined
    scope.flow.modules.uses.push({ spec, node: fields.use.node, owner: scope.owner, ...literalInput(input) })
    const step = Step.forEach(declared.key.text, {
      ...settings(),
      detail: fields.use.value,
      batch: (batch: ReadonlyArray<unknown>, context, { concurrency, first }, given) =>
        Effect.gen(function* () {
          const runner = yield* ModuleRunner.ModuleRunner
          const inputs =
            input === undefined
              ? batch
              : yield* Effect.forEach(batch, (value, i) =>
                  compute(input, values(given, context, { [item.name]: value, index: first + i }), (v) => v)
                )
          return yield* runner.runBatch(spec, inputs, { first, concurrency }, context)
        })
    })
    const withinMillis = fields["stops-within"]?.value
    return withinMillis === undefined ? step : { ...step, stops: { ...step.stops, withinMillis } }
  }
  return undefined
}

const isList = (items: Template, node: Template["node"], scope: StepScope): boolean => {
  if (items.expressions.length === 0) {
    if (node._tag === "List") return true
    // Its expression has problems of its own, which have been reported.
    if (node._tag === "Scalar" && !node.text.includes("${{"))
      scope.problems.error(
        node,
        "wrong-type",
        `\`for-each.in\` of ${scope.owner} is a text, not a list.`,
        "Write a list, or a whole expression such as `\"${{ glob('dist/**/*') }}\"`."
      )
    return false
  }
  if (/^list\b|^dyn$/.test(items.type)) return true
  scope.problems.error(
    items.expressions[0]!.range,
    "wrong-expression-type",
    `\`for-each.in\` of ${scope.owner} gives ${items.type}, not a list.`,
    "Give it a list, such as `glob('dist/**/*')` or `params.files`."
  )
  return false
}

const asList = (value: unknown): ReadonlyArray<unknown> => {
  if (!Array.isArray(value)) throw new WrongValue("`for-each.in`", value, "a list")
  return value
}

const itemVariable = (loop: Fields<typeof forEachTable>, items: Template, scope: StepScope): Variable | undefined => {
  const name = loop.as?.value ?? "item"
  const secrets = [...new Set(items.expressions.flatMap((e) => e.secrets))]
  const type = /^list<(.+)>$/.exec(items.type)?.[1] ?? "dyn"
  if (
    loop.as !== undefined &&
    (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ||
      reservedNames.has(name) ||
      ["params", "steps", "env", "index", "output", "glob"].includes(name))
  ) {
    scope.problems.error(
      loop.as.node,
      "invalid-name",
      `\`${name}\` can't be the name of the item of ${scope.owner}.`,
      "Write letters, digits and `_`, and none of the names that expressions have already: `params`, `steps`, `env`, `index`, `output`."
    )
    return undefined
  }
  return { name, type, secrets }
}
