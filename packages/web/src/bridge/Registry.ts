/**
 * The bridge between the state of the page (atoms of effect/reactivity) and React: one registry for the whole page, and
 * a hook that reads an atom. The published bridge to React requires an older Effect.
 */
import { Atom, AtomRegistry } from "effect/reactivity"
import { useCallback, useSyncExternalStore } from "react"

/** Atoms that nobody reads any more live on for a moment: going back to a view finds it as it was. */
export const registry = AtomRegistry.make({ defaultIdleTTL: 2000 })

export const useAtomValue = <A>(atom: Atom.Atom<A>): A => {
  const subscribe = useCallback((changed: () => void) => registry.subscribe(atom, changed), [atom])
  const read = useCallback(() => registry.get(atom), [atom])
  return useSyncExternalStore(subscribe, read, read)
}

export const set = <R, W>(atom: Atom.Writable<R, W>, value: W): void => registry.set(atom, value)
