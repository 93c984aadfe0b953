/**
 * Which groups of an execution are closed: the same in the graph, in the timeline and in the line of steps.
 */
import type { ExecutionState } from "@halte/engine/model"
import { Atom } from "effect/reactivity"
import { useCallback, useMemo } from "react"
import { registry, useAtomValue } from "../../bridge/Registry.ts"
import { ancestors, closedAtFirst, places } from "./StepRows.ts"

/** What a person has opened (`false`) and closed (`true`), by id; of the other groups the size of the flow decides. */
type Choices = ReadonlyMap<string, boolean>

const choices = Atom.family((_execution: string) => Atom.keepAlive(Atom.make<Choices>(new Map())))

export interface Groups {
  readonly collapsed: ReadonlySet<string>
  readonly toggle: (group: string) => void
  /** Opens every group around a step. */
  readonly reveal: (step: string) => void
}

export const useGroups = ({ definition, id }: Pick<ExecutionState.ExecutionState, "definition" | "id">): Groups => {
  const atom = choices(id)
  const chosen = useAtomValue(atom)
  const collapsed = useMemo(() => {
    const out = new Set(closedAtFirst(definition.steps))
    for (const [group, closed] of chosen)
      if (closed) out.add(group)
      else out.delete(group)
    return out
  }, [chosen, definition])
  const toggle = useCallback(
    (group: string) => registry.set(atom, new Map(registry.get(atom)).set(group, !collapsed.has(group))),
    [atom, collapsed]
  )
  const reveal = useCallback(
    (step: string) => {
      const closed = ancestors(places(definition), step).filter((group) => collapsed.has(group))
      if (closed.length === 0) return
      const next = new Map(registry.get(atom))
      for (const group of closed) next.set(group, false)
      registry.set(atom, next)
    },
    [atom, collapsed, definition]
  )
  return { collapsed, toggle, reveal }
}
