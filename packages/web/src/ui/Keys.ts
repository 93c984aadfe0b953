/**
 * Single keys that do something, while what they belong to has the focus. They never take a key from somebody who types,
 * nor Ctrl+C from somebody who copies.
 */
import type { KeyboardEvent } from "react"
import { settingsNow } from "../settings/Settings.ts"

const fields = "input, textarea, select, [contenteditable]"

/** Whether the key goes into a field. */
export const isTyping = (event: { readonly target: EventTarget | null }): boolean =>
  event.target instanceof Element && event.target.closest(fields) !== null

/** Whether somebody has marked text: then Ctrl+C copies. */
export const hasSelection = (): boolean => (getSelection()?.toString() ?? "") !== ""

export type Keys = Readonly<Record<string, (() => void) | undefined>>

/** Handles the keys of a list or of the graph; of one that is not there nothing is taken away. */
export const onKeys =
  (keys: Keys) =>
  (event: KeyboardEvent): void => {
    if (event.defaultPrevented || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return
    const single = event.key.length === 1
    if (single && !settingsNow().shortcuts) return
    const run = keys[event.key]
    if (run === undefined) return
    event.preventDefault()
    run()
  }
