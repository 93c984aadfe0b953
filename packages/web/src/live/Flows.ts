/**
 * The flows that can be started here.
 */
import type { FlowDescription } from "@halte/engine/model"
import { ask, executions, type Failure } from "../bridge/Client.ts"
import { useAtomValue } from "../bridge/Registry.ts"
import { polled } from "./ExecutionList.ts"

export interface Flows {
  readonly flows: ReadonlyArray<FlowDescription.FlowDescription> | undefined
  readonly problem: Failure | undefined
}

let last: Flows = { flows: undefined, problem: undefined }

const flows = polled<Flows>(async () => {
  const answer = await ask(executions.flows)
  last =
    answer._tag === "Success"
      ? { flows: answer.success, problem: undefined }
      : { flows: last.flows, problem: answer.failure }
  return last
}, last)

export const useFlows = (): Flows => useAtomValue(flows)
