/**
 * Copies a text, and says that it did.
 */
import { useEffect, useState } from "react"
import { desktop } from "../desktop/Desktop.ts"
import { announce } from "./Announcer.tsx"
import { IconButton } from "./Button.tsx"

/** Puts a text on the clipboard; answers whether it is there. */
export const copy = async (text: string, what: string): Promise<boolean> => {
  try {
    if (desktop !== undefined) await desktop.call("copy", fitting(text))
    else if (navigator.clipboard === undefined) copyBySelection(text)
    else await navigator.clipboard.writeText(text)
    announce(`${what} copied`)
    return true
  } catch (error) {
    const why = desktop === undefined || !(error instanceof Error) ? "the browser does not allow it" : error.message
    announce(`${what} could not be copied: ${why}`, "alert")
    return false
  }
}

/** Characters that the desktop takes at once. */
const longest = 1_000_000

const fitting = (text: string): string => {
  if (text.length > longest) throw new Error("it is longer than a million characters; save it as a file instead")
  return text
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
