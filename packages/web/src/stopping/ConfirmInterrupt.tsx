/**
 * "Confirm Interrupt": only a yes asks the execution to stop.
 */
import type { ExecutionStatus } from "@halte/engine/model"
import { useState } from "react"
import { change } from "../settings/Settings.ts"
import { Button } from "../ui/Button.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import { State } from "../ui/Glyph.tsx"
import { Sign } from "../ui/Icon.tsx"
import { ConfirmKey } from "./ConfirmKey.tsx"

export interface ConfirmInterruptProps {
  readonly question: string
  readonly status: ExecutionStatus.ExecutionStatus
  /** What is promised: `within 5.5 s, can be resumed`. */
  readonly promise: string
  /** Whether a reason is asked for. */
  readonly reason: boolean
  readonly onAnswer: (answer: { readonly reason?: string } | undefined) => void
}

export const ConfirmInterrupt = ({ onAnswer, promise, question, reason, status }: ConfirmInterruptProps) => {
  const [text, setText] = useState("")
  const [again, setAgain] = useState(false)
  const yes = () => {
    if (again) change({ confirm: false })
    onAnswer(text.trim() === "" ? {} : { reason: text.trim() })
  }
  const no = () => onAnswer(undefined)
  return (
    <Dialog
      title="Confirm Interrupt"
      picture={<Sign className="picture" />}
      text={question}
      onClose={no}
      onConfirm={yes}
      actions={
        <>
          <label className="check">
            <input type="checkbox" checked={again} onChange={(event) => setAgain(event.target.checked)} />
            <span>Do not ask again</span>
          </label>
          <Button data-autofocus shortcut="esc" onClick={no}>
            Keep running
          </Button>
          <Button kind="halt" onClick={yes}>
            Interrupt
            <ConfirmKey />
          </Button>
        </>
      }
    >
      <Becomes from={status} to="Interrupted" how={promise} />
      {reason ? <Reason value={text} onChange={setText} /> : undefined}
    </Dialog>
  )
}

/** What an answer changes, before it is given. */
export const Becomes = ({
  from,
  how,
  to
}: {
  readonly from: ExecutionStatus.ExecutionStatus
  readonly to: ExecutionStatus.ExecutionStatus
  readonly how: string
}) => (
  <div className="becomes">
    <State status={from} />
    <span className="muted" aria-hidden="true">
      →
    </span>
    <span className="vh">becomes</span>
    <State status={to} />
    <span className="muted end">{how}</span>
  </div>
)

/** Why, in the words of whoever asks. */
export const Reason = ({ onChange, value }: { readonly value: string; readonly onChange: (value: string) => void }) => (
  <label className="opt reason">
    <span className="lab">
      Reason <span className="req">optional</span>
    </span>
    <span className="field">
      <input
        value={value}
        placeholder="Kept in the report"
        maxLength={500}
        onChange={(event) => onChange(event.target.value)}
      />
    </span>
  </label>
)
