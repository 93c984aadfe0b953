/**
 * Force, after an interrupt: what it may leave half done is said before.
 */
import { type ExecutionState, ExecutionStatus } from "@halte/engine/model"
import { useState } from "react"
import { Button } from "../ui/Button.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import { Glyph } from "../ui/Glyph.tsx"
import { Becomes, Reason } from "./ConfirmInterrupt.tsx"
import { ConfirmKey } from "./ConfirmKey.tsx"

/** The steps that are under way. */
export const underWay = (state: ExecutionState.ExecutionState): ReadonlyArray<string> =>
  [...state.steps.values()].filter(({ status }) => ExecutionStatus.isActive(status)).map(({ id }) => id)

const alive = (state: ExecutionState.ExecutionState): number =>
  state.processes.filter((process) => process.exited === undefined && process.attempt === state.attempt).length

export const ConfirmTerminate = ({
  name,
  onAnswer,
  state
}: {
  readonly name: string
  readonly state: ExecutionState.ExecutionState
  readonly onAnswer: (answer: { readonly reason?: string } | undefined) => void
}) => {
  const [text, setText] = useState("")
  const half = underWay(state)
  const processes = alive(state)
  const yes = () => onAnswer(text.trim() === "" ? {} : { reason: text.trim() })
  const no = () => onAnswer(undefined)
  return (
    <Dialog
      title={`Terminate ${name} now?`}
      picture={
        <span className="picture">
          <Glyph status="Terminated" />
        </span>
      }
      text="Running steps are ended without waiting for a stopping point."
      onClose={no}
      onConfirm={yes}
      actions={
        <>
          <span className="check" />
          <Button data-autofocus shortcut="esc" onClick={no}>
            Keep running
          </Button>
          <Button kind="force" onClick={yes}>
            Terminate now
            <ConfirmKey />
          </Button>
        </>
      }
    >
      <Becomes
        from={state.status}
        to="Terminated"
        how={processes === 0 ? "at once" : `SIGKILL to ${processes === 1 ? "1 process" : `${processes} processes`}`}
      />
      {half.length === 0 ? undefined : (
        <p className="half">
          May be left half done: <code>{half.slice(0, 8).join(", ")}</code>
          {half.length > 8 ? ` and ${half.length - 8} more` : ""}
        </p>
      )}
      <Reason value={text} onChange={setText} />
    </Dialog>
  )
}
