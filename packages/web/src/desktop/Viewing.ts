/**
 * Tells the desktop what this window shows: its menu acts on that, and asks in the words of that view.
 */
import { useEffect, useLayoutEffect } from "react"
import { desktop } from "./Desktop.ts"
import type { Viewing } from "./DesktopBridge.ts"

/** The longest id, and the longest name, that the desktop takes. */
const longestId = 64
const longestName = 200

export const nothing: Viewing = { command: false }

/** What is told of an execution, or of none; what is no id of any execution is nothing to act on. */
export const viewing = (id: string | undefined, name: string | undefined, command = false): Viewing =>
  id === undefined || id.length > longestId
    ? { command }
    : { execution: id, ...(name === undefined ? undefined : { name: name.slice(0, longestName) }), command }

let last = ""

const tell = (what: Viewing): void => {
  if (desktop === undefined) return
  const text = JSON.stringify(what)
  if (text === last) return
  last = text
  // A desktop that doesn't hear it can do nothing with its menu: nothing to bother a person with.
  desktop.call("viewing", what).catch(() => {
    if (last === text) last = ""
  })
}

/** What a view is of, said by the view itself. */
export const useViewing = (what: Viewing): void => {
  const { command, execution, name } = what
  useEffect(
    () => tell(what),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a new object says nothing new
    [command, execution, name]
  )
}

/** Until the view itself says it: a view that is loaded yet is no longer the one before. */
export const useNothingViewed = (key: string): void => {
  useLayoutEffect(() => tell(nothing), [key])
}
