/**
 * Copies a text, and says that it did.
 */
import { useEffect, useState } from "react"
import { announce } from "./Announcer.tsx"
import { IconButton } from "./Button.tsx"

/** Puts a text on the clipboard; answers whether it is there. */
export const copy = async (text: string, what: string): Promise<boolean> => {
  try {
    if (navigator.clipboard === undefined) copyBySelection(text)
    else await navigator.clipboard.writeText(text)
    announce(`${what} copied`)
    return true
  } catch {
    announce(`${what} could not be copied: the browser does not allow it`, "alert")
    return false
  }
}

/** Where the page came over a network without TLS, browsers have no clipboard for it: what is selected can be copied. */
const copyBySelection = (text: string): void => {
  const field = document.createElement("textarea")
  field.value = text
  field.className = "vh"
  const place = document.querySelector("dialog[open]") ?? document.body
  place.append(field)
  field.select()
  const done = document.execCommand("copy")
  field.remove()
  if (!done) throw new Error("nothing was copied")
}

const shownMillis = 1500

export const CopyButton = ({ text, what }: { readonly text: string; readonly what: string }) => {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), shownMillis)
    return () => clearTimeout(timer)
  }, [done])
  return (
    <IconButton
      kind="quiet"
      className="b-mini"
      icon={done ? "check" : "copy"}
      name={`Copy ${what}`}
      onClick={() => void copy(text, what).then(setDone)}
    />
  )
}
