/**
 * From the nodes of a flow file to a flow of the engine, or to all that is wrong with it.
 *
 * @since 0.1.0
 */
import type { HttpClient } from "effect/http"
import {
  Flow,
  type FlowDescription,
  type FlowError,
  type FlowLimit,
  InterruptStrategy,
  type ModuleRunner,
  type ProcessRunner,
  StepGraph,
  Stoppability
} from "@halte/engine"
import * as CleanUpCompiler from "./CleanUpCompiler.ts"
import { DeclaredSteps, fromEngine } from "./DeclaredSteps.ts"
import * as DrillPlan from "./DrillPlan.ts"
import { Expressions } from "./Expression.ts"
import type { FileNode } from "./FileNode.ts"
import * as FileOrigin from "./FileOrigin.ts"
import * as Fingerprint from "./Fingerprint.ts"
import * as FlowKeys from "./FlowKeys.ts"
import * as FlowParams from "./FlowParams.ts"
import { Modules, type ModuleUse } from "./Modules.ts"
import { OutputTypes } from "./OutputTypes.ts"
import type { ParamSpec } from "./ParamSpec.ts"
import type { Problems } from "./Problems.ts"
import type { Json } from "./ReturnsSchema.ts"
import * as StepCompiler from "./StepCompiler.ts"
import { expectText, type FlowPrograms, type FlowScope } from "./StepScope.ts"
import type { SubFlows } from "./SubFlows.ts"
import * as StopWarnings from "./StopWarnings.ts"
import * as Template from "./Template.ts"

/** What the steps of a file may need. */
export type Services = ProcessRunner.ProcessRunner | ModuleRunner.ModuleRunner | HttpClient.HttpClient

/**
 * @since 0.1.0
 */
export interface CompiledFlow {
  readonly flow: Flow.Flow<unknown, Services>
  readonly params: ReadonlyArray<ParamSpec>
  readonly description: FlowDescription.FlowDescription
  readonly stoppability: Stoppability.Stoppability
  readonly modules: ReadonlyArray<ModuleUse>
  /** How it is rehearsed. */
  readonly drill?: DrillPlan.DrillPlan | undefined
}

/**
 * Compiles a file; `undefined` when it has errors, all of which are in `problems` then.
 *
 * @since 0.1.0
 */
export const compile = (
  root: FileNode,
  options: {
    readonly problems: Problems
    /** The absolute path of the flow file. */
    readonly path: string
    readonly cwd: string
    /** What paths of the origin are relative to. */
    readonly project: string | undefined
    readonly env: Readonly<Record<string, string | undefined>>
    /** Milliseconds that a stop may take, instead of what the flow promises. */
    readonly maxStopMillis?: number | undefined
    readonly subFlows: SubFlows
    readonly isStored: boolean
    /** What the step of a `use:` says that it gives, where modules have been loaded. */
    readonly moduleOutput?: ((use: string) => Json | undefined) | undefined
  }
): CompiledFlow | undefined => {
  const { cwd, env, isStored, maxStopMillis, path, problems, project, subFlows } = options
  const fields = FlowKeys.flow.read(root, { problems, owner: "the flow", path: "" })
  if (fields === undefined) return undefined
  if (fields.halte !== undefined && fields.halte.value !== 1)
    problems.error(
      fields.halte.node,
      "unknown-version",
      `The format version ${fields.halte.value} is unknown.`,
      "This version of Halte reads `halte: 1`."
    )
  const params = FlowParams.read(fields.params?.value ?? [], problems)
  const declared = new DeclaredSteps((fields.steps?.value as FlowKeys.Steps | undefined) ?? [])
  const modules = new Modules(path, problems)
  const outputs = new OutputTypes(declared, options.moduleOutput)
  const expressions = new Expressions({ params, env, cwd, problems, outputs })
  const scope: FlowScope = {
    problems,
    cwd,
    modules,
    outputs,
    subFlows,
    isStored,
    steps: declared,
    expressions,
    programs: ofPrograms(fields, expressions, problems),
    limits: new Set(fields.limits?.value.map((l) => l.key.text)),
    limit: limitOf(fields, problems),
    maps: []
  }
  const steps = StepCompiler.compileAll((fields.steps?.value ?? []) as FlowKeys.Steps, undefined, scope)
  const cleanUp = CleanUpCompiler.ofFlow(fields["clean-up"], scope)
  const drill = fields.drill && DrillPlan.make(fields.drill.value, { params, steps: declared, problems })
  if (problems.errors > 0 || fields.name === undefined || fields.steps === undefined) return undefined
  const flow = Flow.make(fields.name.value, {
    steps,
    params: FlowParams.make(params, env),
    version: fields.version?.value,
    label: fields.label?.value,
    description: fields.description?.value,
    concurrency: fields.concurrency?.value,
    limits: Object.fromEntries(fields.limits?.value.map((l) => [l.key.text, limit(l.value)]) ?? []),
    limit: fields.limit?.value,
    strategy: strategy(fields),
    single: fields.single?.value,
    deadline: fields.deadline?.value,
    stopsWithin: fields["stops-within"]?.value,
    onFailure: fields["on-failure"]?.value,
    cleanUp,
    durability: fields.durability?.value,
    fingerprint: Fingerprint.ofFlow(
      root,
      modules.files.map(({ sha256 }) => sha256)
    ),
    origin: FileOrigin.make({ file: path, directory: cwd }, modules.files, project),
    definitionText: problems.source.text
  })
  const graph = StepGraph.make(flow)
  if (graph._tag === "Failure") {
    for (const problem of graph.failure.problems) graphProblem(problem, declared, fields.steps.key, problems)
    return undefined
  }
  const { description } = graph.success
  const stoppability = Stoppability.of(description, { maxMillis: maxStopMillis })
  StopWarnings.report(stoppability.findings, declared, fields, problems)
  return {
    flow: flow as never,
    params: [...params.values()],
    description,
    stoppability,
    modules: modules.uses,
    drill
  }
}

/** What the flow says about all of its programs: of what it reads nothing may depend on a step. */
const ofPrograms = (fields: FlowKeys.FlowFields, expressions: Expressions, problems: Problems): FlowPrograms => {
  const template = (node: FileNode) =>
    Template.compile(node, expressions, { owner: "the flow", variables: [], stepNames: () => [] }, problems)
  const cwd = fields.cwd === undefined ? undefined : template(fields.cwd.value)
  if (cwd !== undefined) expectText(cwd, "`cwd` of the flow", problems)
  return {
    env: fields.env?.value.map(({ key, value }) => [key.text, template(value)] as const) ?? [],
    cwd,
    nodes: [fields.env, fields.cwd].flatMap((entry) => (entry === undefined ? [] : [entry.key, entry.node]))
  }
}

type Limit = NonNullable<FlowKeys.FlowFields["limits"]>["value"][number]["value"]

const limit = (value: Limit): FlowLimit.FlowLimit =>
  typeof value === "number" ? value : { size: value.size?.value ?? 1, shared: value.shared?.value ?? false }

/** The limit that the flow counts against as a whole. */
const limitOf = ({ limit, limits }: FlowKeys.FlowFields, problems: Problems): string | undefined => {
  if (limit === undefined) return undefined
  const declared = limits?.value.find(({ key }) => key.text === limit.value)?.value
  if (declared === undefined)
    problems.error(
      limit.node,
      "unknown-limit",
      `The flow counts against \`${limit.value}\`, which is no limit of it.`,
      `Declare it: \`limits: { ${limit.value}: { size: 1, shared: true } }\`.`
    )
  else if (typeof declared === "number" || declared.shared?.value !== true)
    problems.error(
      limit.node,
      "limit-not-shared",
      `The flow counts as a whole against \`${limit.value}\`, which executions do not share: each would count for itself.`,
      `Write \`limits: { ${limit.value}: { size: ${typeof declared === "number" ? declared : (declared.size?.value ?? 1)}, shared: true } }\`.`
    )
  return limit.value
}

const strategy = (fields: FlowKeys.FlowFields): InterruptStrategy.InterruptStrategy => {
  const value = fields["on-interrupt"]?.value
  if (value === undefined || value === "finish-current") return InterruptStrategy.FinishCurrent
  return value === "ignore"
    ? InterruptStrategy.IgnoreInterruptions
    : InterruptStrategy.PollNextN(value.next?.value ?? 0)
}

/** Of a longer one its beginning and its end are named. */
const longestCycle = 12

const graphProblem = (
  problem: FlowError.Problem,
  declared: DeclaredSteps,
  steps: FileNode,
  problems: Problems
): void => {
  switch (problem._tag) {
    case "CycleFound": {
      const path = problem.path.map(fromEngine)
      const closing = path
        .map((step, i) => declared.placeOf(step, path[i - 1] ?? ""))
        .findLast((place) => place !== undefined)
      const shown = path.map((step) => `\`${step}\``)
      const cycle = (shown.length <= longestCycle ? shown : [...shown.slice(0, 6), "…", ...shown.slice(-3)]).join(" → ")
      problems.error(
        closing ?? steps,
        problem.code,
        `Flow \`${problem.flow}\` has a cycle: ${cycle}.`,
        "Remove one of these dependencies."
      )
      return
    }
    case "EmptyFlow": {
      const group = problem.group === undefined ? undefined : declared.ofEngine(problem.group)
      const what = group === undefined ? `Flow \`${problem.flow}\`` : `Group \`${group.id}\``
      problems.error(group?.fields.steps?.key ?? steps, problem.code, `${what} has no steps.`, "Give it at least one.")
      return
    }
    default:
      // Names, references and numbers have been checked where they stand.
      problems.error(steps, problem.code, problem.message)
  }
}
