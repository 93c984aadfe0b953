/**
 * What a view is drawn from: the state of the execution and the little that is not in it. Drawing is a pure function of
 * this, so that a view can be tested at any moment and any size.
 */
import type { ExecutionState } from "@halte/engine/model"
import type { Look } from "./Look.ts"

export interface Size {
  readonly columns: number
  readonly rows: number
}

export interface Picture {
  readonly state: ExecutionState.ExecutionState
  /** Milliseconds since 1970. */
  readonly now: number
  readonly size: Size
  readonly look: Look
  /** How often this terminal has asked to stop. */
  readonly asked: number
  /** Ctrl-C leaves this screen and stops nothing. */
  readonly watching?: boolean | undefined
  /** Milliseconds that a running step still needs, where that is known. */
  readonly timeLeft: (step: string) => number | undefined
  /** The last line that a step wrote, safe for a terminal. */
  readonly lastLine: (step: string) => string | undefined
  /** The row that the arrow keys chose. */
  readonly selected?: string | undefined
  /** What has to be known beside the state: that the connection is lost. */
  readonly notice?: string | undefined
  /** Keys that work at this moment, for the last line. */
  readonly keys: ReadonlyArray<string>
}

/** Where the columns of the tree begin, from the width of the terminal and the names in it. */
export interface Columns {
  readonly width: number
  /** 100 columns and more have room for words where fewer have signs. */
  readonly wide: boolean
  /** The column of what comes after the name. */
  readonly detail: number
  /** The width of the duration that stands first there. */
  readonly time: number
  readonly bar: number
}

export const columns = (width: number, longestName: number): Columns => {
  const wide = width >= 100
  const detail = Math.min(
    Math.max(longestName + 2, wide ? 22 : width >= 60 ? 16 : 0),
    Math.floor(width * (wide ? 0.4 : 0.45))
  )
  const bar = wide ? width - detail - 64 : width - detail - 40
  return { width, wide, detail, time: wide ? 9 : 8, bar: Math.max(6, Math.min(bar, 40)) }
}
