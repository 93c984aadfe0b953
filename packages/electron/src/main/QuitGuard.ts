/**
 * What happens when a window is closed and when Halte is to quit: nothing that runs ends without a person having said
 * so, and nothing of it is left behind.
 *
 * ```
 *             nothing runs ───────────────────────────────▶ Leaving ─▶ Left
 *   Open ─▶ Asking ── Stay ─▶ Open                             ▲
 *              ├───── Background ─▶ Open, without windows ─────┤ nothing runs any more
 *              └───── Interrupt ─▶ Interrupting ───────────────┤
 *                                    └ again ─▶ Terminating ───┤
 *                                                 └ again: killed
 * ```
 *
 * A window that is closed alone goes the same way, for its own desk. The end of the system, and signals, ask nothing.
 */
import * as Ending from "./Ending.ts"
import * as FreshStates from "./FreshStates.ts"
import { type GuardedDesk, type Live, live, watch } from "./GuardedDesk.ts"
import type * as LeftPrograms from "./LeftPrograms.ts"
import * as QuitText from "./QuitText.ts"

export interface Options<D extends GuardedDesk = GuardedDesk> {
  readonly desks: () => ReadonlyArray<D>
  /** Who asks, in the record. */
  readonly by: () => string
  /**
   * Whether a person could come back to what goes on without a window: there is a tray, or a dock. Where there is neither,
   * "Keep running in the background" is not offered: a program that shows no sign of itself is taken for one that has
   * ended, and the machine is switched off under it.
   */
  readonly canComeBack: () => boolean
  /** Before that is asked: settles when it says how it is now. It is not waited for long. */
  readonly lookForTray?: (() => Promise<unknown>) | undefined
  /** The program goes on when its last window is closed, as on macOS. */
  readonly staysWithoutWindows: boolean
  /**
   * Asks with the system's dialog, over the window of `desk` where there is one, or where one has to be. The signal takes the question away:
   * `Withdrawn`, unless a person has answered before.
   */
  readonly ask: (
    question: QuitText.QuitQuestion,
    desk: D | undefined,
    signal: AbortSignal
  ) => Promise<QuitText.QuitAnswer | "Withdrawn">
  /** Closes the window of a desk without asking: `windowClosed` follows. */
  readonly closeWindow: (desk: D) => void
  /** A desk that has neither window nor engine any more. */
  readonly forget: (desk: D) => void
  /** Ends the program now. Nothing is left to be done; `before-quit` is not asked again. */
  readonly leave: (code: number) => void
  /** What a person should know although no window may be left. */
  readonly tell: (text: string) => void
  readonly clock?: Ending.Clock | undefined
  /** Whether a program still runs. @default what the system says */
  readonly isAlive?: LeftPrograms.IsAlive | undefined
}

/** `Open`: as ever, with windows or in the background. */
export type Phase = "Open" | "Asking" | "Interrupting" | "Terminating" | "Leaving" | "Left"

export interface QuitGuard<D extends GuardedDesk = GuardedDesk> {
  readonly phase: Phase
  /** Nothing new is to be opened or started: the program ends. */
  readonly isEnding: boolean
  /** Something runs, or is being stopped. */
  readonly isBusy: boolean
  /** A window is about to be closed. Answers whether it may be; otherwise it stays, and is closed later if need be. */
  readonly windowClosing: (desk: D) => boolean
  /** A window is closed, however that came about. */
  readonly windowClosed: (desk: D) => void
  /** The program is to quit: menu, shortcut, tray, `before-quit`. Answers whether it may leave at this moment. */
  readonly quitRequested: () => boolean
  /**
   * The page's "Terminate now". A person is asked, over that window; settles with the answer, and with `false` where
   * nothing is being stopped.
   */
  readonly terminateAll: (desk: D) => Promise<boolean>
  /** A signal of the system: each is the next stage, and none asks. `undefined`: it belongs to the one before. */
  readonly signalled: (signal: StopSignal) => Ending.Phase | undefined
  /** The session or the system ends: nobody is asked, and there is little time. `how` is for the record. */
  readonly systemEnds: (how: string) => void
  /** Takes its listeners away. */
  readonly close: () => void
}

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP"

/** Requests within this time are the same gesture: a key that is held, a Ctrl-C that a package manager sends on, too. */
const togetherMillis = 500
/** A desk without a window is kept this long after its last execution has ended: its notification can be clicked. */
const lingerMillis = 30_000
/** Before a question: engines have this long to say how what they run stands now, and the system whether it has a tray. */
const lookMillis = 500
/** When the system ends: after this, what runs is terminated. Linux and Windows give 5 s before they use force. */
const systemMillis = 4000

const exitCodes: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }
/** As the command line has it: something was ended by force, or left. */
const terminatedCode = 137
const unavailableCode = 69

export const make = <D extends GuardedDesk>(options: Options<D>): QuitGuard<D> => new Guard(options)

interface Question {
  readonly controller: AbortController
  readonly end: () => void
}

class Guard<D extends GuardedDesk> implements QuitGuard<D> {
  phase: Phase = "Open"
  private readonly options: Options<D>
  private readonly clock: Ending.Clock
  /** Windows that may close: somebody has decided it. */
  private readonly released = new Set<D>()
  private readonly questions = new Map<D, Question>()
  private readonly closing = new Map<D, Ending.Ending>()
  private readonly background = new Map<D, Background>()
  private question: Question | undefined
  private ending: Ending.Ending | undefined
  private forcing: Promise<boolean> | undefined
  /** Quitting was asked for, and answered with the background: its end is the program's. */
  private quitsAfter = false
  private lastRequest = Number.NEGATIVE_INFINITY
  private signal: StopSignal | undefined
  private readonly timers: Array<() => void> = []

  constructor(options: Options<D>) {
    this.options = options
    this.clock = options.clock ?? Ending.systemClock
  }

  get isEnding(): boolean {
    return this.phase !== "Open" && this.phase !== "Asking"
  }

  get isBusy(): boolean {
    return this.phase === "Interrupting" || this.phase === "Terminating" || this.running().length > 0
  }

  // ── one window ──────────────────────────────────────────────────────────────

  windowClosing(desk: D): boolean {
    if (this.phase === "Leaving" || this.phase === "Left" || this.released.has(desk)) return true
    const { ending } = this
    if (ending !== undefined) {
      // What is waited for can be seen elsewhere: this window alone is meant.
      const isSeen = this.options.desks().some((other) => other !== desk && other.window !== undefined)
      if (isSeen && live(desk).length === 0) return true
      this.escalate(ending, this.personal("Window closed again"))
      return false
    }
    const own = this.closing.get(desk)
    if (own !== undefined) {
      this.escalate(own, this.personal("Window closed again"))
      return false
    }
    if (this.phase === "Asking" || this.questions.has(desk)) return false
    // Whoever closes windows is there: quitting is asked for anew.
    this.quitsAfter = false
    if (live(desk).length === 0) return true
    void this.askToClose(desk)
    return false
  }

  windowClosed(desk: D): void {
    this.released.delete(desk)
    if (this.isEnding || this.closing.has(desk)) return
    // It went without having been asked: its page has crashed, or the like. What runs goes on.
    this.withdraw(this.questions.get(desk))
    this.questions.delete(desk)
    if (live(desk).length > 0) this.keep(desk)
    else this.drop(desk)
  }

  private async askToClose(desk: D): Promise<void> {
    const quits = this.isLast(desk)
    const answer = await this.asked({
      gesture: quits ? "Quit" : "Close",
      running: () => live(desk).map((one) => ({ ...one, desk })),
      desk,
      watched: [desk],
      opened: (question) => this.questions.set(desk, question)
    })
    if (answer === "Withdrawn") return
    this.questions.delete(desk)
    if (desk.window === undefined || this.phase !== "Open") return
    if (answer === "Stay") return
    if (answer !== "Interrupt") return this.release(desk)
    const request = this.personal(quits ? QuitText.buttons.Interrupt.Quit : QuitText.buttons.Interrupt.Close)
    // Meanwhile another window may have been opened, or the last other one been closed.
    if (quits && this.isLast(desk)) this.interrupt(request)
    else void this.interruptOne(desk, request)
  }

  /** Nothing would be left of the program without this window. */
  private isLast(desk: D): boolean {
    if (this.options.staysWithoutWindows) return false
    return this.options
      .desks()
      .every((other) => other === desk || (other.window === undefined && live(other).length === 0))
  }

  private async interruptOne(desk: D, request: Ending.Request): Promise<void> {
    this.lastRequest = this.clock.now()
    const ending = Ending.begin({
      desks: [desk],
      closes: "Window",
      shownOn: () => [desk],
      request,
      clock: this.clock,
      tell: this.options.tell,
      isAlive: this.options.isAlive
    })
    this.closing.set(desk, ending)
    await ending.gone
    this.closing.delete(desk)
    // Quitting has taken it over.
    if (this.isEnding) return
    if (desk.window !== undefined) this.release(desk)
    else this.drop(desk)
  }

  private release(desk: D): void {
    this.released.add(desk)
    this.options.closeWindow(desk)
  }

  // ── in the background ───────────────────────────────────────────────────────

  private keep(desk: D): void {
    if (this.background.has(desk)) return
    const kept: Background = { end: () => {}, cancel: undefined, isLost: false }
    this.background.set(desk, kept)
    kept.end = watch(desk, () => this.lookBehind(desk, kept))
    this.lookBehind(desk, kept)
  }

  private lookBehind(desk: D, kept: Background): void {
    if (this.background.get(desk) !== kept) return
    const { engine } = desk
    if (engine?.state._tag === "Ended" && hasDied(desk) && !kept.isLost) {
      kept.isLost = true
      this.options.tell(QuitText.lost(engine.directory, engine.state.running))
    }
    if (desk.window !== undefined) {
      this.unkeep(desk)
      // Somebody has come back.
      this.quitsAfter = false
    } else if (live(desk).length > 0) {
      kept.cancel?.()
      kept.cancel = undefined
    } else
      kept.cancel ??= this.clock.after(lingerMillis, () => {
        kept.cancel = undefined
        if (!this.isEnding && desk.window === undefined && live(desk).length === 0) this.drop(desk)
      })
  }

  private unkeep(desk: D): void {
    const kept = this.background.get(desk)
    this.background.delete(desk)
    kept?.cancel?.()
    kept?.end()
  }

  /** The engine of a desk without a window, where nothing runs, ends. */
  private drop(desk: D): void {
    this.unkeep(desk)
    if (this.isOver) return this.leaveOrderly()
    const ending = Ending.begin({
      desks: [desk],
      closes: "Window",
      shownOn: () => [],
      request: { via: "Window closed" },
      clock: this.clock,
      tell: this.options.tell,
      isAlive: this.options.isAlive
    })
    this.closing.set(desk, ending)
    void ending.gone.then(() => {
      this.closing.delete(desk)
      if (this.isEnding) return
      if (desk.window === undefined) this.options.forget(desk)
      // Somebody has opened it again meanwhile.
      else desk.engine?.start()
      this.settle()
    })
  }

  private settle(): void {
    if (this.isOver) this.leaveOrderly()
  }

  /** Nothing is shown, nothing runs, and nobody waits for it to be shown. */
  private get isOver(): boolean {
    return (
      this.phase === "Open" &&
      this.background.size === 0 &&
      (!this.options.staysWithoutWindows || this.quitsAfter) &&
      this.options.desks().every((desk) => desk.window === undefined && live(desk).length === 0)
    )
  }

  // ── quitting ────────────────────────────────────────────────────────────────

  quitRequested(): boolean {
    if (this.phase === "Left") return true
    if (this.ending !== undefined) this.escalate(this.ending, this.personal("Quit again"))
    else if (this.phase === "Open") void this.askToQuit()
    return false
  }

  private async askToQuit(): Promise<void> {
    // The wider question takes the place of those about single windows.
    this.withdrawAll()
    if (this.running().every(({ desk }) => this.closing.has(desk))) {
      if (this.running().length === 0) return this.leaveOrderly()
      // All of it has been asked to stop before.
      return this.interrupt(this.personal(QuitText.buttons.Interrupt.Quit))
    }
    this.phase = "Asking"
    const [first] = this.running()
    const desks = this.options.desks()
    const answer = await this.asked({
      gesture: "Quit",
      running: () => this.running(),
      desk: [first?.desk, ...desks].find((one) => one?.window !== undefined) ?? first?.desk,
      watched: desks,
      opened: (question) => {
        this.question = question
      }
    })
    if (answer === "Withdrawn") return
    this.question = undefined
    this.phase = "Open"
    switch (answer) {
      case "Nothing":
        return this.leaveOrderly()
      case "Interrupt":
        return this.interrupt(this.personal(QuitText.buttons.Interrupt.Quit))
      case "Background":
        return this.goBehind()
      case "Stay":
        // What went on without a window may have ended meanwhile.
        return this.settle()
    }
  }

  private goBehind(): void {
    this.quitsAfter = true
    for (const desk of this.options.desks())
      if (desk.window !== undefined) this.release(desk)
      else if (live(desk).length > 0) this.keep(desk)
  }

  private interrupt(request: Ending.Request): void {
    const shown = this.options.desks()
    if (request.by !== undefined && shown.every(({ window }) => window === undefined))
      shown.find((desk) => live(desk).length > 0)?.show()
    this.end(request)
  }

  private leaveOrderly(via = "Quit"): void {
    this.phase = "Leaving"
    // It is felt at once; the engines need a moment more.
    for (const desk of this.options.desks()) if (desk.window !== undefined) this.release(desk)
    this.end({ via })
  }

  private end(request: Ending.Request, code = 0): void {
    this.withdrawAll()
    for (const desk of [...this.background.keys()]) this.unkeep(desk)
    this.lastRequest = this.clock.now()
    const desks = this.options.desks()
    const ending = Ending.begin({
      desks,
      closes: "Halte",
      shownOn: this.options.desks,
      request,
      clock: this.clock,
      tell: this.options.tell,
      isAlive: this.options.isAlive
    })
    this.ending = ending
    this.phase = ending.phase === "Stopping" ? "Leaving" : "Interrupting"
    void ending.gone.then((result) => {
      // A project may have been opened while the others were stopped.
      const rest = this.options.desks().filter((desk) => !desks.includes(desk) && desk.engine !== undefined)
      const worst = Math.max(code, this.codeOf(result))
      if (rest.length > 0 && result.phase !== "Killed") {
        this.end(request, worst)
        if (result.phase === "Terminating") this.ending?.force(request)
        return this.follow()
      }
      for (const end of this.timers.splice(0)) end()
      this.phase = "Left"
      this.options.leave(worst)
    })
  }

  /** For whoever waits for the program in a terminal: a person who quits by hand has to be told only what was left. */
  private codeOf({ asked, lost, phase }: Ending.Result): number {
    if (this.signal === undefined) return lost ? unavailableCode : 0
    if (phase === "Terminating" || phase === "Killed") return terminatedCode
    if (lost) return unavailableCode
    return asked === 0 ? 0 : exitCodes[this.signal]
  }

  /** The next stage. Answers whether it is one: a gesture may arrive more than once. */
  private escalate(ending: Ending.Ending, request: Ending.Request): boolean {
    const now = this.clock.now()
    if (now - this.lastRequest < togetherMillis) return false
    this.lastRequest = now
    ending.escalate(request)
    this.follow()
    return true
  }

  private follow(): void {
    if (this.phase === "Interrupting" && this.ending?.phase !== "Interrupting") this.phase = "Terminating"
  }

  terminateAll(desk: D): Promise<boolean> {
    const ending = this.ending ?? this.closing.get(desk)
    if (ending === undefined || ending.phase === "Stopping") return Promise.resolve(false)
    if (ending.phase !== "Interrupting" || ending.waiting.length === 0) return Promise.resolve(true)
    this.forcing ??= this.askToForce(ending, desk).finally(() => {
      this.forcing = undefined
    })
    return this.forcing
  }

  private async askToForce(ending: Ending.Ending, desk: D): Promise<true> {
    const controller = new AbortController()
    const end = () => controller.abort()
    // Another gesture has decided it, or everything has stopped.
    ending.onPhase(end)
    const answer = await this.options
      .ask(QuitText.terminateQuestion(ending.waiting), desk, controller.signal)
      .catch(this.unasked)
    if (answer !== "Terminate" || ending.phase !== "Interrupting") return true
    this.lastRequest = this.clock.now()
    ending.force(this.personal("Terminate now"))
    this.follow()
    return true
  }

  // ── nobody is asked ─────────────────────────────────────────────────────────

  signalled(signal: StopSignal): Ending.Phase | undefined {
    if (this.phase === "Left") return undefined
    this.signal ??= signal
    if (this.ending === undefined) {
      if (this.running().length === 0) this.leaveOrderly(signal)
      else this.interrupt({ via: signal })
    } else if (!this.escalate(this.ending, { via: signal })) return undefined
    return this.ending?.phase
  }

  systemEnds(how: string): void {
    if (this.phase === "Left") return
    if (this.ending === undefined) {
      if (this.running().length === 0) return this.leaveOrderly(how)
      this.interrupt({ via: how })
    }
    if (this.timers.length > 0) return
    this.timers.push(
      this.clock.after(systemMillis, () => {
        this.ending?.force({ via: how })
        this.follow()
      })
    )
  }

  // ── asking ──────────────────────────────────────────────────────────────────

  /**
   * Asks until the answer is about what runs then: `Nothing`, when nothing does any more; `Withdrawn`, when something
   * else has been decided meanwhile.
   */
  private async asked(about: {
    readonly gesture: QuitText.Gesture
    readonly running: () => ReadonlyArray<Live & { readonly desk: D }>
    readonly desk: D | undefined
    readonly watched: ReadonlyArray<D>
    readonly opened: (question: Question) => void
  }): Promise<QuitText.QuitAnswer | "Nothing" | "Withdrawn"> {
    for (;;) {
      if (about.running().length === 0) return "Nothing"
      const controller = new AbortController()
      const alive = about.watched.filter((desk) => live(desk).length > 0)
      let over: "Nothing" | "Stay" | undefined
      const look = () => {
        if (about.running().length > 0) return
        // An engine that has died has something to say, in a window.
        over ??= alive.some(hasDied) ? "Stay" : "Nothing"
        controller.abort()
      }
      const ends = about.watched.map((desk) => watch(desk, look))
      const end = () => {
        for (const one of ends.splice(0)) one()
      }
      about.opened({ controller, end })
      const states = await this.lookedUp(about.running(), controller.signal)
      // Meanwhile some may have ended, and others begun.
      const named = about.running()
      const question = QuitText.question({
        gesture: about.gesture,
        running: FreshStates.newest(named, states),
        background: this.options.canComeBack()
      })
      const answer =
        controller.signal.aborted || named.length === 0
          ? "Withdrawn"
          : await this.options.ask(question, about.desk, controller.signal).catch(this.unasked)
      end()
      if (controller.signal.aborted && over === undefined) return "Withdrawn"
      if (answer === "Stay" || (answer === "Withdrawn" && over === undefined)) return "Stay"
      const now = about.running()
      if (now.length === 0) return over ?? "Nothing"
      // Nothing ran for a moment, and now something does.
      if (answer === "Withdrawn") continue
      const known = new Set(named.map(({ id }) => id))
      // Nothing is interrupted that the question did not name.
      if (answer === "Background" || now.every(({ id }) => known.has(id))) return answer
    }
  }

  /** How what runs stands now, as far as it is answered in time, or until the signal. */
  private async lookedUp(
    running: ReadonlyArray<Live & { readonly desk: D }>,
    signal: AbortSignal
  ): Promise<FreshStates.States> {
    const late = new AbortController()
    const cancel = this.clock.after(lookMillis, () => late.abort())
    const over = AbortSignal.any([signal, late.signal])
    const aborted = new Promise<void>((resolve) => over.addEventListener("abort", () => resolve(), { once: true }))
    const tray = this.options.lookForTray?.().catch(() => {})
    const [states] = await Promise.all([FreshStates.look(running, over), Promise.race([tray, aborted])])
    cancel()
    return states
  }

  private readonly unasked = (error: unknown): "Stay" => {
    this.options.tell(`The question could not be asked: ${error instanceof Error ? error.message : String(error)}`)
    return "Stay"
  }

  private withdraw(question: Question | undefined): void {
    question?.end()
    question?.controller.abort()
  }

  private withdrawAll(): void {
    for (const question of this.questions.values()) this.withdraw(question)
    this.questions.clear()
    this.withdraw(this.question)
    this.question = undefined
  }

  private running(): ReadonlyArray<Live & { readonly desk: D }> {
    return this.options.desks().flatMap((desk) => live(desk).map((one) => ({ ...one, desk })))
  }

  private personal(via: string): Ending.Request {
    return { by: this.options.by(), via }
  }

  close(): void {
    this.withdrawAll()
    for (const desk of [...this.background.keys()]) this.unkeep(desk)
    for (const end of this.timers.splice(0)) end()
  }
}

/** Its engine ended with something running in it. */
const hasDied = ({ engine }: GuardedDesk): boolean => engine?.state._tag === "Ended" && engine.state.running.length > 0

interface Background {
  end: () => void
  cancel: (() => void) | undefined
  isLost: boolean
}
