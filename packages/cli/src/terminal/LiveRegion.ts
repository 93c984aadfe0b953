/**
 * The lines at the end of the screen that are drawn again and again. They take as many rows as they are lines; the cursor
 * waits, hidden, at the beginning of the row after them, where a `^C` that the terminal echoes does no harm.
 *
 * Written for this, since the usual library for it installs handlers of signals, which belong to the run alone.
 */
import { width } from "../view/TextWidth.ts"
import type { Output } from "./Output.ts"

const esc = "\u001b["
/**
 * Terminals that know synchronized output show a frame at once; the others take no notice. Meanwhile they break no lines:
 * terminals do not agree about the width of some emoji, and a line that took two rows would shift all that follows.
 */
const frame = (text: string) => `${esc}?2026h${esc}?7l${text}${esc}?7h${esc}?2026l`

export interface LiveRegion {
  /** Draws the lines in place of the last ones. */
  readonly draw: (lines: ReadonlyArray<string>) => void
  /** Writes text above the region, where it stays. */
  readonly above: (write: () => void) => void
  /** Takes the region away and shows the cursor. */
  readonly end: () => void
  /** Shows the cursor and forgets the region, which stays on the screen: for leaving at once. */
  readonly restore: () => void
}

export const make = (output: Output): LiveRegion => {
  let shown: ReadonlyArray<string> = []
  let columns = output.size().columns
  let hidden = false

  /** Moves to the region's first row: lines that are wider than a terminal made narrower take several rows. */
  const home = () => {
    const now = output.size().columns
    const rows = shown.reduce((sum, line) => sum + (now >= columns ? 1 : Math.max(1, Math.ceil(width(line) / now))), 0)
    return `\r${rows === 0 ? "" : `${esc}${rows}A`}`
  }

  const restore = () => {
    if (hidden) output.write("stdout", `${esc}?25h`)
    hidden = false
  }

  return {
    draw: (lines) => {
      const same = columns === output.size().columns
      if (same && lines.length === shown.length && lines.every((line, i) => line === shown[i])) return
      let text = hidden ? "" : `${esc}?25l`
      hidden = true
      text += home()
      // A line that stays as it was is passed over: less to send, nothing to flicker. The others are cleared before, for
      // after a full line the cursor still stands on its last character.
      lines.forEach((line, i) => (text += same && line === shown[i] ? "\n" : `${esc}K${line}\n`))
      output.write("stdout", frame(`${text}${esc}J`))
      shown = lines
      columns = output.size().columns
    },
    above: (write) => {
      const lines = shown
      output.write("stdout", `${home()}${esc}J`)
      shown = []
      write()
      if (lines.length > 0) output.write("stdout", frame(lines.map((line) => `${esc}K${line}\n`).join("")))
      shown = lines
      columns = output.size().columns
    },
    end: () => {
      if (shown.length > 0) output.write("stdout", `${home()}${esc}J`)
      shown = []
      restore()
    },
    restore
  }
}
