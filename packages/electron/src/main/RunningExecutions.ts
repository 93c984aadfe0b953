/**
 * What an engine runs, folded in the main process: for menus, tray, taskbar and notifications, and for quitting.
 *
 * The engine says which executions it runs; their events say how these stand. An engine that dies takes all of them with
 * it without an end: what became of them is found by the next one.
 */
import type { ExecutionState, Executions } from "@halte/engine/model"
import * as Coalesced from "./Coalesced.ts"
import type { EngineProcess } from "./EngineProcess.ts"
import * as ExecutionFollow from "./ExecutionFollow.ts"
import { Listeners } from "./Listeners.ts"

type State = ExecutionState.ExecutionState

export interface RunningExecutions {
  /** Those that are under way, by their ids; one that has just been started is there as soon as it has been looked at. */
  readonly states: ReadonlyMap<string, State>
  /** Calls back soon after a change, ten times a second at most. Answers what ends that. */
  readonly onChange: (listener: () => void) => () => void
  /** Calls back once for each end of what this engine ran, with the state in which it ended. */
  readonly onEnded: (listener: (state: State) => void) => () => void
  readonly close: () => void
}

export interface Options {
  readonly engine: Pick<EngineProcess, "state" | "live" | "pid" | "onChange">
  readonly executions: Pick<Executions.ExecutionsShape, "get" | "events" | "list">
  /** @default 100 */
  readonly changeMillis?: number | undefined
  /** How soon what could not be read is read again. @default 1000 */
  readonly againMillis?: number | undefined
}

/** It listens until it is closed, to one engine after the other. */
export const make = (options: Options): RunningExecutions => new Running(options)

class Running implements RunningExecutions {
  readonly states = new Map<string, State>()
  private readonly options: Options
  private readonly changed = new Listeners()
  private readonly ended = new Listeners<[State]>()
  private readonly follows = new Map<string, ExecutionFollow.ExecutionFollow>()
  /** The attempts of which the end was told. */
  private readonly told = new Map<string, number>()
  private readonly change: Coalesced.Coalesced
  private readonly leave: () => void
  private pid: number | undefined
  /** When this engine was seen first, in milliseconds since 1970. */
  private since = Date.now()

  constructor(options: Options) {
    this.options = options
    this.change = Coalesced.make(() => this.changed.tell(), options.changeMillis ?? 100)
    this.leave = options.engine.onChange(() => this.look())
    this.look()
  }

  readonly onChange = this.changed.on
  readonly onEnded = this.ended.on

  readonly close = (): void => {
    this.leave()
    this.drop()
    this.change.close()
    this.changed.clear()
    this.ended.clear()
  }

  private look(): void {
    const { engine } = this.options
    const isThere = engine.state._tag === "Running"
    // Another process is another engine, also when nobody saw the one before it end.
    if (!isThere || engine.pid !== this.pid) this.drop()
    this.pid = isThere ? engine.pid : undefined
    if (!isThere) return
    for (const id of engine.live) if (!this.follows.has(id)) this.follow(id)
    const live = new Set(engine.live)
    for (const [id, follow] of this.follows) {
      if (live.has(id)) continue
      if (this.states.delete(id)) this.change.ask()
      follow.look()
    }
  }

  private drop(): void {
    this.since = Date.now()
    this.told.clear()
    for (const follow of this.follows.values()) follow.close()
    this.follows.clear()
    if (this.states.size === 0) return
    this.states.clear()
    this.change.ask()
  }

  private follow(id: string): void {
    const { againMillis, engine, executions } = this.options
    const mine = () => this.follows.get(id) === follow
    const follow = ExecutionFollow.make({
      executions,
      id,
      againMillis,
      isLive: () => engine.live.includes(id),
      onState: (state) => {
        // The engine says what it runs; of what it has ended the last events may still be on their way.
        if (!mine() || !engine.live.includes(id)) return
        this.states.set(id, state)
        this.change.ask()
      },
      onEnded: (state, wasSeen) => {
        if (mine()) this.end(state, wasSeen)
      },
      onDone: () => {
        if (!mine()) return
        this.follows.delete(id)
        if (this.states.delete(id)) this.change.ask()
        // It may be back since.
        if (engine.live.includes(id)) this.look()
      }
    })
    this.follows.set(id, follow)
  }

  private end(state: State, wasSeen: boolean): void {
    const { attempt, ended, id } = state
    if (this.states.delete(id)) this.change.ask()
    if (ended === undefined || this.told.get(id) === attempt) return
    // It was found like this by an engine that never ran it: an end of long ago, or that of an engine which has died.
    if (ended.cause === "Crash" || (!wasSeen && ended.at < this.since)) return
    this.told.set(id, attempt)
    this.ended.tell(state)
  }
}
