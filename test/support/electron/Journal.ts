/**
 * What was done to the stand-in of Electron, in order: each call that a person, or the system, would have seen.
 */
export interface Call {
  /** Where: `app`, `window 1`, `tray`, `shell`… */
  readonly on: string
  readonly name: string
  readonly args: ReadonlyArray<unknown>
}

export const journal: Array<Call> = []

export const record = (on: string, name: string, ...args: ReadonlyArray<unknown>): void => {
  journal.push({ on, name, args })
}
