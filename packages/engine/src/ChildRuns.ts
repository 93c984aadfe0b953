/**
 * Sub-flows as this engine runs them: each is an execution beside that of its parent, followed by the step that started
 * it. The signal goes down, the outcome comes up.
 *
 * @since 0.1.0
 */
import { Clock, Effect } from "effect"
import { ChildFailed, type ChildExecutionsShape, type ChildRequest } from "./ChildExecutions.ts"
import * as ChildResume from "./ChildResume.ts"
import type { Execution } from "./Execution.ts"
import * as ExecutionPlaces from "./ExecutionPlaces.ts"
import type { ExecutionReader } from "./ExecutionReader.ts"
import type { FlowCatalog } from "./FlowCatalog.ts"
import * as ExecutionId from "./model/ExecutionId.ts"
import type { Asker, ResumeRequest } from "./model/Executions.ts"
import type { ExecutionNotFound, ExecutionsError } from "./model/ExecutionsError.ts"
import type { ExecutionState } from "./model/ExecutionState.ts"
import type * as FlowDescription from "./model/FlowDescription.ts"
import type { Outcome } from "./model/Outcome.ts"
import * as ParentStep from "./model/ParentStep.ts"
import type * as Secrets from "./Secrets.ts"
import type { Demand, StepContextShape } from "./StepContext.ts"
import { StepContextLive } from "./StepContextLive.ts"
import type { StepGraph } from "./StepGraph.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

/** Levels of sub-flows below an execution. */
const deepest = 16

/** At most four times a second. */
const progressMillis = 250

/**
 * What the engine does for them.
 *
 * @since 0.1.0
 */
export interface Host {
  readonly catalog: FlowCatalog
  readonly reader: ExecutionReader
  /** An execution of this process, under way or ended. */
  readonly known: (id: ExecutionId.ExecutionId) => Execution | undefined
  readonly start: (start: ChildStart) => Effect.Effect<void, ExecutionsError>
  readonly resume: (
    id: ExecutionId.ExecutionId,
    request: ResumeRequest,
    current: StepGraph | undefined
  ) => Effect.Effect<void, ExecutionsError>
  readonly outcome: (id: ExecutionId.ExecutionId) => Effect.Effect<Outcome, ExecutionNotFound>
}

/**
 * A child to be started.
 *
 * @since 0.1.0
 */
export interface ChildStart {
  readonly id: ExecutionId.ExecutionId
  readonly graph: StepGraph
  readonly params: unknown
  readonly parent: ParentStep.ParentStep
  readonly asker: Asker
}

/**
 * The sub-flows of one engine.
 *
 * @since 0.1.0
 */
export const make = (host: Host): ChildExecutionsShape => ({
  run: (request, step) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const parent = host.known(step.execution)!
        const begun = yield* begin(host, parent, request, step, restore)
        if (begun._tag === "Value") return begun.value
        if (begun._tag === "Break") return step.interrupted()
        const child = host.known(begun.id)
        if (child === undefined) return yield* gone(begun.id)
        const follower = new Follower(parent, child, step)
        // Whoever ends the step's fiber (its timeout, a terminate) waits for the child to end.
        const outcome = yield* Effect.ensuring(
          Effect.onInterrupt(restore(host.outcome(child.id)), () => {
            follower.leave()
            return Effect.ignore(host.outcome(child.id))
          }),
          Effect.sync(() => follower.end())
        )
        return yield* come(parent, child, step, outcome)
      })
    )
})

type Begun =
  | { readonly _tag: "Under way"; readonly id: ExecutionId.ExecutionId }
  | { readonly _tag: "Value"; readonly value: Readonly<Record<string, unknown>> }
  | { readonly _tag: "Break" }

const underWay = (id: ExecutionId.ExecutionId): Begun => ({ _tag: "Under way", id })

/** Starts the child of a step, or goes on with the one that its cursor names. */
const begin = (
  host: Host,
  parent: Execution,
  request: ChildRequest,
  step: StepContextShape,
  restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const before = ParentStep.inCursor(step.cursor)
    let id = before
    if (before !== undefined) {
      // Somebody has resumed it meanwhile.
      const known = host.known(before)
      if (known !== undefined && !known.isOver) return underWay(before)
      if (known?.outcome?._tag === "Completed") return { _tag: "Value", value: known.valuesByName() } satisfies Begun
      const state = yield* Effect.catchTag(host.reader.get(before), "ExecutionNotFound", () =>
        Effect.succeed(undefined)
      ).pipe(Effect.mapError(failed))
      if (state !== undefined && state.status !== "Completed")
        return yield* again(host, parent, request, step, state, restore)
      if (state !== undefined && ![...state.steps.values()].some(({ masked }) => masked === true))
        return {
          _tag: "Value",
          value: (yield* Effect.mapError(stored(host, state, state.definition.steps), failed)) as Readonly<
            Record<string, unknown>
          >
        } satisfies Begun
      // What it gave held a secret, which is not kept: it is done again, by another execution.
      if (state !== undefined) id = undefined
    }
    const params = yield* restore(request.params)
    const graph = yield* Effect.mapError(
      typeof request.flow === "string"
        ? host.catalog.toStart(request.flow, params)
        : host.catalog.compile(request.flow),
      failed
    )
    const { name } = graph.flow
    yield* refuseDepth(host, parent, name)
    yield* refuseSecrets(parent, graph, params)
    yield* refuseHeld(host, parent, step.step, graph)
    // Finding that out may have taken time: nothing is started after a request.
    if (StoppingPoint.isBreak(yield* restore(StoppingPoint.checkIn(step)))) return { _tag: "Break" } satisfies Begun
    id ??= ExecutionId.make(yield* Clock.currentTimeMillis)
    // First of all it is kept which one: a crash from here on leaves none that nobody knows, and no second one is started.
    if (id !== before) {
      step.saveCursor({ execution: id } satisfies ParentStep.Cursor)
      yield* Effect.callback<void>((resume) => parent.recorder.whenCommittedNow(() => resume(Effect.void)))
    }
    const { asker } = parent.options
    const started = {
      id,
      graph,
      params,
      parent: { execution: parent.id, step: step.step },
      asker: { source: "Parent", ...(asker.by === undefined ? undefined : { by: asker.by }) }
    } satisfies ChildStart
    yield* Effect.mapError(host.start(started), failed)
    return underWay(id)
  })

/** The next attempt of a child that has ended without completing. */
const again = (
  host: Host,
  parent: Execution,
  request: ChildRequest,
  step: StepContextShape,
  state: ExecutionState,
  restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const current = yield* ChildResume.currentOf(host.catalog, request.flow, state.params)
    const secrets = current?.flow.params.secrets ?? []
    // Secrets are not kept: they come again from where they came. All else is as it was at the start.
    const given = secrets.length === 0 ? undefined : yield* restore(request.params)
    const { asker, resumed } = parent.options
    if (StoppingPoint.isBreak(yield* restore(StoppingPoint.checkIn(step)))) return { _tag: "Break" } satisfies Begun
    yield* Effect.mapError(
      host.resume(
        state.id,
        {
          // What a person has allowed holds for one time.
          ...(step.try === 1 && resumed !== undefined
            ? ChildResume.requestOf(resumed, step.step, state.definition)
            : undefined),
          source: "Parent",
          ...(asker.by === undefined ? undefined : { by: asker.by }),
          ...(given === undefined ? undefined : { params: only(given, secrets) })
        },
        current
      ),
      failed
    )
    return underWay(state.id)
  })

const only = (given: unknown, names: ReadonlyArray<string>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(asRecord(given)).filter(([key, value]) => names.includes(key) && value !== undefined)
  )

const asRecord = (u: unknown): Readonly<Record<string, unknown>> =>
  typeof u === "object" && u !== null && !Array.isArray(u) ? (u as Readonly<Record<string, unknown>>) : {}

/** A child that counts against what is held until it has ended would wait for ever. */
const refuseHeld = (host: Host, parent: Execution, step: string, graph: StepGraph) => {
  const wanted = ExecutionPlaces.namesOf(graph)
  let at: Execution | undefined = wanted.size === 0 ? undefined : parent
  for (let of = step; at !== undefined;) {
    const held = at.limitsAround(of).find((name) => wanted.has(name))
    if (held !== undefined)
      return Effect.fail(
        new ChildFailed({
          code: "waits-for-itself",
          message: `sub-flow \`${graph.flow.name}\` counts against \`${held}\`, of which \`${of}\` of \`${at.flowName}\` holds a place until it has ended`,
          hint: `Take \`limit: ${held}\` away from one of the two.`
        })
      )
    const above: ParentStep.ParentStep | undefined = at.options.parent
    of = above?.step ?? ""
    at = above === undefined ? undefined : host.known(above.execution as ExecutionId.ExecutionId)
  }
  return Effect.void
}

const refuseDepth = (host: Host, parent: Execution, flow: string) => {
  const chain: Array<string> = []
  for (let at: Execution | undefined = parent; at !== undefined;) {
    chain.unshift(at.flowName)
    const above: ParentStep.ParentStep | undefined = at.options.parent
    at = above === undefined ? undefined : host.known(above.execution as ExecutionId.ExecutionId)
  }
  const path = [...chain.slice(-3), flow].map((name) => `\`${name}\``).join(" → ")
  if (chain.includes(flow))
    return Effect.fail(
      new ChildFailed({
        code: "flow-contains-itself",
        message: `sub-flow \`${flow}\` is a step of itself: ${path}`,
        hint: "Write what is done again and again as a `for-each`."
      })
    )
  return chain.length > deepest
    ? Effect.fail(
        new ChildFailed({
          code: "sub-flows-too-deep",
          message: `sub-flow \`${flow}\` would be ${chain.length} levels below the execution that was started: … → ${path}`,
          hint: `At most ${deepest} are allowed.`
        })
      )
    : Effect.void
}

/** Params are recorded as they are, but the secret ones. */
const refuseSecrets = ({ secrets }: Execution, { flow }: StepGraph, params: unknown) => {
  for (const [key, value] of Object.entries(asRecord(params))) {
    if (flow.params.secrets.includes(key) || !holdsSecret(secrets, value)) continue
    return Effect.fail(
      new ChildFailed({
        code: "secret-in-params",
        message: `param \`${key}\` of sub-flow \`${flow.name}\` would hold a secret, and is stored and shown as it is`,
        hint: `Declare it in \`${flow.name}\` with \`secret: true\`, or give it something else.`
      })
    )
  }
  return Effect.void
}

const holdsSecret = (secrets: Secrets.Secrets, value: unknown): boolean =>
  typeof value === "string"
    ? secrets.text(value) !== value
    : typeof value === "object" && value !== null && JSON.stringify(secrets.value(value)) !== JSON.stringify(value)

/** The values of completed steps as they are stored: those of a group by name, those of a map in a list. */
const stored = (host: Host, state: ExecutionState, steps: ReadonlyArray<FlowDescription.StepDescription>) =>
  Effect.gen(function* () {
    const values: Record<string, unknown> = {}
    for (const step of steps) values[step.name] = yield* storedValue(host, state, step)
    return values
  })

const storedValue = (
  host: Host,
  state: ExecutionState,
  step: FlowDescription.StepDescription
): Effect.Effect<unknown, ExecutionsError> => {
  if (step.steps !== undefined)
    return step.kind === "map"
      ? Effect.forEach(step.steps, (each) => storedValue(host, state, each))
      : stored(host, state, step.steps)
  const found = state.steps.get(step.id)
  return host.reader.resolve(state.id, found?.references, "value", found?.value)
}

/** What a step does while its child is under way: passes on what is asked, shows how far the child is. */
class Follower {
  private readonly parent: Execution
  private readonly child: Execution
  private readonly step: StepContextShape
  private readonly release: () => void
  private isQuiet = false
  private done = -1
  private gate: string | undefined
  private toldAt = Number.NEGATIVE_INFINITY
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(parent: Execution, child: Execution, step: StepContextShape) {
    this.parent = parent
    this.child = child
    this.step = step
    parent.children ??= new Map()
    parent.children.set(step.step, child)
    child.watcher = () => this.look()
    if (step instanceof StepContextLive) step.bound = () => child.boundNow(parent.requestedStrategy)
    this.look()
    this.release = step.control.subscribe((demand) => this.obey(demand))
    if (step.control.demand !== "go") this.obey(step.control.demand)
  }

  private obey(demand: Demand): void {
    const { child } = this
    const { asker } = this.parent.options
    switch (demand) {
      case "interrupt": {
        const strategy = this.parent.requestedStrategy
        return void child.interrupt({ ...this.request, ...(strategy === undefined ? undefined : { strategy }) })
      }
      case "terminate":
        return void child.terminate(this.request)
      case "hold":
        return void child.pause({ source: "Parent", by: asker.by })
      case "go":
        if (child.status === "Paused" || child.status === "Pausing") child.goOn({ source: "Parent", by: asker.by })
    }
  }

  private get request() {
    const signal = this.parent.control.requested
    return {
      source: "Parent" as const,
      ...(signal?.by === undefined ? undefined : { by: signal.by }),
      ...(signal?.reason === undefined ? undefined : { reason: signal.reason })
    }
  }

  /** The step's own time is over. */
  leave(): void {
    if (this.step.control.demand === "terminate") this.child.terminate(this.request)
    else this.child.interrupt({ source: "Parent", reason: `the time of step \`${this.step.step}\` is over` })
  }

  private look(): void {
    const { child, step } = this
    const isQuiet = child.status === "Paused"
    if (isQuiet !== this.isQuiet) {
      this.isQuiet = isQuiet
      step.quiet(isQuiet)
    }
    if (child.completed === this.done && child.openGate === this.gate) return
    const left = this.toldAt + progressMillis - performance.now()
    // The last thing that happened may be so for long: it is told once it may be.
    if (left > 0) this.timer ??= setTimeout(() => this.tell(), left)
    else this.tell()
  }

  private tell(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.toldAt = performance.now()
    const before = this.gate
    this.done = this.child.completed
    this.gate = this.child.openGate
    this.step.report({
      done: this.done,
      total: this.child.size,
      // What was said before counts until something else is.
      message:
        this.gate === undefined ? (before === undefined ? undefined : "") : `\`${this.gate}\` waits for an answer`
    })
    if (this.step instanceof StepContextLive) this.step.flushUntold()
  }

  end(): void {
    this.release()
    this.look()
    if (this.timer !== undefined) this.tell()
    this.child.watcher = undefined
    this.parent.children?.delete(this.step.step)
    if (this.step instanceof StepContextLive) this.step.bound = undefined
  }
}

/** What the outcome of a child is to its step. */
const come = (parent: Execution, child: Execution, step: StepContextShape, outcome: Outcome) => {
  switch (outcome._tag) {
    case "Completed":
      return Effect.succeed(step.completed(child.valuesByName()) as never)
    case "Failed": {
      const { stack: _, ...failure } = outcome.failure
      return Effect.fail(
        new ChildFailed({
          ...failure,
          message: `execution \`${child.id}\` of sub-flow \`${child.flowName}\` failed at \`${outcome.step}\`: ${failure.message}`
        })
      )
    }
    default: {
      const at = outcome.interrupted[0]?.step ?? outcome.terminated[0]
      const how = outcome._tag === "Terminated" ? "was terminated" : "stopped"
      const { by, reason, source } = outcome.signal
      // Somebody has stopped the child alone: without it the flow does not go on either.
      if (parent.control.requested === undefined)
        parent.interrupt({
          source,
          ...(by === undefined ? undefined : { by }),
          reason: `sub-flow \`${child.flowName}\` (…${child.id.slice(-4)}) ${outcome._tag === "Terminated" ? "was terminated" : "was interrupted"}${reason === undefined ? "" : `: ${reason}`}`
        })
      return Effect.succeed(
        step.interrupted({
          cursor: { execution: child.id } satisfies ParentStep.Cursor,
          detail: `…${child.id.slice(-4)} ${how}${at === undefined ? " between its steps" : ` at \`${at}\``}`
        })
      )
    }
  }
}

const gone = (id: ExecutionId.ExecutionId) =>
  Effect.fail(
    new ChildFailed({
      code: "executions-unavailable",
      message: `execution \`${id}\` of the sub-flow has gone elsewhere`
    })
  )

const failed = (error: ExecutionsError): ChildFailed =>
  new ChildFailed({ code: error.code, message: error.message.replace(/\.$/, "") })
