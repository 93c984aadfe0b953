/**
 * Commands to an execution that come from a menu, the tray or the dock: confirmed by the system's own dialog, looked at
 * again after the answer, and given through the same `Executions` as everything else. What came of them is told in words.
 */
import {
  CommandWords,
  DurationText,
  type ExecutionId,
  ExecutionsError,
  type Executions,
  type ExecutionState,
  ExecutionStatus,
  StopPromise,
  Words
} from "@halte/engine/model"
import type { Answer, DesktopSettings, Question } from "@halte/web/DesktopBridge"
import { Effect, type Result } from "effect"
import type { Desk as RealDesk } from "./Desk.ts"
import * as ExecutionName from "./ExecutionName.ts"
import * as ExecutionProgress from "./ExecutionProgress.ts"

type State = ExecutionState.ExecutionState

/** What of a desk is needed here. A `Desk` is one. */
export type CommandedDesk = Pick<RealDesk, "number" | "executions" | "running" | "show" | "tell">
type Desk = CommandedDesk

export interface Options {
  readonly settings: {
    readonly now: DesktopSettings
    readonly change: (changes: Partial<DesktopSettings>) => unknown
  }
  /** Who asks, as the record says it. */
  readonly by: () => string
  /**
   * Asks by the system's dialog. Where it can, it takes the question back once the signal is aborted, and answers no: what
   * it asks about has ended.
   */
  readonly ask: (desk: Desk, question: Question, over: AbortSignal) => Promise<Answer>
}

/** What is said with a command. */
export interface Asked {
  /** What a person calls the execution. */
  readonly name: string
  /** Whether it is the command of the Command view, with its own words. */
  readonly command: boolean
  /** Where it was asked, for the record: `menu`, `tray`, `dock`. */
  readonly via: string
}

/**
 * None of them rejects: what goes wrong is told in the window.
 */
export interface Interrupting {
  /** Without an id nothing runs, and that is said. */
  readonly interrupt: (desk: Desk, id: string | undefined, asked: Asked) => Promise<void>
  /** By force; always confirmed. */
  readonly terminate: (desk: Desk, id: string | undefined, asked: Asked) => Promise<void>
  readonly pause: (desk: Desk, id: string, asked?: Partial<Asked>) => Promise<void>
  /** Goes on after a pause, or with another attempt. What has to be decided for that is decided in the window. */
  readonly resume: (desk: Desk, id: string, asked?: Partial<Asked>) => Promise<void>
}

export const make = (options: Options): Interrupting => new Commands(options)

type Failure = ExecutionsError.ExecutionsError

const noEngine = new ExecutionsError.ExecutionsUnavailable({ reason: "the engine of this window is not running" })

class Commands implements Interrupting {
  private readonly options: Options
  /** Executions that a question is open about. */
  private readonly open = new Set<string>()

  constructor(options: Options) {
    this.options = options
  }

  readonly interrupt: Interrupting["interrupt"] = (desk, id, asked) =>
    this.confirmed(desk, id, asked, "interrupt", (state) => {
      // Asked once, it is asked: a second request would have no effect, and a question about it no sense.
      if (state.status === "Interrupting" || state.status === "Terminating") return "not-needed"
      return this.options.settings.now.confirm ? interruptQuestion(state, asked) : "not-asked"
    })

  readonly terminate: Interrupting["terminate"] = (desk, id, asked) =>
    this.confirmed(desk, id, asked, "terminate", (state) =>
      state.status === "Terminating" ? "not-needed" : terminateQuestion(state, asked)
    )

  readonly pause: Interrupting["pause"] = async (desk, id) => {
    const answer = await attempt(desk, (executions) => executions.pause(id as ExecutionId.ExecutionId, this.asker))
    if (answer._tag === "Failure") desk.tell(answer.failure.message)
  }

  readonly resume: Interrupting["resume"] = async (desk, id) => {
    const answer = await attempt(desk, (executions) => executions.resume(id as ExecutionId.ExecutionId, this.asker))
    if (answer._tag === "Success") return
    desk.tell(answer.failure.message)
    // Which steps run again, and by which definition, is decided where they are seen.
    if (answer.failure._tag === "CommandRefused" && decided.has(answer.failure.code)) desk.show(`/executions/${id}`)
  }

  private get asker(): { readonly source: "Desktop"; readonly by: string } {
    return { source: "Desktop", by: this.options.by() }
  }

  private async confirmed(
    desk: Desk,
    id: string | undefined,
    asked: Asked,
    command: "interrupt" | "terminate",
    questionOf: (state: State) => Question | "not-asked" | "not-needed"
  ): Promise<void> {
    if (id === undefined) return desk.tell(nothing(asked))
    const key = `${desk.number} ${id}`
    // The question is there already: it is brought to the front, and not asked twice.
    if (this.open.has(key)) return desk.show()
    this.open.add(key)
    try {
      const shown = desk.running?.states.get(id) ?? (await this.lookedUp(desk, id, asked, command))
      if (shown === undefined) return
      const question = questionOf(shown)
      if (question === "not-needed") return
      if (question !== "not-asked") {
        if ((await this.asking(desk, id, question)) === "no") return
        // Looked at again: between question and answer anything may have happened, and then that is told.
        if ((await this.lookedUp(desk, id, asked, command)) === undefined) return
      }
      const answer = await attempt(desk, (executions) =>
        executions[command](id as ExecutionId.ExecutionId, { ...this.asker, via: asked.via })
      )
      if (answer._tag === "Failure") desk.tell(failed(answer.failure, asked, command))
      // It ended in the same moment: that is no error, and nothing was stopped.
      else if (isLate(answer.success)) desk.tell(nothing(asked))
    } finally {
      this.open.delete(key)
    }
  }

  /** As the engine says it now; `undefined` when there is nothing to stop, or nobody to say so, which is told. */
  private async lookedUp(
    desk: Desk,
    id: string,
    asked: Asked,
    command: "interrupt" | "terminate"
  ): Promise<State | undefined> {
    const answer = await attempt(desk, (executions) => executions.get(id as ExecutionId.ExecutionId))
    if (answer._tag === "Failure") {
      desk.tell(failed(answer.failure, asked, command))
      return undefined
    }
    if (!ExecutionStatus.isEnded(answer.success.status)) return answer.success
    desk.tell(nothing(asked))
    return undefined
  }

  /** `over`: what was asked about is under way no more, and the question was taken back. */
  private async asking(desk: Desk, id: string, question: Question): Promise<"yes" | "no" | "over"> {
    const over = new AbortController()
    const { running } = desk
    const wasThere = running?.states.has(id) === true
    const leave = running?.onChange(() => {
      if (wasThere && !running.states.has(id)) over.abort()
    })
    try {
      const { checked, yes } = await this.options.ask(desk, question, over.signal)
      if (!yes) return over.signal.aborted ? "over" : "no"
      if (checked && question.checkbox !== undefined) this.options.settings.change({ confirm: false })
      return "yes"
    } catch (error) {
      desk.tell(`It could not be asked whether to go on, so nothing was done: ${messageOf(error)}`)
      return "no"
    } finally {
      leave?.()
    }
  }
}

const interruptQuestion = (state: State, asked: Asked): Question => ({
  title: "Confirm Interrupt",
  message: asked.command ? CommandWords.question : `Are you sure you want to interrupt ${called(asked)}?`,
  detail: `${Words.state(state.status)} → ${Words.state("Interrupted")}: ${StopPromise.toText(state)}`,
  yes: "Interrupt",
  no: "Keep running",
  checkbox: "Do not ask again"
})

/** Steps that a dialog names. */
const most = 8

const terminateQuestion = (state: State, asked: Asked): Question => {
  const half = ExecutionProgress.underWay(state)
  const processes = state.processes.filter((p) => p.exited === undefined && p.attempt === state.attempt).length
  const how = processes === 0 ? "at once" : `SIGKILL to ${DurationText.plural(processes, "process", "processes")}`
  return {
    title: `Terminate ${called(asked)} now?`,
    message: "Running steps are ended without waiting for a stopping point.",
    detail: [
      `${Words.state(state.status)} → ${Words.state("Terminated")}: ${how}`,
      ...(half.length === 0 ? [] : [`May be left half done: ${Words.list(half, most)}`])
    ].join("\n"),
    yes: "Terminate now",
    no: "Keep running"
  }
}

const called = ({ command, name }: Asked): string => (command ? "the command" : ExecutionName.short(name, 100))

const nothing = (asked: Asked): string =>
  asked.command ? CommandWords.nothing : `${called(asked)} has ended: there is nothing to stop.`

const failed = ({ message }: Failure, { command: isCommand }: Asked, command: "interrupt" | "terminate"): string =>
  isCommand && command === "interrupt" ? CommandWords.failedToInterrupt(message) : message

const isLate = ({ effect, status }: Executions.Receipt): boolean =>
  effect === "late" || (effect === "none" && ExecutionStatus.isEnded(status))

/** What `resume` refuses until a person has decided something. */
const decided: ReadonlySet<string> = new Set(["needs-rerun", "definition-changed", "secret-missing"])

/** Asks the engine of a desk; one that is not there answers like one that can't be reached. */
const attempt = async <A>(
  desk: Desk,
  ask: (executions: Executions.ExecutionsShape) => Effect.Effect<A, Failure>
): Promise<Result.Result<A, Failure>> => {
  const { executions } = desk
  return Effect.runPromise(Effect.result(executions === undefined ? Effect.fail(noEngine) : ask(executions)))
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
