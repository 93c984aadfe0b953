/**
 * What `for-each` becomes, with a program or a module for each item.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { ModuleRunner, OutputCheck, Step } from "@halte/engine"
import type { DeclaredStep } from "./DeclaredSteps.ts"
import type { Variable } from "./Expression.ts"
import type { forEachTable } from "./FlowKeys.ts"
import * as ItemSource from "./ItemSource.ts"
import * as ProgramCompiler from "./ProgramCompiler.ts"
import type { Fields } from "./KeyTable.ts"
import type { RecordEntry } from "./Shape.ts"
import { compute, type StepScope, values } from "./StepScope.ts"
import { literalInput } from "./Template.ts"

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
  const source = ItemSource.compile(loop.in, "for-each.in", scope)
  const item = source === undefined ? undefined : ItemSource.variable(loop.as, source, scope)
  if (source === undefined || item === undefined) return undefined
  const variables: ReadonlyArray<Variable> = [item, { name: "index", type: "int" }]
  const settings = () => ({
    ...options(),
    items: source.items,
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
        problems: scope.problems,
        template: (node) => scope.template(node, variables),
        ...scope.programs()
      }
    )
    const rest = ProgramCompiler.rest(fields, scope.owner, scope.problems)
    const check = ProgramCompiler.outputCheck(fields, scope)
    const step = Step.forEach(declared.key.text, {
      ...settings(),
      detail: program.detail,
      run: (value: unknown, context, index, input) =>
        check(
          ProgramCompiler.run(program, values(input, context, { [item.name]: value, index }), rest, context),
          context
        )
    })
    // A stop reaches the programs of the items under way, as it reaches the one of a step without a loop.
    const stops = ProgramCompiler.stops(rest)
    return { ...step, stops: ItemSource.withSource({ ...stops, text: `${stops.text}, cursor saved` }, source) }
  }
  if (kind === "use" && fields.use !== undefined) {
    const spec = scope.module(fields.use.value, fields.use.node)
    const input = fields.with === undefined ? undefined : scope.template(fields.with.value, variables)
    if (spec === undefined) return undefined
    scope.flow.modules.uses.push({ spec, node: fields.use.node, owner: scope.owner, ...literalInput(input) })
    const check = fields.returns === undefined ? undefined : OutputCheck.make(fields.returns.value.schema)
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
          const results = yield* runner.runBatch(spec, inputs, { first, concurrency }, context)
          return check === undefined ? results : yield* OutputCheck.items(check, results, context)
        })
    })
    const withinMillis = fields["stops-within"]?.value
    const stops = withinMillis === undefined ? step.stops : { ...step.stops, withinMillis }
    return { ...step, stops: ItemSource.withSource(stops, source) }
  }
  return undefined
}
