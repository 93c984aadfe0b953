/**
 * A desk over an engine in this process: its executions are real, its window is the stand-in's, and what the engine runs
 * is told as its own process would tell it.
 */
import {
  EventBatch,
  type ExecutionId,
  ExecutionsLocal,
  ExecutionStoreMemory,
  type Flow,
  ObservedStore
} from "@halte/engine"
import type { Executions } from "@halte/engine/model"
import type { DesktopSettings, EngineState, PageItem, Viewing } from "@halte/web/DesktopBridge"
import { defaults } from "@halte/web/DesktopBridge"
import { Effect, type Scope } from "effect"
import { BrowserWindow } from "electron/main"
import { Listeners } from "../../src/main/Listeners.ts"
import * as RunningExecutions from "../../src/main/RunningExecutions.ts"

/** What the main process sees of an engine's process, in a test's hands. */
export class EngineInHand {
  state: Exclude<EngineState, { readonly _tag: "None" }> = { _tag: "Running", recovered: [] }
  live: ReadonlyArray<string> = []
  pid: number | undefined = 1
  readonly names = new Map<string, string>()
  readonly name = (id: string): string | undefined => this.names.get(id)
  private readonly changed = new Listeners()
  readonly onChange = this.changed.on

  set(changes: Partial<Pick<EngineInHand, "state" | "live" | "pid">>): void {
    Object.assign(this, changes)
    this.changed.tell()
  }

  add(id: string): void {
    if (!this.live.includes(id)) this.set({ live: [...this.live, id] })
  }

  remove(id: string): void {
    if (this.live.includes(id)) this.set({ live: this.live.filter((other) => other !== id) })
  }

  /** It dies, and whatever ran goes with it. */
  die(): void {
    this.set({ state: { _tag: "Ended", how: "it was ended by SIGKILL", running: [] }, live: [], pid: undefined })
  }
}

/** An engine whose starts and ends are told to `engine`. A test that fails leaves nothing behind that it waits for. */
export const engineOf = (
  flows: ReadonlyArray<Flow.Flow<unknown, never>>,
  engine: EngineInHand,
  options: { readonly maxExecutions?: number } = {}
): Effect.Effect<ExecutionsLocal.LocalExecutions, unknown, Scope.Scope> =>
  Effect.tap(
    ExecutionsLocal.make({
      ...options,
      flows,
      store: ObservedStore.make(ExecutionStoreMemory.make(), {
        appended: ({ execution }, events) =>
          EventBatch.visit(events, {
            stepStarted: () => undefined,
            stepCompleted: () => undefined,
            event: ({ type }) => {
              if (type === "execution-started") engine.add(execution)
              else if (type === "execution-ended") engine.remove(execution)
            }
          })
      })
    }),
    (executions) =>
      Effect.addFinalizer(() =>
        Effect.gen(function* () {
          const live = yield* executions.list({
            status: ["Pending", "Running", "Pausing", "Paused", "Interrupting"],
            limit: 1000
          })
          yield* Effect.forEach(live, ({ id }) => executions.terminate(id))
        }).pipe(Effect.ignore)
      )
  )

let numbers = 0

export class LocalDesk {
  readonly number = ++numbers
  directory: string | undefined = "/projects/release"
  engine: EngineInHand | undefined
  executions: Executions.ExecutionsShape | undefined
  running: RunningExecutions.RunningExecutions | undefined
  viewing: Viewing = { command: false }
  window: BrowserWindow | undefined
  /** What the window was told, asked and sent to, in order. */
  readonly told: Array<string> = []
  readonly shown: Array<string> = []
  readonly gone: Array<string> = []
  readonly asked: Array<PageItem> = []
  private readonly changed = new Listeners()
  readonly onChange = this.changed.on

  constructor(executions: Executions.ExecutionsShape | undefined, running?: RunningExecutions.RunningExecutions) {
    this.executions = executions
    this.running = running
    this.window = new BrowserWindow({ show: true })
  }

  readonly show = (address = ""): void => {
    this.shown.push(address)
    this.window ??= new BrowserWindow({ show: true })
    this.window.focus()
  }
  readonly go = (address: string): void => void this.gone.push(address)
  readonly menu = (item: PageItem): void => void this.asked.push(item)
  readonly tell = (notice: string): void => void this.told.push(notice)

  change(changes: Partial<Pick<LocalDesk, "viewing" | "window" | "running" | "executions" | "directory">>): void {
    Object.assign(this, changes)
    this.changed.tell()
  }

  view(execution: ExecutionId.ExecutionId | undefined, options: { name?: string; command?: boolean } = {}): void {
    const { command = false, name } = options
    this.change({
      viewing: {
        command,
        ...(name === undefined ? undefined : { name }),
        ...(execution === undefined ? undefined : { execution })
      }
    })
  }
}

export interface Opened {
  readonly desk: LocalDesk
  readonly engine: EngineInHand
  readonly executions: ExecutionsLocal.LocalExecutions
  readonly running: RunningExecutions.RunningExecutions
}

export const runningOf = (
  engine: EngineInHand,
  executions: Executions.ExecutionsShape
): Effect.Effect<RunningExecutions.RunningExecutions, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => RunningExecutions.make({ engine, executions, changeMillis: 1, againMillis: 5 })),
    ({ close }) => Effect.sync(close)
  )

/** A desk whose engine knows these flows. The stand-in has to be ready. */
export const open = (
  flows: ReadonlyArray<Flow.Flow<unknown, never>>,
  options: { readonly maxExecutions?: number } = {}
): Effect.Effect<Opened, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const engine = new EngineInHand()
    const executions = yield* engineOf(flows, engine, options)
    const running = yield* runningOf(engine, executions)
    const desk = new LocalDesk(executions, running)
    desk.engine = engine
    return { desk, engine, executions, running }
  })

/** Settings that remember what was changed. */
export class SettingsInHand {
  now: DesktopSettings = defaults
  readonly change = (changes: Partial<DesktopSettings>): void => {
    this.now = { ...this.now, ...changes }
  }
}
