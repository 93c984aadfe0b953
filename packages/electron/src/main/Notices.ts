/**
 * What a person should know, until they have seen it. The same is not said twice at a time, and it never gets more than
 * somebody would read.
 */
import type { Notice } from "@halte/web/DesktopBridge"

/** Older ones go. */
export const most = 20

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
    add: (text) => {
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
