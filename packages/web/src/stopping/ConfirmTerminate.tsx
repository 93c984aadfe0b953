/**
 * Force, after an interrupt: what it may leave half done is said before.
 */
import type { ExecutionState } from "@halte/engine/model"
import { useState } from "react"
import { Button } from "../ui/Button.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import { Glyph } from "../ui/Glyph.tsx"
import { Becomes, Reason } from "./ConfirmInterrupt.tsx"
import { ConfirmKey } from "./ConfirmKey.tsx"
import * as TerminateText from "./TerminateText.ts"

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
  const half = TerminateText.halfDone(state)
  const yes = () => onAnswer(text.trim() === "" ? {} : { reason: text.trim() })
  const no = () => onAnswer(undefined)
  return (
    <Dialog
      title={TerminateText.title(name)}
      picture={
        <span className="picture">
          <Glyph status="Terminated" />
        </span>
      }
      text={TerminateText.text}
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
      <Becomes from={state.status} to="Terminated" how={TerminateText.how(state)} />
      {half === undefined ? undefined : (
        <p className="half">
          May be left half done: <code>{half}</code>
        </p>
      )}
      <Reason value={text} onChange={setText} />
    </Dialog>
  )
}
