/**
 * Listings of executions, and how many there are, as they are now.
 */
import { type Executions, ExecutionStatus, type ExecutionSummary } from "@halte/engine/model"
import { Atom } from "effect/reactivity"
import { ask, executions, type Failure } from "../bridge/Client.ts"
import { useAtomValue } from "../bridge/Registry.ts"
import { polled } from "./Polled.ts"

export interface Listing {
  readonly executions: ReadonlyArray<ExecutionSummary.ExecutionSummary> | undefined
  readonly problem: Failure | undefined
}

const empty: Listing = { executions: undefined, problem: undefined }

const listings = Atom.family((key: string) => {
  const filter = JSON.parse(key) as Executions.ListFilter
  let last: Listing = empty
  return polled<Listing>(
    async () => {
      const answer = await ask(executions.list(filter))
      // While the server is away what was known stays.
      last =
        answer._tag === "Success"
          ? { executions: answer.success, problem: undefined }
          : { executions: last.executions, problem: answer.failure }
      return last
    },
    () => last
  )
})

export const useListing = (filter: Executions.ListFilter): Listing => useAtomValue(listings(JSON.stringify(filter)))

const none: Executions.Counts = {}

const counts = Atom.family((flow: string) => {
  let last = none
  return polled<Executions.Counts>(
    async () => {
      const answer = await ask(executions.counts(flow === "" ? {} : { flow }))
      if (answer._tag === "Success") last = answer.success
      return last
    },
    () => last
  )
})

/** How many executions there are in each state, of all flows or of one. */
export const useCounts = (flow: string | undefined): Executions.Counts => useAtomValue(counts(flow ?? ""))

/** The states of executions that have not ended. */
export const live = ExecutionStatus.ExecutionStatus.literals.filter((status) => !ExecutionStatus.isEnded(status))

/** Executions that have not ended, newest first. */
export const useLive = (): Listing => useListing({ status: live, limit: 200 })
