/**
 * The command of this server: at most one runs, and every tab shows the same one. A tab may look at an earlier one while
 * none runs.
 */
import {
  CommandParams,
  type ExecutionId,
  type ExecutionState,
  ExecutionStatus,
  type ExecutionSummary
} from "@halte/engine/model"
import { useEffect, useState } from "react"
import { ask, executions } from "../bridge/Client.ts"
import { live, useListing } from "../live/ExecutionList.ts"

/** Commands of `halte exec` in a terminal have that terminal: they are listed, and not the command of this view. */
const isOfServer = ({ source }: ExecutionSummary.ExecutionSummary): boolean => source !== "Cli"

export interface Current {
  /** The command that is shown. */
  readonly id: string | undefined
  readonly recent: ReadonlyArray<ExecutionSummary.ExecutionSummary>
  /** Shows a command: one that was just started, or an earlier one. */
  readonly show: (id: string | undefined) => void
}

export const useCommand = (): Current => {
  const [shown, show] = useState<string>()
  const running = useListing({ flow: CommandParams.flow, status: live, limit: 20 }).executions
  const recent = useListing({ flow: CommandParams.flow, limit: 8 }).executions ?? []
  const own = running?.find(isOfServer)?.id
  // What runs comes first, whoever started it.
  useEffect(() => {
    if (own !== undefined) show(own)
  }, [own])
  return { id: shown, recent, show }
}

const known = new Map<string, ExecutionState.ExecutionState>()

/** The states of some executions, asked for once each when they have ended. */
export const useStates = (
  summaries: ReadonlyArray<ExecutionSummary.ExecutionSummary>
): ReadonlyMap<string, ExecutionState.ExecutionState> => {
  const [, changed] = useState(0)
  const wanted = summaries.map(({ id, sequence }) => `${id} ${sequence}`).join(" ")
  useEffect(() => {
    let gone = false
    const load = async () => {
      for (const { id, sequence } of summaries) {
        const before = known.get(id)
        if (before !== undefined && (before.sequence >= sequence || !ExecutionStatus.isEnded(before.status))) continue
        const answer = await ask(executions.get(id as ExecutionId.ExecutionId))
        if (gone) return
        if (answer._tag === "Success") {
          known.set(id, answer.success)
          changed((n) => n + 1)
        }
      }
    }
    void load()
    return () => {
      gone = true
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the summaries are new objects each second; their sequences say when they changed
  }, [wanted])
  return known
}

/** The line of a command, as it was typed. */
export const lineOf = (state: ExecutionState.ExecutionState | undefined): string | undefined =>
  CommandParams.lineOf(state?.params)
