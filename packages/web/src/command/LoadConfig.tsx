/**
 * Load Config, when it was asked for outside of the page: which file?
 */
import { Button } from "../ui/Button.tsx"
import { Dialog } from "../ui/Dialog.tsx"

export const LoadConfig = ({ onChoose, onClose }: { readonly onChoose: () => void; readonly onClose: () => void }) => (
  <Dialog
    title="Load Config"
    text="A file that Save Config has written replaces the line and the settings. A file with a mistake changes nothing."
    onClose={onClose}
    actions={
      <>
        <span className="check" />
        <Button shortcut="esc" onClick={onClose}>
          Close
        </Button>
        <Button
          kind="primary"
          data-autofocus
          onClick={() => {
            onClose()
            onChoose()
          }}
        >
          Choose a file…
        </Button>
      </>
    }
  />
)
