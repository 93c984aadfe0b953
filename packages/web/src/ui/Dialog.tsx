/**
 * A question that has to be answered before anything else. The browser's own dialog keeps the focus inside, makes the
 * rest of the page inert and gives the focus back.
 */
import { type ReactNode, useEffect, useId, useRef } from "react"

export interface DialogProps {
  readonly title: string
  readonly picture?: ReactNode | undefined
  readonly text?: ReactNode | undefined
  readonly children?: ReactNode | undefined
  /** The buttons, the one that changes nothing first. */
  readonly actions: ReactNode
  readonly wide?: boolean | undefined
  /** By Esc, by the backdrop, by a button. */
  readonly onClose: () => void
  /** By mod+Enter. */
  readonly onConfirm?: (() => void) | undefined
}

export const Dialog = ({ actions, children, onClose, onConfirm, picture, text, title, wide }: DialogProps) => {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    if (dialog === null) return
    const before = document.activeElement
    if (!dialog.open) dialog.showModal()
    dialog.querySelector<HTMLElement>("[data-autofocus]")?.focus()
    return () => {
      dialog.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      className={`dialog${wide === true ? " wide" : ""}`}
      aria-labelledby={`${id}-title`}
      aria-describedby={text === undefined ? undefined : `${id}-text`}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={(event) => {
        if (event.target === event.currentTarget) onClose()
      }}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && onConfirm !== undefined) {
          event.preventDefault()
          onConfirm()
        }
      }}
    >
      <div className="bd">
        {picture}
        <div className={picture === undefined ? "alone" : undefined}>
          <h2 id={`${id}-title`}>{title}</h2>
          {text === undefined ? undefined : <p id={`${id}-text`}>{text}</p>}
        </div>
        {children === undefined ? undefined : <div className="more">{children}</div>}
      </div>
      <div className="ft">{actions}</div>
    </dialog>
  )
}
