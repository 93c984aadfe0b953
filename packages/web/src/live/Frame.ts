/**
 * Many changes in a frame are one change of the page. In a tab that nobody sees there are no frames: there a timer does.
 */
const hiddenMillis = 250

/** Runs a function at most once a frame, however often it is asked for. */
export const oncePerFrame = (run: () => void): { readonly ask: () => void; readonly stop: () => void } => {
  let frame: number | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    if (frame !== undefined) cancelAnimationFrame(frame)
    if (timer !== undefined) clearTimeout(timer)
    frame = undefined
    timer = undefined
  }
  const now = () => {
    stop()
    run()
  }
  return {
    ask: () => {
      if (timer !== undefined) return
      // Whichever comes first: a tab may be hidden after it has asked.
      frame = requestAnimationFrame(now)
      timer = setTimeout(now, hiddenMillis)
    },
    stop
  }
}
