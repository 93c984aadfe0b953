/**
 * The desktop around the page did not say how it is: without that nothing can be shown.
 */
import { Button } from "../ui/Button.tsx"
import { Empty } from "../ui/Notice.tsx"

export const DesktopUnanswered = ({ why }: { readonly why: string }) => (
  <main className="page" id="main">
    <Empty whole title="The window could not be set up">
      <p role="alert">{why}</p>
      <Button kind="primary" onClick={() => location.reload()}>
        Try again
      </Button>
    </Empty>
  </main>
)
