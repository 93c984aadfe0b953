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

export const Empty = ({ children, title }: { readonly title: string; readonly children?: ReactNode }) => (
  <div className="empty">
    <h2>{title}</h2>
    {children}
  </div>
)
