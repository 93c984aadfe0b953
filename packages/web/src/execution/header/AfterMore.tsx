/**
 * "Interrupt after more steps": a request that lets some further steps start and all of them end.
 */
import { DurationText } from "@halte/engine/model"
import { useState } from "react"
import { ConfirmKey } from "../../stopping/ConfirmKey.tsx"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Sign } from "../../ui/Icon.tsx"

export interface AfterMoreProps {
  readonly name: string
  /** Steps that have not started. */
  readonly left: number
  readonly onAnswer: (steps: number | undefined) => void
}

export const AfterMore = ({ left, name, onAnswer }: AfterMoreProps) => {
  const [text, setText] = useState("1")
  const n = Number(text)
  const valid = text.trim() !== "" && Number.isSafeInteger(n) && n >= 0
  const yes = () => {
    if (valid) onAnswer(n)
  }
  const no = () => onAnswer(undefined)
  return (
    <Dialog
      title={`Interrupt ${name} after more steps`}
      picture={<Sign className="picture" />}
      text="Running steps, and those that still may start, go to their end undisturbed. Then it stops, and can be resumed."
      onClose={no}
      onConfirm={yes}
      actions={
        <>
          <Button shortcut="esc" onClick={no}>
            Keep running
          </Button>
          <Button kind="halt" disabled={!valid} onClick={yes}>
            Interrupt
            <ConfirmKey />
          </Button>
        </>
      }
    >
      <label className="opt">
        <span className="lab">
          Steps that may still start <span className="req">of {DurationText.count(left)} not started</span>
        </span>
        <span className="field short">
          <input
            data-autofocus
            type="number"
            min={0}
            step={1}
            value={text}
            aria-invalid={!valid}
            aria-describedby="after-more-hint"
            onChange={(event) => setText(event.target.value)}
          />
        </span>
        <span className="hint" id="after-more-hint">
          {valid
            ? n === 0
              ? "It stops when the running steps have ended."
              : `It stops when ${DurationText.plural(n, "more step")} and the running ones have ended.`
            : "A whole number, 0 or more."}
        </span>
      </label>
    </Dialog>
  )
}
