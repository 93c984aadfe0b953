/**
 * A request of a button: pending while it is on its way, and what was wrong with it. A button shows what it asked for,
 * never what it hopes for: the new state comes with the events.
 */
import type { Effect } from "effect"
import { useCallback, useEffect, useRef, useState } from "react"
import { announce } from "../ui/Announcer.tsx"
import { ask, type Failure } from "./Client.ts"

export interface Pending<A> {
  readonly pending: boolean
  readonly problem: Failure | undefined
  readonly clear: () => void
  /** Gives the command; the answer is `undefined` when it was refused or did not get there. */
  readonly give: (effect: Effect.Effect<A, Failure>) => Promise<A | undefined>
}

export const usePending = <A>(): Pending<A> => {
  const [pending, setPending] = useState(false)
  const [problem, setProblem] = useState<Failure>()
  const mounted = useRef(true)
  useEffect(() => {
    mounted.current = true
    return () => {
      mounted.current = false
    }
  }, [])
  const give = useCallback(async (effect: Effect.Effect<A, Failure>) => {
    setPending(true)
    setProblem(undefined)
    const answer = await ask(effect)
    if (mounted.current) setPending(false)
    if (answer._tag === "Success") return answer.success
    if (mounted.current) setProblem(answer.failure)
    announce(answer.failure.message, "alert")
    return undefined
  }, [])
  const clear = useCallback(() => setProblem(undefined), [])
  return { pending, problem, clear, give }
}
