/**
 * The commands of one execution as buttons give them: asked for, confirmed where that is wanted, pending until the
 * server has answered. What comes of it is told by the events.
 */
import {
  type ExecutionId,
  type ExecutionState,
  ExecutionStatus,
  type Executions,
  StopBound,
  StopPromise
} from "@halte/engine/model"
import { type ReactNode, useCallback, useState } from "react"
import { ask, executions, type Failure } from "../bridge/Client.ts"
import { usePending } from "../bridge/usePending.ts"
import { asker, settingsNow } from "../settings/Settings.ts"
import { announce } from "../ui/Announcer.tsx"
import { ConfirmInterrupt } from "./ConfirmInterrupt.tsx"
import { ConfirmTerminate } from "./ConfirmTerminate.tsx"

export interface Stopping {
  readonly interrupt: () => void
  readonly terminate: () => void
  readonly pause: () => void
  readonly resume: (request?: Omit<Executions.ResumeRequest, "source" | "by">) => Promise<boolean>
  /** The command whose answer is awaited. */
  readonly pending: "interrupt" | "terminate" | "pause" | "resume" | undefined
  readonly problem: Failure | undefined
  readonly clear: () => void
  /** The question that is open, if there is one. */
  readonly dialog: ReactNode
}

export interface Wording {
  readonly name: string
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

/** `within 5.5 s, can be resumed`. */
const promiseOf = (state: ExecutionState.ExecutionState): string =>
  `${StopBound.toText(StopPromise.now(state)).replaceAll("`", "")}, can be resumed`

export const useStopping = (id: string | undefined, wording: Wording): Stopping => {
  const [question, setQuestion] = useState<"interrupt" | "terminate">()
  const [shown, setShown] = useState<ExecutionState.ExecutionState>()
  const [pending, setPending] = useState<Stopping["pending"]>()
  const { clear, give, problem } = usePending<Executions.Receipt>()
  const of = id as ExecutionId.ExecutionId

  const during = useCallback(async <A,>(what: Stopping["pending"], run: () => Promise<A>): Promise<A> => {
    setPending(what)
    try {
      return await run()
    } finally {
      setPending(undefined)
    }
  }, [])

  /** The state as it is now, at the server: what is on the page may be older. */
  const look = async (): Promise<ExecutionState.ExecutionState | undefined> => {
    const answer = await ask(executions.get(of))
    return answer._tag === "Success" ? answer.success : undefined
  }

  const nothing = () => {
    setQuestion(undefined)
    announce(`${wording.name} has ended: there is nothing to stop`)
    wording.onNothing?.()
  }

  const interruptNow = (request: { readonly reason?: string }) =>
    during("interrupt", async () => {
      const now = await look()
      if (now !== undefined && ExecutionStatus.isEnded(now.status)) return nothing()
      wording.onInterrupt?.()
      announce(`Interrupt requested: ${wording.name}`)
      const answer = await ask(executions.interrupt(of, { ...asker(), via: "Interrupt button", ...request }))
      if (answer._tag === "Failure") {
        wording.onFailed?.(answer.failure)
        announce(answer.failure.message, "alert")
      }
    })

  const open = (what: "interrupt" | "terminate") =>
    during(what, async () => {
      const now = await look()
      if (now !== undefined && ExecutionStatus.isEnded(now.status)) return nothing()
      setShown(now)
      if (now === undefined) return void (await give(executions.interrupt(of, { ...asker(), via: "Interrupt button" })))
      setQuestion(what)
    })

  return {
    interrupt: () => {
      if (id === undefined) return
      if (settingsNow().confirm) void open("interrupt")
      else void interruptNow({})
    },
    terminate: () => {
      if (id !== undefined) void open("terminate")
    },
    pause: () => {
      if (id !== undefined) void during("pause", () => give(executions.pause(of, asker())))
    },
    resume: (request) =>
      during("resume", async () => {
        const receipt = await give(executions.resume(of, { ...asker(), ...request }))
        return receipt !== undefined
      }),
    pending,
    problem,
    clear,
    dialog:
      shown === undefined || question === undefined ? undefined : question === "interrupt" ? (
        <ConfirmInterrupt
          question={wording.question ?? `Are you sure you want to interrupt ${wording.name}?`}
          status={shown.status}
          promise={wording.promise ?? promiseOf(shown)}
          reason={wording.reason ?? true}
          onAnswer={(answer) => {
            setQuestion(undefined)
            if (answer !== undefined) void interruptNow(answer)
          }}
        />
      ) : (
        <ConfirmTerminate
          name={wording.name}
          state={shown}
          onAnswer={(answer) => {
            setQuestion(undefined)
            if (answer !== undefined)
              void during("terminate", () =>
                give(executions.terminate(of, { ...asker(), via: "Terminate button", ...answer }))
              )
          }}
        />
      )
  }
}
