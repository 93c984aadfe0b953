/**
 * The desktop around the page did not say how it is: without that nothing can be shown.
 */
import { Button } from "../ui/Button.tsx"
import { Empty } from "../ui/Notice.tsx"

export const DesktopUnanswered = ({ why }: { readonly why: string }) => (
  <main className="page" id="main" role="alert">
    <Empty whole title="The window could not be set up">
      <p>{why}</p>
      <Button kind="primary" onClick={() => location.reload()}>
        Try again
      </Button>
    </Empty>
  </main>
)
