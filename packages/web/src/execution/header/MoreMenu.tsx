/**
 * What is asked for less often: a menu behind three dots.
 */
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react"
import { IconButton } from "../../ui/Button.tsx"

export interface MenuItem {
  readonly name: string
  readonly hint?: string | undefined
  readonly disabled?: boolean | undefined
  readonly run: () => void
}

export const MoreMenu = ({ items, up }: { readonly items: ReadonlyArray<MenuItem>; readonly up?: boolean }) => {
  const [open, setOpen] = useState(false)
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const menu = useRef<HTMLDivElement>(null)
  const entries = () => [...(menu.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])]
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  useEffect(() => {
    if (!open) return
    entries()[0]?.focus()
    const away = (event: PointerEvent) => {
      const target = event.target
      if (target instanceof Node && !menu.current?.contains(target) && !button.current?.contains(target)) setOpen(false)
    }
    addEventListener("pointerdown", away)
    return () => removeEventListener("pointerdown", away)
  }, [open])
  const key = (event: KeyboardEvent) => {
    const all = entries()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const to = (index: number) => all[(index + all.length) % all.length]?.focus()
    switch (event.key) {
      case "Escape":
        close()
        break
      case "Tab":
        setOpen(false)
        return
      case "ArrowDown":
        to(at + 1)
        break
      case "ArrowUp":
        to(at - 1)
        break
      case "Home":
        to(0)
        break
      case "End":
        to(-1)
        break
      default:
        // A letter of the menu is none of the page.
        event.stopPropagation()
        return
    }
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className={up === true ? "menu-at up" : "menu-at"}>
      <IconButton
        ref={button}
        icon="dots"
        name="More"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      />
      {open ? (
        // oxlint-disable-next-line jsx-a11y/interactive-supports-focus
        <div ref={menu} id={id} className="menu" role="menu" aria-label="More" onKeyDown={key}>
          {items.map(({ disabled, hint, name, run }) => (
            <button
              key={name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              aria-disabled={disabled === true ? true : undefined}
              onClick={() => {
                if (disabled === true) return
                close()
                run()
              }}
            >
              {name}
              {hint === undefined ? undefined : <small>{hint}</small>}
            </button>
          ))}
        </div>
      ) : undefined}
    </div>
  )
}
