/**
 * The entry of the page.
 */
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./App.tsx"
import { signedOut } from "./bridge/Client.ts"
import { set } from "./bridge/Registry.ts"
import * as Desktop from "./desktop/Desktop.ts"
import { DesktopUnanswered } from "./desktop/DesktopUnanswered.tsx"
import { signIn } from "./shell/SignIn.tsx"
import "./style/index.css"

// An address with a code that is opened where the page is open already loads nothing anew.
addEventListener("hashchange", () => {
  void signIn().then((answer) => {
    if (answer !== "none") location.reload()
  })
})

const answer = await signIn()
// In the desktop its state comes first: nothing is drawn in the wrong colours, or without a project.
const refused = await Desktop.open().then(
  () => undefined,
  (error: unknown) => (error instanceof Error ? error.message : String(error))
)
const root = document.querySelector("#root")
if (root === null) throw new Error("The document has no element for the page.")
if (answer === "not-valid") set(signedOut, true)
createRoot(root).render(
  <StrictMode>
    {refused === undefined ? <App entry={answer === "away" ? "none" : answer} /> : <DesktopUnanswered why={refused} />}
  </StrictMode>
)
