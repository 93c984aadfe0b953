/**
 * To be written.
 */
const FlowsView = () => (
  <main className="page" id="main">
    Not built yet
  </main>
)

export default FlowsView
