/** Engines over one store whose executions share a limit `gpu`, and what is looked at after each test. */
import { assert } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import {
  type ExecutionsLocal,
  type ExecutionStore,
  ExecutionStoreMemory,
  Flow,
  type FlowError,
  type SharedLimits,
  type Step
} from "@halte/engine"
import { HandStep } from "@halte/engine/testing"
import * as Engine from "./Engine.ts"

export const gpu = (size: number) => ({ gpu: { size, shared: true } })

export interface Scene {
  readonly store: ExecutionStore.ExecutionStoreShape
  readonly engine: Engine.Engine
  readonly encode: HandStep.HandStep<"encode">
  /** Who holds and who waits for places of `gpu`: the last six characters of the id, and the step. */
  readonly line: Effect.Effect<Line>
}

export interface Line {
  readonly held: ReadonlyArray<string>
  readonly waiting: ReadonlyArray<string>
}

export const place = (id: string, step?: string) => (step === undefined ? id.slice(-6) : `${id.slice(-6)}/${step}`)

export const line = (limits: SharedLimits.SharedLimitsShape): Effect.Effect<Line> =>
  Effect.map(Effect.orDie(limits.look("gpu")), (places) => {
    const names = (held: boolean) =>
      places.filter((one) => one.held === held).map(({ execution, step }) => place(execution, step))
    return { held: names(true), waiting: names(false) }
  })

export const free: Line = { held: [], waiting: [] }

/** An engine of a flow `f` with a step `encode` that counts against `gpu`, and perhaps others. */
export const make = (
  options: Omit<ExecutionsLocal.Options<never>, "flows"> & {
    readonly size?: number
    readonly flow?: Partial<Parameters<typeof Flow.make>[1]>
    readonly more?: ReadonlyArray<Step.Any>
    readonly step?: Parameters<typeof HandStep.make>[1]
    readonly flows?: ReadonlyArray<Flow.Flow<unknown, never>>
  } = {}
): Effect.Effect<Scene, FlowError.FlowError, Scope.Scope> =>
  Effect.gen(function* () {
    const { flow, flows, more, size, step, ...rest } = options
    const store = options.store ?? ExecutionStoreMemory.make()
    const encode = HandStep.make("encode", { limit: "gpu", ...step })
    const engine = yield* Engine.make(
      [
        Flow.make("f", {
          steps: [encode.step, ...(more ?? [])],
          limits: gpu(size ?? 1),
          ...flow
        }) as Flow.Flow<unknown, never>,
        ...(flows ?? [])
      ],
      { ...rest, store }
    )
    return { store, engine, encode, line: line(store.sharedLimits) }
  })

/** Nobody holds a place, and nobody waits for one. */
export const isFree = (scene: Pick<Scene, "line">): Effect.Effect<void> =>
  Effect.map(scene.line, (now) => assert.deepStrictEqual(now, free, "no place is left behind"))
