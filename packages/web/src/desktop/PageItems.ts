/**
 * What a menu asks of the page goes to the view that does it. One that is asked for before its view is there waits for it.
 */
import { useEffect, useRef } from "react"
import { desktop } from "./Desktop.ts"
import type { PageItem } from "./DesktopBridge.ts"

/** Does it, and says so; or it is for another view. */
type Handler = (item: PageItem) => boolean

const handlers = new Set<Handler>()
let waiting: PageItem | undefined

desktop?.onMenu((item) => {
  waiting = [...handlers].some((handler) => handler(item)) ? undefined : item
})

/** Hears items of the menu for as long as the view is there. */
export const usePageItems = (handler: Handler): void => {
  const newest = useRef(handler)
  newest.current = handler
  useEffect(() => {
    const own: Handler = (item) => newest.current(item)
    handlers.add(own)
    if (waiting !== undefined && own(waiting)) waiting = undefined
    return () => {
      handlers.delete(own)
    }
  }, [])
}
