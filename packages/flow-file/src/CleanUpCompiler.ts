/**
 * What `clean-up` and `undo` become.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { ModuleRunner, type StepContext } from "@halte/engine"
import type { Values } from "./Expression.ts"
import type { FileNode } from "./FileNode.ts"
import { type ActionFields, type CleanUpFields, cleanUpTable } from "./FlowKeys.ts"
import * as ProgramCompiler from "./ProgramCompiler.ts"
import type { Key } from "./KeyTable.ts"
import type { RecordEntry } from "./Shape.ts"
import { compute, type FlowScope, type StepScope, values } from "./StepScope.ts"
import * as Template from "./Template.ts"

/** As the engine takes it; `given` are the step's inputs for a clean-up, its output for an undo. */
export interface Compiled {
  readonly run: (given: unknown, step: StepContext.StepContextShape) => Effect.Effect<unknown, unknown, never>
  readonly deadline: number | undefined
  readonly always: boolean
  readonly readsValue: boolean
}

/** What the compilation of one needs of the step, or of the flow, that it is of. */
interface ActionScope extends Pick<StepScope, "owner" | "problems" | "module" | "programs"> {
  readonly flow: Pick<FlowScope, "modules">
  readonly template: (node: FileNode) => Template.Template
  /** What its expressions read when it runs. */
  readonly values: (given: unknown, step: StepContext.StepContextShape) => Values
}

/**
 * Compiles the clean-up of a flow, which reads the params and how the attempt ends; `undefined` when it is absent, or
 * wrong and reported.
 *
 * @since 0.1.0
 */
export const ofFlow = (
  entry: RecordEntry<ActionFields> | undefined,
  flow: Pick<FlowScope, "cwd" | "modules" | "problems" | "expressions" | "programs">
): Compiled | undefined => {
  const { cwd, expressions, modules, problems, programs } = flow
  const owner = "`clean-up` of the flow"
  const scope = { owner, variables: [{ name: "status", type: "string" }], stepNames: () => [] }
  return one(entry, "clean-up", {
    owner: "the flow",
    problems,
    flow,
    module: (text, node) => modules.find(text, node)?.spec,
    programs: () => ({ cwd, flow: programs }),
    template: (node) => Template.compile(node, expressions, scope, problems),
    values: (given, step) => values({}, step, { status: (given as { readonly status: string }).status })
  })
}

/**
 * Compiles one of the two; `undefined` when it is absent, or wrong and reported.
 *
 * @since 0.1.0
 */
export const compile = (
  entry: RecordEntry<CleanUpFields> | undefined,
  kind: "clean-up" | "undo",
  scope: StepScope
): Compiled | undefined =>
  one(entry, kind, {
    owner: scope.owner,
    problems: scope.problems,
    flow: scope.flow,
    module: (text, node) => scope.module(text, node),
    programs: () => scope.programs(),
    template: (node) => (kind === "undo" ? scope.undoTemplate(node) : scope.template(node)),
    values: (given, step) => (kind === "undo" ? values({}, step, { output: given }) : values(given, step))
  })

const one = (
  entry: RecordEntry<CleanUpFields> | undefined,
  kind: "clean-up" | "undo",
  scope: ActionScope
): Compiled | undefined => {
  if (entry === undefined) return undefined
  const { key, value: fields } = entry
  const owner = `\`${kind}\` of ${scope.owner}`
  let readsValue = false
  const template = (node: FileNode): Template.Template => {
    const compiled = scope.template(node)
    readsValue ||= compiled.expressions.some(({ text }) => /\boutput\b/.test(text))
    return compiled
  }
  const given = scope.values
  if (fields.run !== undefined && fields.use !== undefined) {
    scope.problems.error(
      fields.use.key,
      "several-kinds",
      `The ${owner} has \`run\` and \`use\`, but does one thing.`,
      "Keep one of them."
    )
    return undefined
  }
  const rest = () => ({ deadline: fields.deadline?.value, always: fields.always?.value === true, readsValue })
  if (fields.run !== undefined) {
    rightKeys(fields, "run", owner, scope)
    const program = ProgramCompiler.compile(
      { ...fields, run: fields.run },
      { owner, problems: scope.problems, template, ...scope.programs() }
    )
    const stop = {
      graceMillis: fields.grace?.value ?? ProgramCompiler.defaultGraceMillis,
      onInterrupt: "stop",
      capture: "none"
    } as const
    return provided({
      ...rest(),
      run: (value, step) => ProgramCompiler.run(program, given(value, step), stop, step)
    })
  }
  if (fields.use !== undefined) {
    rightKeys(fields, "use", owner, scope)
    const spec = scope.module(fields.use.value, fields.use.node)
    if (spec === undefined) return undefined
    const input = fields.with === undefined ? undefined : template(fields.with.value)
    scope.flow.modules.uses.push({ spec, node: fields.use.node, owner })
    return provided({
      ...rest(),
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

const rightKeys = (fields: CleanUpFields, kind: string, owner: string, scope: ActionScope): void => {
  const table: Readonly<Record<string, Key<unknown>>> = cleanUpTable
  for (const [name, entry] of Object.entries(fields))
    if (entry !== undefined && table[name]!.kinds?.includes(kind) === false)
      scope.problems.error(entry.key, "key-not-allowed", `${place(name, owner)} is not for \`${kind}\`.`, "Remove it.")
}

const place = (name: string, owner: string) => `\`${name}\` of the ${owner}`

// Steps carry the services that they need in their types, clean-up does not: the runners of its step are there.
const provided = (
  compiled: Omit<Compiled, "run"> & {
    readonly run: (given: unknown, step: StepContext.StepContextShape) => Effect.Effect<unknown, unknown, unknown>
  }
): Compiled => compiled as Compiled
