/**
 * What can be decided of the desktop only.
 */
import { useState } from "react"
import { changeKept, useKeptSettings } from "./KeptSettings.ts"
import * as AtATime from "./AtATime.ts"

export const DesktopOptions = () => {
  const { maxExecutions, notify } = useKeptSettings()
  const [text, setText] = useState(AtATime.toText(maxExecutions))
  const read = AtATime.read(text)
  return (
    <>
      <label className="check">
        <input
          type="checkbox"
          checked={notify}
          onChange={(event) => void changeKept({ notify: event.target.checked })}
        />
        Tell me when executions end
      </label>
      <div className="opt after">
        <label htmlFor="settings-at-a-time">Executions at a time</label>
        <span className={read === undefined ? "field bad" : "field"}>
          <input
            id="settings-at-a-time"
            inputMode="numeric"
            autoComplete="off"
            placeholder="As many as there are"
            value={text}
            aria-invalid={read === undefined}
            aria-describedby="settings-at-a-time-hint"
            onChange={(event) => {
              setText(event.target.value)
              const given = AtATime.read(event.target.value)
              if (given !== undefined) void changeKept({ maxExecutions: given })
            }}
            onBlur={() => {
              if (read === undefined) setText(AtATime.toText(maxExecutions))
            }}
          />
        </span>
        <span className="hint" id="settings-at-a-time-hint">
          {read === undefined
            ? `A whole number from 1 to ${AtATime.most}; or nothing: as many as there are.`
            : "Others wait for a slot. It counts from the next start of the engine."}
        </span>
      </div>
    </>
  )
}
