/**
 * Random flows, as plain functions of a seed: layers with edges between them, groups in groups, data inputs, conditions,
 * limits, loops, waits and promises. What a step gives is a function of what it reads, so that two executions of one
 * flow can be compared whatever happened to them on the way.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import * as EventLoop from "../EventLoop.ts"
import * as Flow from "../Flow.ts"
import type { InterruptStrategy } from "../model/InterruptStrategy.ts"
import type { StepContextShape } from "../StepContext.ts"
import * as Step from "../StepKinds.ts"
import * as StoppingPoint from "../StoppingPoint.ts"

/**
 * Numbers from 0 up to 1, the same for the same seed (the generator known as Mulberry32).
 *
 * @since 0.1.0
 */
export const random = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * What a step of a random flow does.
 *
 * - `value`, `promise`, `effect`: one piece of work, synchronous or over turns of the event loop.
 * - `loop`: a loop of its own with stopping points and a cursor. `for-each`: the same by `Step.forEach`.
 * - `retry`: fails at its first try. `group`: holds inner steps. `map`: has one piece of work, or those inner steps, for
 *   each of its items.
 *
 * @since 0.1.0
 */
export type Kind = "value" | "promise" | "effect" | "loop" | "for-each" | "retry" | "group" | "map"

/**
 * A step of a random flow, as data.
 *
 * @since 0.1.0
 */
export interface Node {
  readonly name: string
  readonly kind: Kind
  /** Siblings that come before it. */
  readonly after: ReadonlyArray<string>
  /** Siblings whose output it reads. */
  readonly inputs: ReadonlyArray<string>
  readonly when: boolean | undefined
  readonly limit: string | undefined
  /** Pieces of work of a loop. */
  readonly items: number
  readonly every: number
  /** Turns of the event loop that each piece of work takes. */
  readonly turns: number
  readonly concurrency: number | undefined
  readonly steps: ReadonlyArray<Node>
}

/**
 * @since 0.1.0
 */
export interface RandomFlow {
  readonly seed: number
  readonly nodes: ReadonlyArray<Node>
  readonly concurrency: number | undefined
  readonly limits: Readonly<Record<string, number>>
}

/**
 * Which flows are made.
 *
 * @since 0.1.0
 */
export interface Options {
  /** Steps at most, groups not counted. @default 24 */
  readonly size?: number | undefined
  /** Groups within groups at most. @default 3 */
  readonly depth?: number | undefined
  /** Kinds to choose from. @default all */
  readonly kinds?: ReadonlyArray<Kind> | undefined
  /** Whether some steps have conditions that are false. @default true */
  readonly conditions?: boolean | undefined
}

const allKinds: ReadonlyArray<Kind> = ["value", "promise", "effect", "loop", "for-each", "retry", "group", "map"]

/**
 * Makes the flow of a seed.
 *
 * @since 0.1.0
 */
export const make = (seed: number, options: Options = {}): RandomFlow => {
  const next = random(seed)
  const upTo = (n: number) => Math.floor(next() * n)
  const chance = (p: number) => next() < p
  const kinds = options.kinds ?? allKinds
  let left = 1 + upTo(options.size ?? 24)
  let made = 0

  const layer = (depth: number): ReadonlyArray<Node> => {
    const nodes: Array<Node> = []
    const wanted = depth === 0 ? left : Math.min(left, 1 + upTo(6))
    // At the top all that is left; within a group a few.
    for (let count = 0; left > 0 && count < wanted; count++) {
      const name = `s${made++}`
      const possible = depth < (options.depth ?? 3) ? kinds : kinds.filter((kind) => kind !== "group" && kind !== "map")
      const kind = possible[upTo(possible.length)] ?? "value"
      const before = nodes.filter(() => chance(Math.min(0.6, 2 / nodes.length)))
      const after = before.filter(() => chance(0.5)).map((n) => n.name)
      const inputs = before.filter((n) => !after.includes(n.name)).map((n) => n.name)
      const when = options.conditions === false || chance(0.8) ? undefined : chance(0.5)
      if (kind !== "group") left--
      nodes.push({
        name,
        kind,
        after,
        inputs,
        when,
        limit: kind !== "group" && kind !== "map" && chance(0.25) ? (chance(0.5) ? "narrow" : "wide") : undefined,
        items: 1 + upTo(8),
        every: 1 + upTo(4),
        turns: upTo(3),
        concurrency: chance(0.3) ? 1 + upTo(3) : undefined,
        steps: kind === "group" || (kind === "map" && chance(0.5)) ? layer(depth + 1) : []
      })
    }
    // A group that found nothing left holds one step all the same: an empty one is no flow.
    return nodes.length > 0 ? nodes : [node(`s${made++}`)]
  }
  return {
    seed,
    nodes: layer(0),
    concurrency: chance(0.4) ? 1 + upTo(4) : undefined,
    limits: { narrow: 1, wide: 2 }
  }
}

/**
 * A step as data, for a flow made by hand: one piece of work at once, unless more is said.
 *
 * @since 0.1.0
 */
export const node = (name: string, more: Partial<Node> = {}): Node => ({
  name,
  kind: "value",
  after: [],
  inputs: [],
  when: undefined,
  limit: undefined,
  items: 1,
  every: 1,
  turns: 0,
  concurrency: undefined,
  steps: [],
  ...more
})

/**
 * The steps by id, groups left out. A map is one step until it has begun, which `has` tells by its id: then it is those
 * that it has made.
 *
 * @since 0.1.0
 */
export const leaves = (
  nodes: ReadonlyArray<Node>,
  has: (map: string) => boolean = () => true,
  prefix = ""
): ReadonlyMap<string, Node> =>
  new Map(
    nodes.flatMap((one): ReadonlyArray<readonly [string, Node]> => {
      const id = `${prefix}${one.name}`
      if (one.kind === "group") return [...leaves(one.steps, has, `${id}/`)]
      if (one.kind !== "map" || !has(id)) return [[id, one]]
      return Array.from({ length: one.items }, (_, i) => `${id}/${i}`).flatMap((each) =>
        one.steps.length === 0 ? [[each, one] as const] : [...leaves(one.steps, has, `${each}/`)]
      )
    })
  )

/**
 * Those steps as a flow.
 *
 * @since 0.1.0
 */
export const of = (nodes: ReadonlyArray<Node>, more: Partial<RandomFlow> = {}): RandomFlow => ({
  seed: 0,
  nodes,
  concurrency: undefined,
  limits: { narrow: 1, wide: 2 },
  ...more
})

/**
 * One piece of work that really happened: of a step, and of the item `index` for loops.
 *
 * @since 0.1.0
 */
export interface Work {
  readonly step: string
  readonly index: number
  readonly phase: "begin" | "end"
}

/**
 * A random flow as a flow. `onWork` is told each piece of work as it begins and ends: the side effects, in the order in
 * which they really happened.
 *
 * @since 0.1.0
 */
export const toFlow = (
  flow: RandomFlow,
  onWork: (work: Work) => void,
  options: {
    readonly name?: string | undefined
    readonly strategy?: InterruptStrategy | undefined
    readonly onFailure?: Flow.OnFailure | undefined
    readonly durability?: Flow.Durability | undefined
    /** Whether a step that is no loop fails in the place of its work. */
    readonly fails?: ((step: StepContextShape) => boolean) | undefined
    /** Each piece of work writes a line. @default false */
    readonly logs?: boolean | undefined
  } = {}
): Flow.Flow<unknown, never> => {
  const toSteps = (nodes: ReadonlyArray<Node>, items: Step.Inputs = {}): ReadonlyArray<Step.Any> =>
    nodes.map((node) => toStep(node, items))

  const toStep = (node: Node, items: Step.Inputs): Step.Any => {
    const common = {
      after: node.after,
      input: { ...Object.fromEntries(node.inputs.map((name) => [name, Step.ref(name)])), ...items },
      ...(node.when === undefined ? undefined : { when: () => node.when! }),
      ...(node.limit === undefined ? undefined : { limit: node.limit })
    }
    const piece = (step: StepContextShape, index: number, value: unknown) =>
      Effect.suspend(() => {
        if (isLoop(node.kind) === false && options.fails?.(step) === true) return Effect.fail(new Error("told to fail"))
        onWork({ step: step.step, index, phase: "begin" })
        if (options.logs === true) step.log(`piece ${index}`)
        return Effect.map(turns(node.turns), () => {
          onWork({ step: step.step, index, phase: "end" })
          return value
        })
      })
    const value = (input: unknown) => digest(node.name, input)
    switch (node.kind) {
      case "group":
        return Step.group(node.name, { ...common, steps: toSteps(node.steps, items), concurrency: node.concurrency })
      case "map":
        return Step.map(node.name, {
          ...common,
          concurrency: node.concurrency,
          // Over turns, as where they are read from somewhere.
          items: (input: unknown) =>
            Effect.map(turns(node.turns), () => Array.from({ length: node.items }, (_, i) => `${value(input)} ${i}`)),
          step: (item, index) => {
            const within = { ...items, [`item of ${node.name}`]: item, [`index of ${node.name}`]: index }
            return node.steps.length > 0
              ? Step.group(node.name, { steps: toSteps(node.steps, within) })
              : Step.make(node.name, {
                  input: { ...common.input, ...within },
                  run: (input: unknown, step) => piece(step, 0, value(input))
                })
          }
        })
      case "value":
        return Step.make(node.name, {
          ...common,
          run: (input: unknown, step) => {
            if (options.fails?.(step) === true) throw new Error("told to fail")
            onWork({ step: step.step, index: 0, phase: "begin" })
            if (options.logs === true) step.log("piece 0")
            onWork({ step: step.step, index: 0, phase: "end" })
            return value(input)
          }
        })
      case "promise":
        return Step.make(node.name, {
          ...common,
          run: (input: unknown, step) => Effect.runPromise(piece(step, 0, value(input)))
        })
      case "effect":
        return Step.make(node.name, { ...common, run: (input: unknown, step) => piece(step, 0, value(input)) })
      case "retry":
        return Step.make(node.name, {
          ...common,
          retry: { tries: 2, delay: 0 },
          run: (input: unknown, step) =>
            step.try === 1 ? Effect.fail(new Error("the first try fails")) : piece(step, 0, value(input))
        })
      case "loop":
        return Step.make(node.name, {
          ...common,
          run: (input: unknown, step) =>
            Effect.gen(function* () {
              for (let i = typeof step.cursor === "number" ? step.cursor : 0; i < node.items; i++) {
                if (StoppingPoint.isBreak(yield* StoppingPoint.at(i))) return step.interrupted({ partial: i })
                yield* piece(step, i, undefined)
              }
              return value(input)
            })
        })
      case "for-each":
        return Step.forEach(node.name, {
          ...common,
          items: Array.from({ length: node.items }, (_, i) => i),
          every: node.every,
          concurrency: node.concurrency ?? 1,
          collect: true,
          run: (item: number, step, index, input: unknown) => piece(step, index, digest(`${item}`, input))
        })
    }
  }
  return Flow.make(options.name ?? "random", {
    steps: toSteps(flow.nodes),
    concurrency: flow.concurrency,
    limits: flow.limits,
    strategy: options.strategy,
    onFailure: options.onFailure,
    durability: options.durability
  }) as Flow.Flow<unknown, never>
}

const isLoop = (kind: Kind): boolean => kind === "loop" || kind === "for-each"

// A number of the name and everything read: the same inputs give the same value, other inputs another.
const digest = (name: string, input: unknown): number => {
  let hash = 0x811c9dc5
  for (const character of `${name}:${JSON.stringify(input)}`)
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0
  return hash
}

const turns = (count: number): Effect.Effect<void> =>
  count === 0 ? Effect.void : Effect.andThen(EventLoop.turn, () => turns(count - 1))
