/**
 * The keys that confirm, as they are printed on this keyboard.
 */
const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

export const ConfirmKey = () => <kbd aria-hidden="true">{isApple ? "⌘ ↵" : "ctrl ↵"}</kbd>
