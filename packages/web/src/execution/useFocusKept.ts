/**
 * A button that goes away, or can't be pressed any more, gives its focus to a neighbour: nobody who uses the keyboard
 * has to begin again at the top of the page.
 */
import { type RefObject, useEffect, useLayoutEffect, useRef } from "react"

const focusable = 'button:not(:disabled), a[href], input:not(:disabled), [tabindex]:not([tabindex="-1"])'

const isDisabled = (element: Element): boolean => element instanceof HTMLButtonElement && element.disabled

export const useFocusKept = (container: RefObject<HTMLElement | null>): void => {
  const last = useRef<Element | undefined>(undefined)
  useEffect(() => {
    const focused = (event: FocusEvent) => {
      const target = event.target
      // A question that is asked meanwhile gives the focus back.
      if (target instanceof Element && target.closest("dialog") !== null) return
      last.current = target instanceof Element && container.current?.contains(target) === true ? target : undefined
    }
    const pressed = (event: PointerEvent) => {
      const target = event.target
      if (target instanceof Element && target.closest("dialog") !== null) return
      if (!(target instanceof Element) || container.current?.contains(target) !== true) last.current = undefined
    }
    addEventListener("focusin", focused)
    addEventListener("pointerdown", pressed)
    return () => {
      removeEventListener("focusin", focused)
      removeEventListener("pointerdown", pressed)
    }
  }, [container])
  useLayoutEffect(() => {
    const was = last.current
    if (was === undefined || (was.isConnected && !isDisabled(was))) return
    const now = document.activeElement
    if (now !== null && now !== document.body && now !== was) return
    const next =
      container.current?.querySelector<HTMLElement>(focusable) ?? document.querySelector<HTMLElement>("#main")
    next?.focus()
  })
}
