/**
 * From the steps of a file to the engine's steps.
 *
 * @since 0.1.0
 */
import { Step, type StepContext } from "@halte/engine"
import * as CleanUpCompiler from "./CleanUpCompiler.ts"
import type { DeclaredStep } from "./DeclaredSteps.ts"
import * as Fingerprint from "./Fingerprint.ts"
import { innerSteps, kindKeys, stepTable, type StepFields, type Steps } from "./FlowKeys.ts"
import * as FlowStepCompiler from "./FlowStepCompiler.ts"
import * as ForEachCompiler from "./ForEachCompiler.ts"
import * as GateCompiler from "./GateCompiler.ts"
import * as HttpCompiler from "./HttpCompiler.ts"
import * as MapCompiler from "./MapCompiler.ts"
import * as ProgramCompiler from "./ProgramCompiler.ts"
import * as RetryCompiler from "./RetryCompiler.ts"
import type { Key } from "./KeyTable.ts"
import * as SleepCompiler from "./SleepCompiler.ts"
import { compute, type FlowScope, StepScope, values, variableMark } from "./StepScope.ts"
import * as Template from "./Template.ts"
import * as When from "./When.ts"

/**
 * Compiles steps side by side. Those with problems are reported; some may be left out then.
 *
 * @since 0.1.0
 */
export const compileAll = (steps: Steps, group: DeclaredStep | undefined, flow: FlowScope): ReadonlyArray<Step.Any> =>
  steps.flatMap(({ key }) => {
    const declared = flow.steps.byId.get(group === undefined ? key.text : `${group.id}/${key.text}`)
    const step = declared === undefined ? undefined : compile(declared, flow)
    return step === undefined ? [] : [step]
  })

const compile = (declared: DeclaredStep, flow: FlowScope): Step.Any | undefined => {
  const { fields } = declared
  const scope = new StepScope(flow, declared)
  if (!hasOneKind(declared, scope)) return undefined
  rightKeys(declared, scope)
  const whole = { ...texts(fields), after: comesAfter(declared, scope) }
  return fields.map === undefined
    ? compileOne(declared, scope, { ...whole, when: When.compile(fields.when, scope) })
    : MapCompiler.compile(declared, fields.map, scope, whole, (inner, when) =>
        compileOne(declared, inner, { after: [], when })
      )
}

/** One step, or the one that a map makes for each item. */
const compileOne = (
  declared: DeclaredStep,
  scope: StepScope,
  { when, ...whole }: MapCompiler.Whole & { readonly when: When.Compiled | undefined }
): Step.Any | undefined => {
  const { fields, kind } = declared
  const { flow } = scope
  const name = declared.key.text
  const cleanUp = CleanUpCompiler.compile(fields["clean-up"], "clean-up", scope)
  const undo = CleanUpCompiler.compile(fields.undo, "undo", scope)
  const common = () => ({
    ...whole,
    // Whatever was read and named so far; hence called after everything else is compiled.
    fingerprint: Fingerprint.ofStep(declared.node, scope.moduleHashes, scope.hasProgram ? flow.programs.nodes : []),
    input: scope.inputs(),
    when: when?.test,
    whenText: when?.text,
    cleanUp,
    undo
  })
  const single = () => ({ ...common(), ...limits(fields, scope) })
  if (fields["for-each"] !== undefined) return ForEachCompiler.compile(declared, fields["for-each"], scope, single)
  switch (kind) {
    case "run": {
      if (fields.run === undefined) return undefined
      const program = ProgramCompiler.compile(
        { ...fields, run: fields.run },
        {
          owner: scope.owner,
          problems: scope.problems,
          template: (node) => scope.template(node),
          ...scope.programs()
        }
      )
      const rest = ProgramCompiler.rest(fields, scope.owner, scope.problems)
      const check = ProgramCompiler.outputCheck(fields, scope)
      // For what it promises and shows; the program is computed as a whole, as it is for the items of a loop.
      const step = Step.process(name, {
        ...single(),
        command: "",
        detail: program.detail,
        grace: rest.graceMillis,
        onInterrupt: rest.onInterrupt,
        stopSignal: rest.stopSignal
      })
      return {
        ...step,
        body: (input: never, context) =>
          check(ProgramCompiler.run(program, values(input, context), rest, context), context)
      }
    }
    case "use": {
      if (fields.use === undefined) return undefined
      const spec = scope.module(fields.use.value, fields.use.node)
      const input = fields.with === undefined ? undefined : scope.template(fields.with.value)
      if (spec === undefined) return undefined
      flow.modules.uses.push({ spec, node: fields.use.node, owner: scope.owner, ...Template.literalInput(input) })
      return Step.module(name, {
        ...single(),
        ...spec,
        detail: fields.use.value,
        stopsWithin: fields["stops-within"]?.value,
        ...(fields.returns === undefined ? undefined : { outputSchema: fields.returns.value.schema }),
        with: (given: never, context: Parameters<typeof values>[1]) =>
          input === undefined ? (ownItem(scope, context) ?? {}) : compute(input, values(given, context), (v) => v)
      } as never)
    }
    case "steps": {
      const steps = compileAll(innerSteps(fields), declared, flow)
      return Step.group(name, { ...common(), steps, concurrency: fields.concurrency?.value })
    }
    case "flow":
      return fields.flow === undefined
        ? undefined
        : FlowStepCompiler.compile(name, fields.flow, fields.with, scope, single)
    case "gate":
      return fields.gate === undefined ? undefined : GateCompiler.compile(name, fields.gate, fields, scope, single)
    case "http": {
      if (fields.http === undefined) return undefined
      const more = { returns: fields.returns?.value, captureLimit: fields["output-limit"]?.value }
      return HttpCompiler.compile(name, fields.http.value, scope, more, single)
    }
    case "sleep":
      return fields.sleep === undefined ? undefined : SleepCompiler.sleep(name, fields.sleep, scope, single)
    case "until":
      return fields.until === undefined ? undefined : SleepCompiler.until(name, fields.until, scope, single)
    case undefined:
      return undefined
  }
}

/** The item of the map that a step stands beside, as a `for-each` would give it. */
const ownItem = ({ flow, step }: StepScope, { items }: StepContext.StepContextShape): unknown => {
  const map = flow.maps.at(-1)
  return map?.id === step.id ? items?.[variableMark + map.variables[0]!.name] : undefined
}

const hasOneKind = ({ key, kinds }: DeclaredStep, scope: StepScope): boolean => {
  const [first, second] = kinds
  if (first === undefined) {
    scope.problems.error(
      key,
      "no-kind",
      `Step \`${scope.step.id}\` does nothing.`,
      `Give it one of ${kindKeys.map((k) => `\`${k}\``).join(", ")}.`
    )
    return false
  }
  if (second === undefined) return true
  const names = kinds.map(([kind]) => `\`${kind}\``)
  scope.problems.error(
    second[1],
    "several-kinds",
    `Step \`${scope.step.id}\` has ${names.slice(0, -1).join(", ")} and ${names.at(-1)}, but does one thing.`,
    "Keep one of them, or make a step of each."
  )
  return false
}

const rightKeys = ({ fields, kind }: DeclaredStep, scope: StepScope): void => {
  const table: Readonly<Record<string, Key<unknown>>> = stepTable
  for (const [name, entry] of Object.entries(fields)) {
    const { kinds } = table[name]!
    if (entry === undefined || kinds === undefined || kind === undefined || kinds.includes(kind)) continue
    scope.problems.error(
      entry.key,
      "key-not-allowed",
      `\`${name}\` of step \`${scope.step.id}\` is for ${kinds.map((k) => `\`${k}\``).join(", ")}, not for \`${kind}\`.`,
      kind === "steps" ? "Give it to the inner steps." : "Remove it."
    )
  }
}

const comesAfter = (declared: DeclaredStep, scope: StepScope): ReadonlyArray<string> => {
  const { steps } = scope.flow
  const { id } = declared
  return (declared.fields.after?.value ?? []).flatMap(({ node, value }) => {
    const found = steps.find(value, declared.group)
    if (found === undefined) {
      const near = scope.problems.isFull ? undefined : steps.nearest(value)
      scope.problems.error(
        node,
        "unknown-step",
        `Step \`${id}\` comes after \`${value}\`, which is no step of this flow.`,
        near === undefined
          ? "Name a sibling, a step further out, or a full id such as `upload/part-1`."
          : `Did you mean \`${near}\`?`
      )
      return []
    }
    if (found.id === id) {
      scope.problems.error(node, "self-dependency", `Step \`${id}\` comes after itself.`, "Remove the dependency.")
      return []
    }
    if (id.startsWith(`${found.id}/`)) {
      scope.problems.error(
        node,
        "self-dependency",
        `Step \`${id}\` comes after \`${found.id}\`, the group it is in.`,
        "Name a step of the group."
      )
      return []
    }
    steps.refers(id, value, node)
    return scope.reaches(value, node) ? [steps.toEngine(found.id)] : []
  })
}

const texts = (fields: StepFields) => ({
  label: fields.label?.value,
  icon: fields.icon?.value,
  description: fields.description?.value
})

const limits = (fields: StepFields, scope: StepScope) => {
  const limit = fields.limit
  if (limit !== undefined && !scope.flow.limits.has(limit.value))
    scope.problems.error(
      limit.node,
      "unknown-limit",
      `Step \`${scope.step.id}\` counts against \`${limit.value}\`, which is no limit of the flow.`,
      `Declare it: \`limits: { ${limit.value}: 2 }\`.`
    )
  else if (limit !== undefined && limit.value === scope.flow.limit)
    scope.problems.error(
      limit.node,
      "waits-for-itself",
      `Step \`${scope.step.id}\` counts against \`${limit.value}\`, of which its flow holds a place for as long as it runs.`,
      "Take `limit` away from the step, or from the flow."
    )
  return {
    retry: RetryCompiler.compile(fields.retry, scope),
    timeout: fields.timeout?.value,
    onFailure: fields["on-failure"]?.value,
    idempotent: fields.idempotent?.value,
    limit: limit?.value
  }
}
