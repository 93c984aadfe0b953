/**
 * The end of some desks' engines: what they run is asked to stop, ended by force at the next request, and at the one
 * after that the engines are killed. It is over when their processes are gone: the record is saved by then. Meanwhile
 * windows show what is waited for. It always comes to an end, or says what it waits for and what ends it.
 */
import { ExecutionStatus } from "@halte/engine/model"
import type { DesktopState, WaitedFor } from "@halte/web/DesktopBridge"
import { type GuardedDesk, type GuardedEngine, type Live, live, watch } from "./GuardedDesk.ts"
import * as LeftPrograms from "./LeftPrograms.ts"
import * as QuitText from "./QuitText.ts"

/** `Stopping`: nothing ran, and no window needs to show it. */
export type Phase = "Stopping" | "Interrupting" | "Terminating" | "Killed"

/** Who asks, and how. Without `by` it is a shutdown. */
export interface Request {
  readonly by?: string
  readonly via: string
}

/** Time, as far as this needs it; tests move it by hand. */
export interface Clock {
  readonly now: () => number
  /** Calls back once. Answers what prevents that. */
  readonly after: (millis: number, run: () => void) => () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (millis, run) => {
    const timer = setTimeout(run, millis)
    return () => clearTimeout(timer)
  }
}

/** An engine that runs nothing has this long to end. */
const idleMillis = 5000
/** One that opens its project may be ending what another engine has left. */
const openingMillis = 15_000
/** What is ended by force has this long: a second for finalizers, and time to see processes gone and to record it. */
const forceMillis = 10_000
/** A killed process is gone at once; what isn't is not waited for. */
const killMillis = 1000
/** A stop is late when its promise has passed by this, and so is an engine that has not said that it was asked. */
const lateMillis = 5000

export interface Options {
  readonly desks: ReadonlyArray<GuardedDesk>
  /** What ends with it. */
  readonly closes: "Halte" | "Window"
  /** Where it is shown what is waited for. */
  readonly shownOn: () => ReadonlyArray<GuardedDesk>
  readonly request: Request
  readonly clock: Clock
  /** What a person should know although no window may be left. */
  readonly tell: (text: string) => void
  /** Whether a program still runs. @default what the system says */
  readonly isAlive?: LeftPrograms.IsAlive | undefined
}

export interface Result {
  /** How far it went. */
  readonly phase: Phase
  /** How many executions were asked to stop. */
  readonly asked: number
  /** Whether something was left that the next start has to end. */
  readonly lost: boolean
}

export interface Ending {
  readonly phase: Phase
  /** What has not stopped yet. */
  readonly waiting: ReadonlyArray<Live>
  /** The next stage. */
  readonly escalate: (request: Request) => void
  /** Ends by force; changes nothing where that was asked before. */
  readonly force: (request: Request) => void
  /** Calls back, once, when it goes further, or is over. */
  readonly onPhase: (listener: () => void) => void
  readonly gone: Promise<Result>
}

interface Ended {
  readonly desk: GuardedDesk
  readonly engine: GuardedEngine
  /** It was there to be stopped. */
  readonly wasAlive: boolean
  isGone: boolean
  isLost: boolean
  /** What it ran when it was last seen to run something: it takes that with it when it dies. */
  last: ReadonlyArray<Live>
  stopIdle: (() => void) | undefined
}

export const begin = (options: Options): Ending => new Begun(options)

class Begun implements Ending {
  phase: Phase
  readonly gone: Promise<Result>
  private readonly options: Options
  private readonly engines: ReadonlyArray<Ended>
  private readonly asked: number
  private readonly disposers: Array<() => void> = []
  private readonly listeners: Array<() => void> = []
  private readonly promised = new Set<string>()
  /** All engines are gone, and what one of them has left is swept up: what ends the wait. */
  private sweeping: (() => void) | undefined
  private isKilledByHand = false
  private readonly shown = new Map<GuardedDesk, string>()
  private finish: (result: Result) => void = () => {}

  constructor(options: Options) {
    this.options = options
    this.engines = options.desks.flatMap((desk) =>
      desk.engine === undefined
        ? []
        : [
            {
              desk,
              engine: desk.engine,
              wasAlive: desk.engine.state._tag === "Starting" || desk.engine.state._tag === "Running",
              isGone: false,
              isLost: false,
              last: [],
              stopIdle: undefined
            }
          ]
    )
    this.asked = this.engines.reduce((sum, { desk }) => sum + live(desk).length, 0)
    this.phase = this.asked === 0 ? "Stopping" : "Interrupting"
    this.gone = new Promise((resolve) => {
      this.finish = resolve
    })
    for (const { desk } of this.engines) this.disposers.push(watch(desk, () => this.look()))
    // A person sees it before anything is stopped.
    this.look()
    for (const ended of this.engines) {
      this.listenFor(ended)
      this.stop(ended)
    }
    this.settle()
  }

  get waiting(): ReadonlyArray<Live> {
    return this.engines.flatMap(({ desk, isGone }) => (isGone ? [] : live(desk).filter(isLeft)))
  }

  escalate(request: Request): void {
    // Nobody is left to be asked: whoever is in a hurry leaves the rest to the sweep.
    if (this.sweeping !== undefined) return this.sweeping()
    if (this.phase === "Interrupting") this.force(request)
    else {
      this.isKilledByHand = true
      this.kill()
    }
  }

  onPhase(listener: () => void): void {
    this.listeners.push(listener)
  }

  private further(): void {
    for (const listener of this.listeners.splice(0)) listener()
  }

  force(request: Request): void {
    if (this.phase !== "Interrupting" || this.sweeping !== undefined) return
    this.phase = "Terminating"
    this.further()
    this.look()
    for (const { engine, isGone } of this.engines) if (!isGone) engine.terminate(request)
    this.later(forceMillis, () => this.kill())
  }

  private stop(ended: Ended): void {
    const over = () => this.over(ended)
    ended.engine.stop(this.options.request).then(over, (error: unknown) => {
      this.options.tell(`${ended.engine.directory}: ${error instanceof Error ? error.message : String(error)}`)
      over()
    })
  }

  private over(ended: Ended): void {
    if (ended.isGone) return
    ended.isGone = true
    ended.stopIdle?.()
    const { state } = ended.engine
    if (ended.wasAlive && state._tag === "Ended") this.lose(ended, state.running)
    this.look()
    this.settle()
  }

  private kill(): void {
    if (this.phase === "Killed") return
    this.phase = "Killed"
    this.further()
    for (const ended of this.engines) {
      if (ended.isGone) continue
      const left = live(ended.desk).filter(isLeft)
      ended.engine.kill()
      this.lose(
        ended,
        left.map((one) => QuitText.name(one))
      )
    }
    this.later(killMillis, () => {
      for (const ended of this.engines) ended.isGone = true
      this.settle()
    })
    this.settle()
  }

  /** An engine that ended before it had stopped what it ran. A killed one says so itself, too. */
  private lose(ended: Ended, running: ReadonlyArray<string>): void {
    if (ended.isLost || running.length === 0) return
    ended.isLost = true
    this.options.tell(QuitText.lost(ended.engine.directory, running))
  }

  private settle(): void {
    if (this.sweeping !== undefined || !this.engines.every(({ isGone }) => isGone)) return
    for (const end of this.disposers.splice(0)) end()
    this.further()
    const lost = this.engines.flatMap(({ isLost, last }) => (isLost ? last : []))
    // The third request leaves at once.
    if (lost.length === 0 || this.isKilledByHand) return this.finishNow()
    const { clock, isAlive } = this.options
    const sweep = LeftPrograms.untilGone({ programs: LeftPrograms.of(lost), clock, isAlive })
    this.sweeping = sweep.end
    void sweep.gone.then(() => this.finishNow())
  }

  private finishNow(): void {
    this.finish({ phase: this.phase, asked: this.asked, lost: this.engines.some(({ isLost }) => isLost) })
  }

  private look(): void {
    for (const ended of this.engines) if (!ended.isGone) this.lookAt(ended)
    this.show()
  }

  private lookAt(ended: Ended): void {
    const now = live(ended.desk)
    if (now.length > 0) {
      ended.stopIdle?.()
      ended.stopIdle = undefined
      ended.last = now
      for (const one of now) this.expect(one)
    } else if (ended.stopIdle === undefined) {
      const millis = ended.engine.state._tag === "Starting" ? openingMillis : idleMillis
      ended.stopIdle = this.later(millis, () => {
        this.options.tell(QuitText.stuck(ended.engine.directory, millis / 1000))
        ended.engine.kill()
        this.later(killMillis, () => this.over(ended))
      })
    }
  }

  /**
   * Says so, once, when an engine does not say that it was asked. It says that at once, whatever the strategy; what it runs
   * may have stopped by itself as soon as was promised.
   */
  private listenFor({ desk, engine }: Ended): void {
    const asked = live(desk).filter(isUnheard)
    if (asked.length === 0) return
    const ids = new Set(asked.map(({ id }) => id))
    const bound = Math.max(...asked.map((one) => promisedMillis(one)))
    const millis = bound + lateMillis
    this.later(millis, () => {
      if (this.phase !== "Interrupting") return
      const silent = live(desk).filter((one) => ids.has(one.id) && isUnheard(one))
      if (silent.length > 0) this.say(QuitText.silent(engine.directory, millis, silent))
    })
  }

  /** Says so, once, when a promise is not kept. */
  private expect({ id, state }: Live): void {
    const promised = state?.status === "Interrupting" ? state.bound : undefined
    if (promised?._tag !== "Within" || this.promised.has(id)) return
    this.promised.add(id)
    this.later(promised.millis + lateMillis, () => {
      const found = this.waiting.find((one) => one.id === id)
      if (found === undefined || this.phase !== "Interrupting") return
      this.say(QuitText.late(found, promised))
    })
  }

  private say(text: string): void {
    const shown = this.options.shownOn().filter(({ window }) => window !== undefined)
    if (shown.length === 0) this.options.tell(text)
    for (const desk of shown) desk.tell(text)
  }

  private show(): void {
    if (this.phase !== "Interrupting" && this.phase !== "Terminating") return
    const executions: ReadonlyArray<WaitedFor> = this.waiting.map(QuitText.waitedFor)
    const quitting: DesktopState["quitting"] = { phase: this.phase, executions, closes: this.options.closes }
    // Progress is told four times a second and step; what is shown here changes less often.
    const text = JSON.stringify(quitting)
    for (const desk of this.options.shownOn()) {
      if (this.shown.get(desk) === text) continue
      this.shown.set(desk, text)
      desk.setQuitting(quitting)
    }
  }

  private later(millis: number, run: () => void): () => void {
    const end = this.options.clock.after(millis, run)
    this.disposers.push(end)
    return end
  }
}

/** One that is on record as ended is not waited for, though its engine may still be. */
const isLeft = ({ state }: Live): boolean => state === undefined || !ExecutionStatus.isEnded(state.status)

/** Nothing says yet that its engine knows of the request. */
const isUnheard = (one: Live): boolean =>
  isLeft(one) && one.state?.status !== "Interrupting" && one.state?.status !== "Terminating"

const promisedMillis = (one: Live): number => {
  const bound = QuitText.promised(one)
  return bound?._tag === "Within" ? bound.millis : 0
}
