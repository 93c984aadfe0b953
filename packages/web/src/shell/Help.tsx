/**
 * The keys, as in the terminal.
 */
import { ApiLink } from "./ApiLink.tsx"
import { KeyList, type KeyRow } from "./KeyList.tsx"
import { Button } from "../ui/Button.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import { useSettings } from "../settings/Settings.ts"

const keys: ReadonlyArray<KeyRow> = [
  [["↑", "↓", "j", "k"], "Move"],
  [["enter"], "Open"],
  [["esc"], "Back; in the Command view: interrupt the running command"],
  [["/"], "Filter"],
  [["i"], "Interrupt"],
  [["p"], "Pause"],
  [["r"], "Resume"],
  [["t"], "Terminate now, while it is interrupting"],
  [["l"], "Logs"],
  [["g"], "Graph"],
  [["c"], "Copy the id"],
  [["ctrl", "c"], "Interrupt, when no text is selected"],
  [["ctrl or ⌘", "enter"], "Confirm, start"],
  [["?"], "This sheet"]
]

export const Help = ({ onClose }: { readonly onClose: () => void }) => {
  const { shortcuts } = useSettings()
  return (
    <Dialog
      title="Keyboard shortcuts"
      text={
        shortcuts
          ? "Single keys work while a list, the graph or the steps have the focus. They can be switched off in the settings."
          : "Single keys are switched off in the settings."
      }
      onClose={onClose}
      actions={
        <>
          <ApiLink />
          <Button kind="primary" data-autofocus onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <KeyList rows={keys} />
    </Dialog>
  )
}
