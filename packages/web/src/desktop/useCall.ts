/**
 * What a button asks of the desktop: pending while it is on its way, and why it was refused.
 */
import { useCallback, useEffect, useRef, useState } from "react"
import { announce } from "../ui/Announcer.tsx"
import { desktop } from "./Desktop.ts"
import type { DesktopBridge } from "./DesktopBridge.ts"

export interface Call {
  /** The button whose answer is waited for. */
  readonly pending: string | undefined
  readonly problem: { readonly message: string } | undefined
  readonly clear: () => void
  /** `button` is its name: one of several. */
  readonly give: (button: string, ask: (bridge: DesktopBridge) => Promise<unknown>) => void
}

export const useCall = (): Call => {
  const [pending, setPending] = useState<string>()
  const [problem, setProblem] = useState<{ readonly message: string }>()
  const mounted = useRef(true)
  useEffect(() => {
    mounted.current = true
    return () => {
      mounted.current = false
    }
  }, [])
  const give = useCallback((button: string, ask: (bridge: DesktopBridge) => Promise<unknown>) => {
    if (desktop === undefined) return
    setPending(button)
    setProblem(undefined)
    ask(desktop)
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error)
        announce(message, "alert")
        if (mounted.current) setProblem({ message })
      })
      .finally(() => {
        if (mounted.current) setPending(undefined)
      })
  }, [])
  const clear = useCallback(() => setProblem(undefined), [])
  return { pending, problem, clear, give }
}
