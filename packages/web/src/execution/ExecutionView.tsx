/**
 * To be written.
 */
const ExecutionView = ({ id }: { readonly id: string; readonly step: string | undefined; readonly tab: string }) => (
  <main className="page" id="main">
    {id}
  </main>
)

export default ExecutionView
