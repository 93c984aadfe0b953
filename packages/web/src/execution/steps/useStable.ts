/**
 * A function that stays the same while what it does changes: thousands of steps that are given it are not drawn anew
 * because of it.
 */
import { useCallback, useLayoutEffect, useRef } from "react"

export const useStable = <A extends ReadonlyArray<unknown>>(run: (...args: A) => void): ((...args: A) => void) => {
  const latest = useRef(run)
  useLayoutEffect(() => {
    latest.current = run
  })
  return useCallback((...args: A) => latest.current(...args), [])
}
