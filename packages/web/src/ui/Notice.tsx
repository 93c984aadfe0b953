/**
 * What went wrong, why, and what to do; and what is not there yet.
 */
import type { ReactNode } from "react"
import type { Failure } from "../bridge/Client.ts"
import { Button } from "./Button.tsx"
import { Icon } from "./Icon.tsx"

export const Problem = ({
  children,
  error,
  onClose
}: {
  readonly error: Pick<Failure, "message">
  readonly onClose?: (() => void) | undefined
  readonly children?: ReactNode
}) => (
  <div className="notice bad" role="alert">
    <Icon name="warning" />
    <p>{error.message}</p>
    {children}
    {onClose === undefined ? undefined : (
      <Button small kind="quiet" onClick={onClose}>
        Close
      </Button>
    )}
  </div>
)

/** `whole`: there is nothing else in the view, and its title is that of the page. */
export const Empty = ({
  children,
  title,
  whole
}: {
  readonly title: string
  readonly whole?: boolean
  readonly children?: ReactNode
}) => (
  <div className="empty">
    {whole === true ? <h1>{title}</h1> : <h2>{title}</h2>}
    {children}
  </div>
)
