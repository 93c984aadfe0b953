/**
 * To be written.
 */
const CommandView = () => (
  <main className="page" id="main">
    Not built yet
  </main>
)

export default CommandView
