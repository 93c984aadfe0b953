/**
 * Buttons: default, primary (ink), halt (the sign), force (purple outline), quiet; and pending, which says what was
 * asked for and can't be pressed until the answer is there.
 */
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react"
import { Icon, type IconName } from "./Icon.tsx"

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: "primary" | "halt" | "force" | "quiet" | undefined
  readonly icon?: IconName | undefined
  readonly small?: boolean | undefined
  readonly pending?: boolean | undefined
  /** The key that does the same. */
  readonly shortcut?: string | undefined
  readonly ref?: Ref<HTMLButtonElement> | undefined
}

export const Button = (props: ButtonProps) => {
  const { children, className, disabled, icon, kind, pending, shortcut, small, type = "button", ...rest } = props
  const classes = [
    "b",
    kind === undefined || pending === true ? undefined : `b-${kind}`,
    small === true ? "b-small" : undefined,
    pending === true ? "pending" : undefined,
    className
  ]
  return (
    <button
      {...rest}
      type={type}
      className={classes.filter((name) => name !== undefined).join(" ")}
      disabled={disabled === true || pending === true}
    >
      {icon === undefined || pending === true ? undefined : <Icon name={icon} />}
      {children}
      {shortcut === undefined || disabled === true || pending === true ? undefined : (
        <kbd aria-hidden="true">{shortcut}</kbd>
      )}
    </button>
  )
}

/** A button that is only a picture: its name is said, and shown on pointing at it. */
export const IconButton = ({
  className,
  icon,
  name,
  ...rest
}: Omit<ButtonProps, "children" | "name"> & { readonly icon: IconName; readonly name: ReactNode & string }) => (
  <Button
    {...rest}
    className={`b-icon${className === undefined ? "" : ` ${className}`}`}
    aria-label={name}
    title={name}
  >
    <Icon name={icon} />
  </Button>
)
