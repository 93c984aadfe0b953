/**
 * A page proves that a person of this machine opened it: by a code in its address that works once. The code leaves the
 * address at once, so that it is not in the history; what stays is a cookie that no script can read.
 */
import { useState } from "react"
import { origin, signedOut } from "../bridge/Client.ts"
import { set } from "../bridge/Registry.ts"
import { Button } from "../ui/Button.tsx"
import { CopyButton } from "../ui/CopyButton.tsx"
import { Pole } from "../ui/Icon.tsx"

const codeIn = (hash: string): string | undefined =>
  new URLSearchParams(hash.replace(/^#/, "")).get("code") ?? undefined

const exchange = async (code: string): Promise<"in" | "not-valid" | "away"> => {
  try {
    const response = await fetch(`${origin}/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
      credentials: "same-origin"
    })
    return response.ok ? "in" : "not-valid"
  } catch {
    return "away"
  }
}

/** Uses the code in the address, if there is one. Answers what came of it. */
export const signIn = async (): Promise<"in" | "not-valid" | "away" | "none"> => {
  const code = codeIn(location.hash)
  if (code === undefined) return "none"
  history.replaceState(null, "", `${location.pathname}${location.search}`)
  return exchange(code)
}

/** What a person sees whom the server does not know. */
export const SignedOut = ({ why }: { readonly why: "not-valid" | "none" }) => {
  const [code, setCode] = useState("")
  const [wrong, setWrong] = useState(why === "not-valid")
  const [pending, setPending] = useState(false)
  const submit = async () => {
    setPending(true)
    // The whole address may be pasted, too.
    const given = code.includes("#") ? (codeIn(new URL(code, origin).hash) ?? code) : code
    const answer = await exchange(given.trim())
    setPending(false)
    if (answer === "in") {
      set(signedOut, false)
      location.reload()
    } else setWrong(true)
  }
  return (
    <main className="gate" id="main">
      <Pole className="pole" />
      <h1>This page is not signed in</h1>
      <p>
        {wrong
          ? "The address was used before, or is too old: each works once."
          : "The server knows this browser no longer, or not yet. It forgets when it is started anew."}
      </p>
      <p>In a terminal of the project, this opens a new page:</p>
      <p className="copy">
        <span>halte open</span>
        <CopyButton text="halte open" what="command" />
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <label className="lab" htmlFor="code">
          Or paste an address or a code of <code>halte open --print</code>
        </label>
        <div className="row">
          <span className="field">
            <input
              id="code"
              value={code}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setCode(event.target.value)}
              aria-invalid={wrong && code !== ""}
            />
          </span>
          <Button kind="primary" type="submit" pending={pending} disabled={code.trim() === ""}>
            {pending ? "Signing in…" : "Sign in"}
          </Button>
        </div>
      </form>
    </main>
  )
}
