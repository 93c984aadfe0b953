/**
 * The flow files of which somebody waits to hear which flow they are. The engine says it; where it does not, because it
 * has ended, could not be started, or is too busy, that is said instead.
 */
import { basename } from "node:path"

/** `Wrong`: what is wrong with the file, or why it is not known, for people. */
export type OpenedFile =
  | { readonly _tag: "Flow"; readonly name: string }
  | { readonly _tag: "Wrong"; readonly text: string }

export interface OpenedFiles {
  /** Those that are waited for, each once. */
  readonly files: () => ReadonlyArray<string>
  /** Settles with what is said of the file, or with that nothing was in time. */
  readonly wait: (file: string) => Promise<OpenedFile>
  readonly said: (file: string, opened: OpenedFile) => void
  /** Nothing will be said: `why` as it follows a colon. */
  readonly unsaid: (why: string) => void
}

export const make = (options: { readonly waitMillis: number }): OpenedFiles => {
  const { waitMillis } = options
  const waiting = new Map<string, Set<(opened: OpenedFile) => void>>()
  const said = (file: string, opened: OpenedFile): void => {
    const settles = waiting.get(file)
    waiting.delete(file)
    for (const settle of settles ?? []) settle(opened)
  }
  const unsaid = (why: string): void => {
    for (const file of [...waiting.keys()]) said(file, wrong(file, why))
  }
  return {
    files: () => [...waiting.keys()],
    wait: (file) =>
      new Promise((resolve) => {
        const settles = waiting.get(file) ?? new Set()
        waiting.set(file, settles)
        const settle = (opened: OpenedFile): void => {
          clearTimeout(late)
          resolve(opened)
        }
        const late = setTimeout(() => {
          settles.delete(settle)
          if (settles.size === 0 && waiting.get(file) === settles) waiting.delete(file)
          resolve(wrong(file, `the engine has not said within ${waitMillis / 1_000} s which flow it is`))
        }, waitMillis)
        settles.add(settle)
      }),
    said,
    unsaid
  }
}

/** The engine remembers the file: it need not be opened again. */
const wrong = (file: string, why: string): OpenedFile => ({
  _tag: "Wrong",
  text: `\`${basename(file)}\` could not be opened: ${why.replace(/\.$/, "")}. It is among the flows of its project once an engine has read it.`
})
