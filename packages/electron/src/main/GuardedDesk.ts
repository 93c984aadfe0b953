/**
 * What quitting needs of a desk: what runs in its engine, how that is stopped, and where it is shown. A `Desk` is one.
 */
import type { Executions, ExecutionState } from "@halte/engine/model"
import type { DesktopState, EngineState } from "@halte/web/DesktopBridge"
import * as ExecutionName from "./ExecutionName.ts"

/** The engine of a desk. */
export interface GuardedEngine {
  readonly state: Exclude<EngineState, { readonly _tag: "None" }>
  /** The ids that it runs now. */
  readonly live: ReadonlyArray<string>
  /** What a person calls one of them. */
  readonly name: (id: string) => string | undefined
  readonly directory: string
  readonly onChange: (listener: () => void) => () => void
  /** Starts it again after it has ended. */
  readonly start: () => void
  /** Settles when its process is gone. */
  readonly stop: (request?: { readonly by?: string; readonly via?: string }) => Promise<void>
  readonly terminate: (request?: { readonly by?: string; readonly via?: string }) => void
  readonly kill: () => void
}

/** One project and its window. */
export interface GuardedDesk {
  readonly directory: string | undefined
  readonly engine: GuardedEngine | undefined
  /** What its engine says of its executions. */
  readonly executions: Pick<Executions.ExecutionsShape, "get"> | undefined
  readonly running:
    | {
        readonly states: ReadonlyMap<string, ExecutionState.ExecutionState>
        readonly onChange: (listener: () => void) => () => void
      }
    | undefined
  /** `undefined` while it is in the background. */
  readonly window: object | undefined
  readonly show: () => void
  readonly tell: (notice: string) => void
  readonly setQuitting: (quitting: DesktopState["quitting"]) => void
  readonly onChange: (listener: () => void) => () => void
}

/** An execution that an engine runs. */
export interface Live {
  readonly id: string
  /** As its engine calls it. */
  readonly name: string
  /** As it was last seen; `undefined` as long as nothing is known of it. */
  readonly state: ExecutionState.ExecutionState | undefined
}

/**
 * What runs on a desk. The engine says it: a state that was folded may be that of an attempt before, or be late.
 */
export const live = ({ engine, running }: Pick<GuardedDesk, "engine" | "running">): ReadonlyArray<Live> =>
  engine === undefined || engine.state._tag === "Ended" || engine.state._tag === "Failed"
    ? []
    : engine.live.map((id) => ({ id, name: engine.name(id) ?? ExecutionName.ofId(id), state: running?.states.get(id) }))

/** Calls back at each change of what runs on a desk. Answers what ends that. */
export const watch = (desk: GuardedDesk, listener: () => void): (() => void) => {
  // A desk without a project gets its engine later.
  let inner: ReadonlyArray<() => void> = []
  let engine: GuardedDesk["engine"]
  let running: GuardedDesk["running"]
  const look = () => {
    if (engine === desk.engine && running === desk.running) return
    for (const end of inner) end()
    engine = desk.engine
    running = desk.running
    inner = [engine?.onChange(listener), running?.onChange(listener)].filter((end) => end !== undefined)
  }
  look()
  const outer = desk.onChange(() => {
    look()
    listener()
  })
  return () => {
    outer()
    for (const end of inner) end()
    inner = []
  }
}
