/**
 * What a person can decide about the page.
 */
import { change, useSettings } from "../settings/Settings.ts"
import { desktop, useDesktop } from "../desktop/Desktop.ts"
import { DesktopOptions } from "../desktop/DesktopOptions.tsx"
import { origin, signedOut, transport } from "../bridge/Client.ts"
import { set } from "../bridge/Registry.ts"
import { announce } from "../ui/Announcer.tsx"
import { Button } from "../ui/Button.tsx"
import { Dialog } from "../ui/Dialog.tsx"

/** Ends the session of this browser; who comes next needs an address that signs in. */
const signOut = async (): Promise<void> => {
  try {
    const response = await transport(new Request(`${origin}/session`, { method: "DELETE" }))
    if (response.ok) set(signedOut, true)
    else announce("The server knows no session to end", "alert")
  } catch {
    announce("The server can't be reached", "alert")
  }
}

const themes = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"]
] as const

export const SettingsDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const settings = useSettings()
  const user = useDesktop()?.user
  return (
    <Dialog
      title="Settings"
      text={desktop === undefined ? "They are kept in this browser." : "They are kept by the desktop."}
      onClose={onClose}
      actions={
        <>
          {desktop === undefined ? (
            <Button kind="quiet" className="apart" onClick={() => void signOut()}>
              Sign out
            </Button>
          ) : undefined}
          <Button kind="primary" data-autofocus onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <div className="opt">
        <label htmlFor="settings-name">Your name</label>
        <span className="field">
          <input
            id="settings-name"
            value={settings.name}
            maxLength={60}
            autoComplete="name"
            placeholder={user === undefined || user === "" ? "Nobody by name" : user}
            onChange={(event) => change({ name: event.target.value })}
          />
        </span>
        <span className="hint">It stands in the record beside what you start and stop.</span>
      </div>
      <div className="opt">
        <label htmlFor="settings-theme">Colours</label>
        <span className="field sel">
          <select
            id="settings-theme"
            value={settings.theme}
            onChange={(event) => change({ theme: event.target.value as typeof settings.theme })}
          >
            {themes.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </span>
      </div>
      <label className="check">
        <input
          type="checkbox"
          checked={settings.confirm}
          onChange={(event) => change({ confirm: event.target.checked })}
        />
        Confirm before interrupting
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={settings.shortcuts}
          onChange={(event) => change({ shortcuts: event.target.checked })}
        />
        Single-key shortcuts
      </label>
      {desktop === undefined ? undefined : <DesktopOptions />}
    </Dialog>
  )
}
