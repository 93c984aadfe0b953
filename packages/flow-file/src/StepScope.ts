/**
 * What the compilation of one step needs at hand: its flow's expressions and steps, and what may be read where.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type ModuleRunner, Step, type StepContext, StepId } from "@halte/engine"
import type { DeclaredStep, DeclaredSteps } from "./DeclaredSteps.ts"
import type { Expressions, Scope, Values, Variable } from "./Expression.ts"
import type { FileNode } from "./FileNode.ts"
import type { Modules } from "./Modules.ts"
import type { OutputTypes } from "./OutputTypes.ts"
import type { Problems } from "./Problems.ts"
import type { SubFlows } from "./SubFlows.ts"
import * as Template from "./Template.ts"

/**
 * What a flow says about all of its programs.
 *
 * @since 0.1.0
 */
export interface FlowPrograms {
  readonly env: ReadonlyArray<readonly [string, Template.Template]>
  readonly cwd: Template.Template | undefined
  /** As the file writes it. */
  readonly nodes: ReadonlyArray<FileNode>
}

/**
 * What all steps of a file share.
 *
 * @since 0.1.0
 */
export interface FlowScope {
  readonly problems: Problems
  readonly expressions: Expressions
  readonly steps: DeclaredSteps
  readonly modules: Modules
  readonly subFlows: SubFlows
  /** The text was stored with an execution: the flows that it runs may be gone since. */
  readonly isStored: boolean
  readonly outputs: OutputTypes
  /** Where programs run, and what `cwd` is relative to. */
  readonly cwd: string
  readonly programs: FlowPrograms
  readonly limits: ReadonlySet<string>
  /** The one of them that the flow counts against as a whole. */
  readonly limit: string | undefined
  /** The maps around, the outer ones first. */
  readonly maps: ReadonlyArray<EnclosingMap>
}

/**
 * A map whose step is compiled: what its item is called, and how the engine gives it.
 *
 * @since 0.1.0
 */
export interface EnclosingMap {
  readonly id: string
  readonly variables: ReadonlyArray<Variable>
  /** The inputs that the variables are, by the names that `values` knows them by. */
  readonly inputs: Readonly<Record<string, Step.Item<unknown>>>
}

/** Marks the inputs that are variables: no step's name begins so. */
export const variableMark = "@"

/**
 * One step while it is compiled. Collects the steps whose outputs it reads, and the hashes of the modules that it names.
 *
 * @since 0.1.0
 */
export class StepScope {
  readonly flow: FlowScope
  readonly step: DeclaredStep
  readonly owner: string
  readonly reads = new Set<string>()
  readonly moduleHashes: Array<string> = []
  #hasProgram = false

  constructor(flow: FlowScope, step: DeclaredStep) {
    this.flow = flow
    this.step = step
    this.owner = `step \`${step.id}\``
  }

  get problems(): Problems {
    return this.flow.problems
  }

  /** Whether what the flow says about programs decides how it runs. */
  get hasProgram(): boolean {
    return this.#hasProgram
  }

  /** What a program of the step takes from its flow. */
  programs(): { readonly cwd: string; readonly flow: FlowPrograms } {
    this.#hasProgram = true
    return { cwd: this.flow.cwd, flow: this.flow.programs }
  }

  /** The module of a `use:`; `undefined` once it has been reported. */
  module(text: string, node: FileNode): ModuleRunner.ModuleSpec | undefined {
    const found = this.flow.modules.find(text, node)
    if (found !== undefined) this.moduleHashes.push(found.sha256)
    return found?.spec
  }

  /** A place that may read outputs of steps, which come before this one then. */
  template(node: FileNode, variables: ReadonlyArray<Variable> = []): Template.Template {
    const scope: Scope = {
      owner: this.owner,
      variables: this.#known(variables),
      stepNames: () => this.flow.steps.names(),
      outputOf: (name) => {
        const found = this.flow.steps.find(name, this.step.group)
        return found === undefined ? undefined : this.flow.outputs.of(found)
      }
    }
    const template = Template.compile(node, this.flow.expressions, scope, this.problems)
    for (const expression of template.expressions)
      for (const name of expression.steps) {
        this.reads.add(name)
        this.flow.steps.refers(this.step.id, name, expression.range)
        this.#notItself(name, expression.range)
        this.reaches(name, expression.range)
      }
    return template
  }

  /** A place in `undo`: the step's own output can be read, those of others are gone. */
  undoTemplate(node: FileNode): Template.Template {
    const output = this.flow.outputs.ofOne(this.step)
    const scope: Scope = {
      owner: `\`undo\` of ${this.owner}`,
      variables: this.#known([{ name: "output", type: output.cel, convert: output.convert }]),
      stepNames: () => []
    }
    return Template.compile(node, this.flow.expressions, scope, this.problems)
  }

  /** These variables, and the items of the maps around; of one name the innermost counts. */
  #known(variables: ReadonlyArray<Variable>): ReadonlyArray<Variable> {
    if (this.flow.maps.length === 0) return variables
    const all = [...this.flow.maps.flatMap((map) => map.variables), ...variables]
    return [...new Map(all.map((variable) => [variable.name, variable])).values()]
  }

  /** A place that a list or a map makes no sense in, as far as that is known before the flow runs. */
  expectText(template: Template.Template, what: string): void {
    expectText(template, `${what} of ${this.owner}`, this.problems)
  }

  /** A place whose text is shown or stored. */
  refuseSecrets(template: Template.Template, code: string, where: string, hint: string): void {
    for (const expression of template.expressions)
      if (expression.secrets.length > 0)
        this.problems.error(
          expression.range,
          code,
          `Step \`${this.step.id}\` puts the secret \`${expression.secrets[0]}\` into ${where}.`,
          hint
        )
  }

  /** What a map makes is known within it alone: reports a step of a map that this one is not in. */
  reaches(name: string, range: { readonly start: number; readonly end: number }): boolean {
    const { steps } = this.flow
    const found = steps.find(name, this.step.group)?.id
    const parent = found === undefined ? undefined : StepId.parent(found)
    const map = parent === undefined ? undefined : steps.mapOf(parent)
    if (map === undefined || this.step.id.startsWith(`${map}/`)) return true
    this.problems.error(
      range,
      "unknown-step",
      `${this.owner.replace(/^s/, "S")} names \`${found}\`, of which the map \`${map}\` makes one for each item.`,
      `Name \`${map}\`: it stands for all of them, and its output is a list.`
    )
    return false
  }

  /** The inputs of the step, as the engine takes them: the outputs that it reads, and the items of the maps around. */
  inputs(): Record<string, Step.InputSource> {
    const { maps, steps } = this.flow
    const read = [...this.reads].map((name) => {
      const found = steps.find(name, this.step.group)
      return [name, Step.ref(found === undefined ? name : steps.toEngine(found.id))] as const
    })
    return Object.assign(Object.fromEntries(read), ...maps.map(({ inputs }) => inputs))
  }

  #notItself(name: string, range: { readonly start: number; readonly end: number }): void {
    const found = this.flow.steps.find(name, this.step.group)?.id
    if (found === this.step.id)
      this.problems.error(
        range,
        "self-dependency",
        `Step \`${found}\` reads its own output.`,
        "Read the output of another step."
      )
    else if (found !== undefined && this.step.id.startsWith(`${found}/`))
      this.problems.error(
        range,
        "self-dependency",
        `Step \`${this.step.id}\` reads the output of \`${found}\`, the group it is in.`,
        "Read the output of a step of the group."
      )
  }
}

/**
 * Reports a whole expression that gives a list, a map or nothing where a text is needed.
 *
 * @since 0.1.0
 */
export const expectText = (template: Template.Template, what: string, problems: Problems): void => {
  const only = template.expressions[0]
  if (
    only === undefined ||
    /^(string|int|uint|double|bool|dyn|google\.protobuf\.(Timestamp|Duration))$/.test(template.type)
  )
    return
  const given = template.type.startsWith("list") ? "a list" : template.type === "null_type" ? "null" : "a map"
  problems.error(
    only.range,
    "wrong-expression-type",
    `${what.slice(0, 1).toUpperCase()}${what.slice(1)} is one text, but this gives ${given}.`,
    given === "a list" ? 'Join it: `(…).join(" ")`, or take one item: `(…)[0]`.' : "Take one of its fields."
  )
}

/**
 * What a template's expressions read when the step runs.
 *
 * @since 0.1.0
 */
export const values = (
  input: unknown,
  step: StepContext.StepContextShape,
  variables?: Readonly<Record<string, unknown>>
): Values => ({
  params: step.params,
  steps: (input ?? {}) as Readonly<Record<string, unknown>>,
  variables: step.items === undefined ? variables : { ...variablesOf(step.items), ...variables }
})

const variablesOf = (items: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(items).map(([name, value]) => [name.slice(variableMark.length), value]))

/**
 * Computes a template as an Effect; what it throws is a failure, not a defect.
 *
 * @since 0.1.0
 */
export const compute = <A>(
  template: Template.Template,
  given: Values,
  as: (value: unknown) => A
): Effect.Effect<A, unknown> =>
  Effect.suspend((): Effect.Effect<A, unknown> => {
    try {
      const value = template.evaluate(given)
      return value instanceof Promise
        ? Effect.tryPromise({ try: () => value.then(as), catch: (error) => error })
        : Effect.succeed(as(value))
    } catch (error) {
      return Effect.fail(error)
    }
  })
