/**
 * The keys of the Command view, and what its buttons do.
 */
import { desktop } from "../desktop/Desktop.ts"
import { KeyList, type KeyRow } from "../shell/KeyList.tsx"
import { ApiLink } from "../shell/ApiLink.tsx"
import { Button } from "../ui/Button.tsx"
import { Dialog } from "../ui/Dialog.tsx"

const keys: ReadonlyArray<KeyRow> = [
  [["enter"], "Execute the command; with shift, a new line"],
  [["esc"], "Interrupt the running command"],
  [["ctrl", "c"], "Interrupt it, when no text is selected"],
  [["?"], "All keys"]
]

const facts = [
  desktop === undefined
    ? "The line is run by the shell of the server, one at a time. Every tab shows the same command and the same buttons."
    : "The line is run by the shell of this machine, in the directory of the project, one at a time.",
  "Interrupt sends SIGTERM to everything the command has started, waits for the grace period, then sends SIGKILL to what is still alive.",
  "Clear Output empties this view. The log of the execution keeps every line.",
  "Save Config writes the line, the directory, the variables without secret values, the grace period and whether to confirm. Load Config reads it back.",
  "Every command is an execution: it is in the list, and in the terminal as halte show."
]

export const CommandHelp = ({ onClose }: { readonly onClose: () => void }) => (
  <Dialog
    title="Help"
    wide
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
    <ul className="facts-list">
      {facts.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  </Dialog>
)
