/**
 * Where and with what a command runs, and how it is stopped.
 */
import { useEffect, useState } from "react"
import { desktop } from "../desktop/Desktop.ts"
import { change, useSettings } from "../settings/Settings.ts"
import { Button, IconButton } from "../ui/Button.tsx"
import { type CommandConfig, longestGraceMillis, type Variable } from "./CommandConfig.ts"

export interface CommandSettingsProps {
  readonly config: CommandConfig
  readonly onChange: (changes: Partial<CommandConfig>) => void
}

export const CommandSettings = ({ config, onChange }: CommandSettingsProps) => {
  const { confirm } = useSettings()
  const [grace, setGrace] = useState(String(config.graceMillis / 1000))
  useEffect(() => setGrace(String(config.graceMillis / 1000)), [config.graceMillis])
  const seconds = Number(grace)
  const isGrace = grace.trim() !== "" && seconds >= 0 && seconds * 1000 <= longestGraceMillis
  const put = (at: number, changes: Partial<Variable>) =>
    onChange({ variables: config.variables.map((one, i) => (i === at ? { ...one, ...changes } : one)) })
  return (
    <section className="card" aria-labelledby="command-settings">
      <h2 id="command-settings">Settings</h2>
      <div className="in">
        <div className="opt">
          <label htmlFor="command-directory">Working directory</label>
          <span className="field">
            <input
              id="command-directory"
              className="mono"
              value={config.directory}
              placeholder={desktop === undefined ? "That of the server" : "That of the project"}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => onChange({ directory: event.target.value })}
            />
          </span>
        </div>
        <div className="opt" role="group" aria-labelledby="command-variables">
          <span className="lab" id="command-variables">
            Environment
          </span>
          {config.variables.map((variable, i) => (
            <div className="variable" key={i}>
              <span className="field">
                <input
                  className="mono"
                  aria-label={`Name of variable ${i + 1}`}
                  placeholder="NAME"
                  value={variable.name}
                  autoComplete="off"
                  spellCheck={false}
                  onChange={(event) => put(i, { name: event.target.value.replace(/[^A-Za-z0-9_]/g, "") })}
                />
              </span>
              <span className="field">
                <input
                  className="mono"
                  aria-label={`Value of ${variable.name === "" ? `variable ${i + 1}` : variable.name}`}
                  type={variable.secret ? "password" : "text"}
                  value={variable.value}
                  autoComplete="off"
                  spellCheck={false}
                  onChange={(event) => put(i, { value: event.target.value })}
                />
              </span>
              <IconButton
                kind="quiet"
                icon="x"
                name={`Remove ${variable.name === "" ? `variable ${i + 1}` : variable.name}`}
                onClick={() => onChange({ variables: config.variables.filter((_, at) => at !== i) })}
              />
              <label className="check secret">
                <input
                  type="checkbox"
                  checked={variable.secret}
                  onChange={(event) => put(i, { secret: event.target.checked })}
                />
                Secret: kept nowhere
              </label>
            </div>
          ))}
          <Button
            small
            icon="plus"
            onClick={() => onChange({ variables: [...config.variables, { name: "", value: "", secret: false }] })}
          >
            Add a variable
          </Button>
        </div>
        <div className="opt">
          <label htmlFor="command-grace">
            Grace period <span className="req">seconds</span>
          </label>
          <span className={isGrace ? "field" : "field bad"}>
            <input
              id="command-grace"
              inputMode="decimal"
              value={grace}
              aria-invalid={!isGrace}
              aria-describedby="command-grace-hint"
              onChange={(event) => {
                setGrace(event.target.value)
                const given = Number(event.target.value)
                if (event.target.value.trim() !== "" && given >= 0 && given * 1000 <= longestGraceMillis)
                  onChange({ graceMillis: Math.round(given * 1000) })
              }}
              onBlur={() => {
                if (!isGrace) setGrace(String(config.graceMillis / 1000))
              }}
            />
          </span>
          <span className="hint" id="command-grace-hint">
            SIGTERM, then SIGKILL for what is still alive
          </span>
        </div>
        <label className="check">
          <input type="checkbox" checked={confirm} onChange={(event) => change({ confirm: event.target.checked })} />
          <span>Confirm before interrupting</span>
        </label>
      </div>
    </section>
  )
}
