/**
 * Desks for quitting: engines that stop, hang or die when a test says so, windows that are nothing but open or closed, a
 * person who answers when a test does, and a clock that is moved by hand. All that is done to them is in one journal.
 */
import {
  type ExecutionEvent,
  type Executions,
  ExecutionState,
  type FlowDescription,
  type InterruptStrategy
} from "@halte/engine/model"
import type { DesktopState } from "@halte/web/DesktopBridge"
import type { Clock } from "../../src/main/Ending.ts"
import type { GuardedDesk, GuardedEngine } from "../../src/main/GuardedDesk.ts"
import type { IsAlive } from "../../src/main/LeftPrograms.ts"
import { Listeners } from "../../src/main/Listeners.ts"
import * as QuitGuard from "../../src/main/QuitGuard.ts"
import type { QuitAnswer, QuitQuestion } from "../../src/main/QuitText.ts"

/** A turn of the event loop, in which all that is promised has happened. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class HandClock implements Clock {
  private at = 0
  private readonly due = new Set<{ readonly at: number; readonly run: () => void }>()

  now = (): number => this.at

  after = (millis: number, run: () => void): (() => void) => {
    const one = { at: this.at + millis, run }
    this.due.add(one)
    return () => void this.due.delete(one)
  }

  /** Moves on, timer by timer, with a turn after each. */
  async move(millis: number): Promise<void> {
    const end = this.at + millis
    for (;;) {
      const next = [...this.due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.at = next.at
      this.due.delete(next)
      next.run()
      await turn()
    }
    this.at = end
    await turn()
  }

  get waiting(): number {
    return this.due.size
  }
}

export interface Told {
  readonly flow?: string
  readonly params?: unknown
  readonly strategy?: InterruptStrategy.InterruptStrategy
  /** Names of steps, and what is promised of each; `null`: nothing. */
  readonly steps?: Readonly<Record<string, number | null>>
  readonly done?: ReadonlyArray<string>
  readonly running?: ReadonlyArray<string>
  readonly more?: ReadonlyArray<ExecutionEvent.Fact>
}

export const idOf = (n: number | string): string => `01JD3M8Z9F4T6V2X0${String(n).toUpperCase().padStart(3, "0")}`

/** The state of an execution as its events tell it. */
export const stateOf = (id: string, told: Told = {}): ExecutionState.ExecutionState => {
  const { flow = "release", params = {}, steps = { build: 5500 }, strategy = { _tag: "FinishCurrent" } } = told
  const definition: FlowDescription.FlowDescription = {
    name: flow,
    fingerprint: "f00d",
    strategy,
    single: false,
    steps: Object.entries(steps).map(([step, millis]) => ({
      id: step,
      name: step,
      kind: "function",
      after: [],
      ...(millis === null ? undefined : { stopsWithinMillis: millis })
    }))
  }
  const facts: ReadonlyArray<ExecutionEvent.Fact> = [
    { type: "execution-started", flow, definition, params, source: "Desktop", strategy },
    ...(told.done ?? []).flatMap((step): ReadonlyArray<ExecutionEvent.Fact> => [
      { type: "step-started", step, try: 1 },
      { type: "step-completed", step, try: 1, value: null, tookMillis: 1 }
    ]),
    ...(told.running ?? []).map((step): ExecutionEvent.Fact => ({ type: "step-started", step, try: 1 })),
    ...(told.more ?? [])
  ]
  const events = facts.map((fact, i) => ({ v: 1, execution: id, sequence: i + 1, at: i, attempt: 1, ...fact }))
  return ExecutionState.fold(undefined, events as never)!
}

export class TestEngine implements GuardedEngine {
  state: GuardedEngine["state"] = { _tag: "Running", recovered: [] }
  live: ReadonlyArray<string> = []
  readonly names = new Map<string, string>()
  readonly name = (id: string): string | undefined => this.names.get(id)
  /** It does not end by itself when it runs nothing. */
  hangs = false
  /** Nor when it is killed, for a test of what can't be. */
  isImmortal = false
  readonly directory: string
  private readonly project: string
  private readonly journal: Array<string>
  private readonly changes = new Listeners()
  private leave: () => void = () => {}
  private readonly gone: Promise<void>
  private isAsked = false

  constructor(project: string, journal: Array<string>) {
    this.project = project
    this.directory = `/projects/${project}`
    this.journal = journal
    this.gone = new Promise((resolve) => {
      this.leave = resolve
    })
  }

  readonly onChange = this.changes.on

  readonly stop = (request: { readonly by?: string; readonly via?: string } = {}): Promise<void> => {
    if (this.state._tag === "Ended" || this.state._tag === "Failed") return Promise.resolve()
    const { by, via } = request
    this.journal.push(`${this.project}: stop${by === undefined ? "" : ` by ${by}`} via ${via}`)
    this.isAsked = true
    this.look()
    return this.gone
  }

  readonly terminate = ({ by, via }: { readonly by?: string; readonly via?: string } = {}): void => {
    this.journal.push(`${this.project}: terminate${by === undefined ? "" : ` by ${by}`} via ${via}`)
  }

  readonly start = (): void => void this.journal.push(`${this.project}: start`)

  readonly kill = (): void => {
    this.journal.push(`${this.project}: kill`)
    if (!this.isImmortal) this.dies("was killed by SIGKILL")
  }

  runs(...live: ReadonlyArray<string>): void {
    this.live = live
    this.look()
    this.changes.tell()
  }

  /** Ends without having stopped what it runs. */
  dies(how = "ran out of memory"): void {
    if (this.state._tag === "Ended") return
    this.state = { _tag: "Ended", how, running: this.live.map((id) => `execution ${id.slice(-3)}`) }
    this.live = []
    this.changes.tell()
    this.leave()
  }

  private look(): void {
    if (!this.isAsked || this.hangs || this.live.length > 0) return
    this.state = { _tag: "Ended", how: "was stopped", running: [] }
    this.leave()
  }
}

export class TestDesk implements GuardedDesk {
  readonly name: string
  readonly engine: TestEngine | undefined
  readonly running: { readonly states: Map<string, ExecutionState.ExecutionState>; readonly onChange: Listeners["on"] }
  executions: Pick<Executions.ExecutionsShape, "get"> | undefined = undefined
  window: object | undefined = {}
  quitting: DesktopState["quitting"]
  readonly told: Array<string> = []
  private readonly journal: Array<string>
  private readonly changes = new Listeners()
  private readonly ran = new Listeners()

  constructor(name: string, journal: Array<string>, hasProject = true) {
    this.name = name
    this.journal = journal
    this.engine = hasProject ? new TestEngine(name, journal) : undefined
    this.running = { states: new Map(), onChange: this.ran.on }
  }

  readonly onChange = this.changes.on

  get directory(): string | undefined {
    return this.engine?.directory
  }

  readonly show = (): void => {
    this.journal.push(`${this.name}: show`)
    this.window ??= {}
    this.changes.tell()
  }

  readonly tell = (text: string): void => void this.told.push(text)

  readonly setQuitting = (quitting: DesktopState["quitting"]): void => {
    this.quitting = quitting
    this.journal.push(
      `${this.name}: shows ${quitting?.phase ?? "nothing"} ${quitting?.executions.map(({ flow }) => flow).join(", ")}`.trim()
    )
    // As a real one does: its menus show it, too.
    this.changes.tell()
  }

  /** Runs these, and nothing else. */
  runs(...states: ReadonlyArray<ExecutionState.ExecutionState>): void {
    this.running.states.clear()
    for (const state of states) this.running.states.set(state.id, state)
    this.engine?.runs(...states.map(({ id }) => id))
    this.ran.tell()
  }

  /** More is known of what it runs. */
  knows(state: ExecutionState.ExecutionState): void {
    this.running.states.set(state.id, state)
    this.ran.tell()
  }

  closed(): void {
    this.window = undefined
    this.changes.tell()
  }
}

export interface AskedQuestion {
  readonly question: QuitQuestion
  readonly over: string | undefined
  readonly isOpen: boolean
  readonly answer: (answer: QuitAnswer) => Promise<void>
  readonly fail: (reason: string) => Promise<void>
}

export interface ProgramOptions {
  readonly desks: ReadonlyArray<string>
  readonly canComeBack?: boolean | (() => boolean)
  readonly lookForTray?: () => Promise<unknown>
  readonly isAlive?: IsAlive
  readonly mac?: boolean
  /** A question stays open when it is taken away, as on macOS without a window. */
  readonly sticky?: boolean
}

/** A program with these desks, each with a window. */
export const program = (options: ProgramOptions) => {
  const journal: Array<string> = []
  const clock = new HandClock()
  let desks = options.desks.map((name) => new TestDesk(name, journal))
  const questions: Array<AskedQuestion> = []
  const told: Array<string> = []
  const guard: QuitGuard.QuitGuard<TestDesk> = QuitGuard.make<TestDesk>({
    desks: () => desks,
    by: () => "anna",
    canComeBack: () => {
      const { canComeBack = true } = options
      return typeof canComeBack === "function" ? canComeBack() : canComeBack
    },
    lookForTray: options.lookForTray,
    staysWithoutWindows: options.mac ?? false,
    ask: (question, over, signal) =>
      new Promise((resolve, reject) => {
        let isOpen = true
        const close = (answer: QuitAnswer | "Withdrawn") => {
          isOpen = false
          resolve(answer)
        }
        journal.push(`asks ${question.title}`)
        if (options.sticky !== true) signal.addEventListener("abort", () => isOpen && close("Withdrawn"))
        questions.push({
          question,
          over: over?.name,
          get isOpen() {
            return isOpen
          },
          answer: (answer) => {
            close(answer)
            return turn()
          },
          fail: (reason) => {
            isOpen = false
            reject(new Error(reason))
            return turn()
          }
        })
      }),
    closeWindow: (desk) => {
      // As a real window: it asks once more, and is closed a moment later.
      if (!guard.windowClosing(desk)) throw new Error(`The window of ${desk.name} was not let go.`)
      queueMicrotask(() => close(desk))
    },
    forget: (desk) => {
      journal.push(`${desk.name}: forgotten`)
      desks = desks.filter((one) => one !== desk)
    },
    leave: (code) => journal.push(`leave ${code}`),
    tell: (text) => void told.push(text),
    clock,
    isAlive: options.isAlive
  })
  const close = (desk: TestDesk) => {
    if (desk.window === undefined) return
    journal.push(`${desk.name}: closed`)
    desk.closed()
    guard.windowClosed(desk)
  }
  const desk = (name: string): TestDesk => {
    const found = desks.find((one) => one.name === name)
    if (found === undefined) throw new Error(`There is no desk ${name}.`)
    return found
  }
  return {
    guard,
    clock,
    questions,
    told,
    desk,
    get desks() {
      return desks
    },
    add: (name: string): TestDesk => {
      const added = new TestDesk(name, journal)
      desks = [...desks, added]
      return added
    },
    /** What was done since it was asked for last. */
    done: (): ReadonlyArray<string> => journal.splice(0),
    question: (): AskedQuestion => {
      const open = questions.filter(({ isOpen }) => isOpen)
      if (open.length !== 1) throw new Error(`${open.length} questions are open.`)
      return open[0]!
    },
    /** A person closes a window. */
    closes: async (name: string): Promise<void> => {
      const closing = desk(name)
      if (guard.windowClosing(closing)) close(closing)
      await turn()
    },
    /** A window goes without having been asked. */
    loses: async (name: string): Promise<void> => {
      close(desk(name))
      await turn()
    },
    quits: async (): Promise<boolean> => {
      const may = guard.quitRequested()
      await turn()
      return may
    }
  }
}
