/**
 * What `clean-up` and `undo` become.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { ModuleRunner, type StepContext } from "@halte/engine"
import type { FileNode } from "./FileNode.ts"
import { type ActionFields, actionTable } from "./FlowKeys.ts"
import * as ProgramCompiler from "./ProgramCompiler.ts"
import type { Key } from "./KeyTable.ts"
import type { RecordEntry } from "./Shape.ts"
import { compute, type StepScope, values } from "./StepScope.ts"
import type { Template } from "./Template.ts"

/** As the engine takes it; `given` are the step's inputs for a clean-up, its output for an undo. */
export interface Compiled {
  readonly run: (given: unknown, step: StepContext.StepContextShape) => Effect.Effect<unknown, unknown, never>
  readonly deadline: number | undefined
}

/**
 * Compiles one of the two; `undefined` when it is absent, or wrong and reported.
 *
 * @since 0.1.0
 */
export const compile = (
  entry: RecordEntry<ActionFields> | undefined,
  kind: "clean-up" | "undo",
  scope: StepScope
): Compiled | undefined => {
  if (entry === undefined) return undefined
  const { key, value: fields } = entry
  const owner = `\`${kind}\` of ${scope.owner}`
  const template = (node: FileNode): Template => (kind === "undo" ? scope.undoTemplate(node) : scope.template(node))
  const given = (value: unknown, step: StepContext.StepContextShape) =>
    kind === "undo" ? values({}, step, { output: value }) : values(value, step)
  if (fields.run !== undefined && fields.use !== undefined) {
    scope.problems.error(
      fields.use.key,
      "several-kinds",
      `The ${owner} has \`run\` and \`use\`, but does one thing.`,
      "Keep one of them."
    )
    return undefined
  }
  const deadline = fields.deadline?.value
  if (fields.run !== undefined) {
    rightKeys(fields, "run", owner, scope)
    const program = ProgramCompiler.compile(
      { ...fields, run: fields.run },
      { owner, problems: scope.problems, template, ...scope.programs() }
    )
    const rest = {
      graceMillis: fields.grace?.value ?? ProgramCompiler.defaultGraceMillis,
      onInterrupt: "stop",
      capture: "none"
    } as const
    return provided({ deadline, run: (value, step) => ProgramCompiler.run(program, given(value, step), rest, step) })
  }
  if (fields.use !== undefined) {
    rightKeys(fields, "use", owner, scope)
    const spec = scope.module(fields.use.value, fields.use.node)
    if (spec === undefined) return undefined
    const input = fields.with === undefined ? undefined : template(fields.with.value)
    scope.flow.modules.uses.push({ spec, node: fields.use.node, owner })
    return provided({
      deadline,
      run: (value, step) =>
        Effect.gen(function* () {
          const runner = yield* ModuleRunner.ModuleRunner
          const computed = input === undefined ? {} : yield* compute(input, given(value, step), (v) => v)
          return yield* runner.run(spec, computed, step)
        })
    })
  }
  scope.problems.error(key, "no-kind", `The ${owner} does nothing.`, "Give it `run` or `use`.")
  return undefined
}

const rightKeys = (fields: ActionFields, kind: string, owner: string, scope: StepScope): void => {
  const table: Readonly<Record<string, Key<unknown>>> = actionTable
  for (const [name, entry] of Object.entries(fields))
    if (entry !== undefined && table[name]!.kinds?.includes(kind) === false)
      scope.problems.error(entry.key, "key-not-allowed", `${place(name, owner)} is not for \`${kind}\`.`, "Remove it.")
}

const place = (name: string, owner: string) => `\`${name}\` of the ${owner}`

// Steps carry the services that they need in their types, clean-up does not: the runners of its step are there.
const provided = (compiled: {
  readonly run: (given: unknown, step: StepContext.StepContextShape) => Effect.Effect<unknown, unknown, unknown>
  readonly deadline: number | undefined
}): Compiled => compiled as Compiled
