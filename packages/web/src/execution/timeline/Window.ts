/**
 * Which rows of a long list are there: those that are seen, and some around them.
 */
import { type RefObject, useCallback, useEffect, useState } from "react"

export interface Range {
  readonly from: number
  readonly to: number
}

/** Up to so many rows are all there. */
export const most = 200
const around = 12

export const rangeOf = (count: number, rowHeight: number, top: number, height: number): Range => {
  if (count <= most) return { from: 0, to: count }
  const from = Math.max(0, Math.floor(top / rowHeight) - around)
  // In steps of a few rows: scrolling by a pixel changes nothing.
  const to = Math.min(count, Math.ceil((top + height) / rowHeight) + around)
  return { from: from - (from % 4), to: Math.min(count, to + 4 - (to % 4)) }
}

export const useWindow = (scroller: RefObject<HTMLElement | null>, count: number, rowHeight: number): Range => {
  const [range, setRange] = useState<Range>(() => rangeOf(count, rowHeight, 0, 800))
  const look = useCallback(() => {
    const element = scroller.current
    const next = rangeOf(count, rowHeight, element?.scrollTop ?? 0, element?.clientHeight ?? 800)
    setRange((last) => (last.from === next.from && last.to === next.to ? last : next))
  }, [count, rowHeight, scroller])
  useEffect(() => {
    look()
    const element = scroller.current
    if (element === null) return
    element.addEventListener("scroll", look, { passive: true })
    const observer = new ResizeObserver(look)
    observer.observe(element)
    return () => {
      element.removeEventListener("scroll", look)
      observer.disconnect()
    }
  }, [look, scroller])
  // A list that has just become shorter or longer is looked at anew before it is drawn.
  return range.to > count || count <= most ? rangeOf(count, rowHeight, 0, 800) : range
}
