/**
 * How long the steps of a flow usually take: asked for once per execution that is looked at, from the last ones that
 * completed.
 */
import type { ExecutionState } from "@halte/engine/model"
import { Atom } from "effect/reactivity"
import { ask, executions } from "../../bridge/Client.ts"
import { useAtomValue } from "../../bridge/Registry.ts"
import { usual } from "./Forecast.ts"

export const counted = 5

export interface Usual {
  readonly durations: ReadonlyMap<string, number>
  /** From how many executions. */
  readonly from: number
}

const nothing: Usual = { durations: new Map(), from: 0 }

const usuals = Atom.family((key: string) =>
  Atom.keepAlive(
    Atom.readable<Usual>((get) => {
      const [flow] = JSON.parse(key) as [string, string]
      const read = async () => {
        const found = await ask(executions.list({ flow, status: ["Completed"], limit: counted }))
        if (found._tag === "Failure") return
        const states: Array<ExecutionState.ExecutionState> = []
        for (const { id } of found.success) {
          const state = await ask(executions.get(id))
          // What is gone by now is one less to count.
          if (state._tag === "Success") states.push(state.success)
        }
        if (states.length > 0) get.setSelf({ durations: usual(states), from: states.length })
      }
      void read()
      return nothing
    })
  )
)

const none = Atom.keepAlive(Atom.make<Usual>(nothing))

/** Nothing is asked for an execution that is over. */
export const useUsual = ({ flow, id }: ExecutionState.ExecutionState, wanted: boolean): Usual =>
  useAtomValue<Usual>(wanted ? usuals(JSON.stringify([flow, id])) : none)
