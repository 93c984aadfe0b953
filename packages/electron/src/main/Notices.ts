/**
 * What a person should know, until they have seen it. The same is not said twice at a time, and it never gets more than
 * somebody would read.
 */
import { ControlSequences } from "@halte/engine/model"
import type { Notice } from "@halte/web/DesktopBridge"

/** Older ones go. */
export const most = 20

/** Characters of one, which is sent to the page again with each change. */
const longest = 4000

/** A text as it is shown: nothing in it controls what shows it, and it has an end. */
export const shown = (text: string): string => {
  const lines = text.split("\n").map(ControlSequences.strip).join("\n")
  if (lines.length <= longest) return lines
  // A half of a character is none.
  return `${lines.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, "")}…`
}

export interface Notices {
  readonly all: ReadonlyArray<Notice>
  /** Answers whether it is new. */
  readonly add: (text: string) => boolean
  /** Answers whether there was one of this id. */
  readonly dismiss: (id: number) => boolean
}

export const make = (): Notices => {
  let all: ReadonlyArray<Notice> = []
  let ids = 0
  return {
    get all() {
      return all
    },
    add: (given) => {
      const text = shown(given)
      if (all.some((notice) => notice.text === text)) return false
      all = [...all, { id: ++ids, text }].slice(-most)
      return true
    },
    dismiss: (id) => {
      const before = all.length
      all = all.filter((notice) => notice.id !== id)
      return all.length < before
    }
  }
}
