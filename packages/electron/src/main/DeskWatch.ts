/**
 * What changes on the desks that there are: their windows and views, and what runs. Desks come and go, and one without a
 * project gets its engine later: `update` looks again.
 */
import type { ExecutionState } from "@halte/engine/model"
import type { Desk } from "./Desk.ts"

/** What of a desk is watched. A `Desk` is one. */
export type WatchedDesk = Pick<Desk, "running" | "onChange">

export interface Options<D extends WatchedDesk> {
  readonly desks: () => ReadonlyArray<D>
  readonly onChange: () => void
  readonly onEnded?: ((desk: D, state: ExecutionState.ExecutionState) => void) | undefined
}

export interface DeskWatch {
  readonly update: () => void
  readonly close: () => void
}

interface Watched {
  readonly running: WatchedDesk["running"]
  readonly leave: () => void
}

export const make = <D extends WatchedDesk>({ desks, onChange, onEnded }: Options<D>): DeskWatch => {
  const watched = new Map<D, Watched>()
  const leaveDesk = new Map<D, () => void>()

  const watchRunning = (desk: D): void => {
    const { running } = desk
    if (watched.has(desk) && watched.get(desk)?.running === running) return
    watched.get(desk)?.leave()
    const leave = [running?.onChange(onChange), onEnded && running?.onEnded((state) => onEnded(desk, state))]
    watched.set(desk, { running, leave: () => leave.forEach((end) => end?.()) })
  }

  const forget = (desk: D): void => {
    leaveDesk.get(desk)?.()
    leaveDesk.delete(desk)
    watched.get(desk)?.leave()
    watched.delete(desk)
  }

  return {
    update: () => {
      const now = new Set(desks())
      for (const desk of leaveDesk.keys()) if (!now.has(desk)) forget(desk)
      for (const desk of now) {
        watchRunning(desk)
        if (leaveDesk.has(desk)) continue
        leaveDesk.set(
          desk,
          desk.onChange(() => {
            watchRunning(desk)
            onChange()
          })
        )
      }
    },
    close: () => {
      for (const desk of [...leaveDesk.keys()]) forget(desk)
    }
  }
}
