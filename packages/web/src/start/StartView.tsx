/**
 * To be written.
 */
const StartView = ({ name: id }: { readonly name: string }) => (
  <main className="page" id="main">
    {id}
  </main>
)

export default StartView
