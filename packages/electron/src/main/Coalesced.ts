/**
 * Many changes, done something about once: soon after the first of them, and not again before some time has passed.
 */
export interface Coalesced {
  /** Something has changed. */
  readonly ask: () => void
  /** Does it now, for whatever was asked so far. */
  readonly now: () => void
  readonly close: () => void
}

/** `millis` pass between two runs at least, unless `now` is asked for. */
export const make = (run: () => void, millis: number): Coalesced => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false
  let ranAt = Number.NEGATIVE_INFINITY
  const now = () => {
    clearTimeout(timer)
    timer = undefined
    if (isClosed) return
    ranAt = performance.now()
    run()
  }
  return {
    ask: () => {
      if (isClosed || timer !== undefined) return
      timer = setTimeout(now, Math.max(0, ranAt + millis - performance.now()))
    },
    now,
    close: () => {
      isClosed = true
      clearTimeout(timer)
      timer = undefined
    }
  }
}
