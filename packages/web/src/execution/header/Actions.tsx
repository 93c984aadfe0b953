/**
 * What can be done with an execution now, as buttons: in the head of the page, and at the thumb on a phone.
 */
import { type ExecutionState, ExecutionStatus, StopPromise } from "@halte/engine/model"
import { type ReactNode, useRef } from "react"
import type { Stopping } from "../../stopping/useStopping.tsx"
import { Button } from "../../ui/Button.tsx"
import { Sign } from "../../ui/Icon.tsx"
import { useFocusKept } from "../useFocusKept.ts"
import { boundText } from "./ExecutionHeader.tsx"

export interface ActionsProps {
  readonly state: ExecutionState.ExecutionState
  readonly stopping: Stopping
  readonly place: "head" | "dock"
  readonly menu: ReactNode
  readonly onCopyReport: () => void
  readonly onResume: () => void
}

/** Whether force is offered: after an interrupt, or where nothing can reach a stopping point. */
export const canTerminate = ({ status, strategy }: ExecutionState.ExecutionState): boolean =>
  status === "Interrupting" ||
  (strategy._tag === "IgnoreInterruptions" && (status === "Running" || status === "Pausing" || status === "Paused"))

/** Whether an interrupt can be asked for. */
export const canInterrupt = ({ status }: ExecutionState.ExecutionState): boolean =>
  status === "Running" || status === "Pending" || status === "Pausing" || status === "Paused"

export const canPause = ({ status }: ExecutionState.ExecutionState): boolean =>
  status === "Running" || status === "Pending"

/** Whether it goes on when told to: after a pause, or with another attempt. */
export const canResume = ({ status }: ExecutionState.ExecutionState): boolean =>
  status === "Paused" || status === "Pausing" || (ExecutionStatus.isEnded(status) && status !== "Completed")

export const Actions = (props: ActionsProps) => {
  const { menu, place, state } = props
  const ref = useRef<HTMLDivElement>(null)
  useFocusKept(ref)
  return (
    <div ref={ref} className={place === "head" ? "acts" : "dock"} role="group" aria-label="Actions">
      {ExecutionStatus.isEnded(state.status) ? <Ended {...props} /> : <Live {...props} />}
      {menu}
    </div>
  )
}

const Live = ({ place, state, stopping }: ActionsProps) => {
  const { pending } = stopping
  const key = (name: string) => (place === "head" ? name : undefined)
  const held = state.status === "Paused" || state.status === "Pausing"
  const asked = pending === "interrupt" || state.status === "Interrupting"
  const forced = pending === "terminate" || state.status === "Terminating"
  return (
    <>
      {canInterrupt(state) && !asked ? <WouldStop state={state} /> : undefined}
      {forced || (place === "dock" && asked) ? undefined : held ? (
        <Button
          icon="play"
          shortcut={key("r")}
          pending={pending === "resume"}
          disabled={asked}
          onClick={() => void stopping.resume()}
        >
          {pending === "resume" ? "Resuming…" : "Resume"}
        </Button>
      ) : (
        <Button
          icon="pause"
          pending={pending === "pause"}
          disabled={asked || !canPause(state)}
          onClick={stopping.pause}
        >
          {pending === "pause" ? "Pausing…" : "Pause"}
        </Button>
      )}
      {forced ? (
        <Button pending>Terminating…</Button>
      ) : asked ? (
        <Button pending>Interrupting…</Button>
      ) : (
        <Button kind="halt" icon="stop" shortcut={key("i")} onClick={stopping.interrupt}>
          Interrupt
        </Button>
      )}
      {canTerminate(state) && !forced && (place === "dock" || state.status !== "Interrupting") ? (
        <Button kind="force" icon="stop" shortcut={key("t")} onClick={stopping.terminate}>
          Terminate now
        </Button>
      ) : undefined}
    </>
  )
}

const WouldStop = ({ state }: { readonly state: ExecutionState.ExecutionState }) => {
  if (state.strategy._tag === "IgnoreInterruptions") return <span className="bound">ignores interruptions</span>
  const [lead, what] = boundText(StopPromise.now(state))
  return (
    <span className="bound">
      <Sign />
      {lead} <b>{what}</b>
    </span>
  )
}

const Ended = ({ onCopyReport, onResume, place, state, stopping }: ActionsProps) => {
  const copy = (
    <Button key="copy" icon="copy" onClick={onCopyReport}>
      Copy report
    </Button>
  )
  if (!canResume(state)) return copy
  const resume = (
    <Button
      key="resume"
      kind="primary"
      icon="resume"
      shortcut={place === "head" ? "r" : undefined}
      pending={stopping.pending === "resume"}
      onClick={onResume}
    >
      {stopping.pending === "resume" ? "Resuming…" : "Resume"}
    </Button>
  )
  return place === "head" ? [copy, resume] : [resume, copy]
}
