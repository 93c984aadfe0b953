/**
 * What is asked for again and again while somebody looks: the server answers that nothing has changed with a few bytes.
 */
import { Atom } from "effect/reactivity"

const everyMillis = 1000

/** Asks now, then every second, and not while nobody sees the page. `known` is what there is until the first answer. */
export const polled = <A>(query: () => Promise<A>, known: () => A): Atom.Atom<A> =>
  Atom.readable<A>((get) => {
    let stopped = false
    let asking = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const next = async () => {
      timer = undefined
      asking = true
      const answer = await query()
      asking = false
      if (stopped) return
      get.setSelf(answer)
      if (!document.hidden) timer = setTimeout(() => void next(), everyMillis)
    }
    const shown = () => {
      if (!document.hidden && timer === undefined && !asking) void next()
    }
    document.addEventListener("visibilitychange", shown)
    void next()
    get.addFinalizer(() => {
      stopped = true
      clearTimeout(timer)
      document.removeEventListener("visibilitychange", shown)
    })
    return known()
  })
