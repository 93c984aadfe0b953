/**
 * The commands of one execution as buttons give them: asked for, confirmed where that is wanted, pending until an event
 * has told what came of it. A button never shows more than that something was requested.
 */
import {
  type ExecutionId,
  type ExecutionState,
  ExecutionStatus,
  type Executions,
  type InterruptStrategy,
  StopPromise
} from "@halte/engine/model"
import type { Effect } from "effect"
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react"
import { ask, executions, type Failure } from "../bridge/Client.ts"
import { desktop } from "../desktop/Desktop.ts"
import * as Questions from "../desktop/Questions.ts"
import { lookAgain } from "../live/ExecutionFeed.ts"
import { asker, change, settingsNow } from "../settings/Settings.ts"
import { announce } from "../ui/Announcer.tsx"
import { ConfirmInterrupt } from "./ConfirmInterrupt.tsx"
import { ConfirmTerminate } from "./ConfirmTerminate.tsx"

export type Command = "interrupt" | "terminate" | "pause" | "resume"

/** What may be said with an interrupt: how soon, and through which button. */
export interface InterruptOptions {
  readonly strategy?: InterruptStrategy.InterruptStrategy
  readonly via?: string
}

export interface Stopping {
  readonly interrupt: () => void
  /** The same, with more to say; asked no more where another question was answered already. */
  readonly interruptWith: (options: InterruptOptions, confirmed?: boolean) => void
  readonly terminate: () => void
  readonly pause: () => void
  readonly resume: (request?: Omit<Executions.ResumeRequest, "source" | "by">) => Promise<boolean>
  /** The command that was given, until its answer and the event that it brings are there. */
  readonly pending: Command | undefined
  readonly problem: Failure | undefined
  readonly clear: () => void
  /** The question that is open, if there is one. */
  readonly dialog: ReactNode
}

export interface Wording {
  readonly name: string
  /** As the page shows it now: with it a command is pending until another one is shown. */
  readonly status?: ExecutionStatus.ExecutionStatus | undefined
  /** The whole state, where the page has it: a question then opens at once. */
  readonly state?: ExecutionState.ExecutionState | undefined
  /** @default Are you sure you want to interrupt NAME? */
  readonly question?: string | undefined
  readonly promise?: string | undefined
  /** @default true */
  readonly reason?: boolean | undefined
  /** Told when a request is on its way, before anything has come of it. */
  readonly onInterrupt?: (() => void) | undefined
  /** Told when there is nothing to interrupt any more. */
  readonly onNothing?: (() => void) | undefined
  /** Told why a request did not get there. */
  readonly onFailed?: ((error: Failure) => void) | undefined
}

interface Question {
  readonly about: "interrupt" | "terminate"
  readonly shown: ExecutionState.ExecutionState
  readonly options: InterruptOptions
}

export const useStopping = (id: string | undefined, wording: Wording): Stopping => {
  const [question, setQuestion] = useState<Question>()
  const [pending, setPending] = useState<Command>()
  const [problem, setProblem] = useState<Failure>()
  const of = id as ExecutionId.ExecutionId
  const status = wording.status ?? wording.state?.status

  const questionText = wording.question ?? `Are you sure you want to interrupt ${wording.name}?`
  const promiseText = (shown: ExecutionState.ExecutionState, { strategy }: InterruptOptions): string =>
    wording.promise ?? StopPromise.toText(shown, strategy)

  // A question of the system is open: asked again, it is still that one.
  const isAsking = useRef(false)

  // The newest, also for what was asked some time ago.
  const now = useRef({ status, mounted: true })
  now.current.status = status
  useEffect(() => {
    const current = now.current
    current.mounted = true
    return () => {
      current.mounted = false
    }
  }, [])

  // Accepted: the button stays pending until the event is on the page.
  const awaited = useRef<ExecutionStatus.ExecutionStatus | undefined>(undefined)
  useEffect(() => {
    if (awaited.current === undefined || status === awaited.current) return
    awaited.current = undefined
    setPending(undefined)
  }, [status])

  const refuse = useCallback((failure: Failure) => {
    if (now.current.mounted) setProblem(failure)
    announce(failure.message, "alert")
  }, [])

  const give = useCallback(
    async (
      command: Command,
      effect: Effect.Effect<Executions.Receipt, Failure>,
      failed: (failure: Failure) => void = refuse
    ): Promise<boolean> => {
      const before = now.current.status
      setPending(command)
      setProblem(undefined)
      const answer = await ask(effect)
      lookAgain(of)
      if (answer._tag === "Failure") {
        setPending(undefined)
        failed(answer.failure)
        return false
      }
      const changes = answer.success.effect === "done" && answer.success.status !== before
      // Of a page that doesn't say what it shows the answer is all there is.
      if (changes && before !== undefined && now.current.status === before) awaited.current = before
      else setPending(undefined)
      return true
    },
    [of, refuse]
  )

  /** The state as it is now, at the server: what is on the page may be older. */
  const look = () => ask(executions.get(of))

  const nothing = () => {
    setQuestion(undefined)
    announce(`${wording.name} has ended: there is nothing to stop`)
    lookAgain(of)
    wording.onNothing?.()
  }

  /** What the server said, when it is still to be stopped. */
  const stillLive = async (): Promise<ExecutionState.ExecutionState | undefined> => {
    const answer = await look()
    if (answer._tag === "Failure") {
      ;(wording.onFailed ?? refuse)(answer.failure)
      if (wording.onFailed !== undefined) announce(answer.failure.message, "alert")
      return undefined
    }
    if (!ExecutionStatus.isEnded(answer.success.status)) return answer.success
    nothing()
    return undefined
  }

  const interruptNow = async (request: { readonly reason?: string }, options: InterruptOptions) => {
    setProblem(undefined)
    setPending("interrupt")
    const live = await stillLive()
    if (live === undefined) return setPending(undefined)
    wording.onInterrupt?.()
    announce(`Interrupt requested: ${wording.name}`)
    await give(
      "interrupt",
      executions.interrupt(of, { ...asker(), via: "Interrupt button", ...options, ...request }),
      wording.onFailed === undefined
        ? undefined
        : (failure) => {
            wording.onFailed?.(failure)
            announce(failure.message, "alert")
          }
    )
  }

  const terminateNow = async (request: { readonly reason?: string }) => {
    setProblem(undefined)
    setPending("terminate")
    const live = await stillLive()
    if (live === undefined) return setPending(undefined)
    await give("terminate", executions.terminate(of, { ...asker(), via: "Terminate button", ...request }))
  }

  const open = async (about: Question["about"], options: InterruptOptions) => {
    setProblem(undefined)
    if (isAsking.current) return
    const shown = wording.state ?? (await stillLive())
    if (shown === undefined || !now.current.mounted) return
    if (ExecutionStatus.isEnded(shown.status)) return nothing()
    if (desktop === undefined) setQuestion({ about, shown, options })
    else await openNative({ about, shown, options })
  }

  /** The system's own dialog; where there can be none, that of the page. */
  const openNative = async (question: Question) => {
    const { about, options, shown } = question
    isAsking.current = true
    const answer = await Questions.asked(
      about === "interrupt"
        ? Questions.interrupt(questionText, shown.status, promiseText(shown, options))
        : Questions.terminate(wording.name, shown)
    )
    isAsking.current = false
    if (answer === undefined) return setQuestion(question)
    if (!answer.yes) return
    if (about === "terminate") return terminateNow({})
    if (answer.checked) change({ confirm: false })
    return interruptNow({}, options)
  }

  // What has ended meanwhile needs no answer.
  const over = question !== undefined && status !== undefined && ExecutionStatus.isEnded(status)
  useEffect(() => {
    if (over) setQuestion(undefined)
  }, [over])

  const interrupt = (options: InterruptOptions, confirmed = false) => {
    if (id === undefined || pending !== undefined) return
    if (settingsNow().confirm && !confirmed) void open("interrupt", options)
    else void interruptNow({}, options)
  }

  return {
    interrupt: () => interrupt({}),
    interruptWith: interrupt,
    terminate: () => {
      if (id !== undefined && pending !== "terminate") void open("terminate", {})
    },
    pause: () => {
      if (id !== undefined && pending === undefined) void give("pause", executions.pause(of, asker()))
    },
    resume: (request) => give("resume", executions.resume(of, { ...asker(), ...request })),
    pending,
    problem,
    clear: () => setProblem(undefined),
    dialog:
      question === undefined || over ? undefined : question.about === "interrupt" ? (
        <ConfirmInterrupt
          question={questionText}
          status={(wording.state ?? question.shown).status}
          promise={promiseText(wording.state ?? question.shown, question.options)}
          reason={wording.reason ?? true}
          onAnswer={(answer) => {
            setQuestion(undefined)
            if (answer !== undefined) void interruptNow(answer, question.options)
          }}
        />
      ) : (
        <ConfirmTerminate
          name={wording.name}
          state={wording.state ?? question.shown}
          onAnswer={(answer) => {
            setQuestion(undefined)
            if (answer !== undefined) void terminateNow(answer)
          }}
        />
      )
  }
}
