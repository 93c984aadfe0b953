/**
 * The flows that can be started here, as they are now.
 */
import type { FlowDescription } from "@halte/engine/model"
import { ask, executions, type Failure } from "../bridge/Client.ts"
import { registry, useAtomValue } from "../bridge/Registry.ts"
import { polled } from "./Polled.ts"

export interface Flows {
  readonly flows: ReadonlyArray<FlowDescription.FlowDescription> | undefined
  readonly problem: Failure | undefined
}

let last: Flows = { flows: undefined, problem: undefined }

const look = async (): Promise<Flows> => {
  const answer = await ask(executions.flows)
  last =
    answer._tag === "Success"
      ? { flows: answer.success, problem: undefined }
      : { flows: last.flows, problem: answer.failure }
  return last
}

const flows = polled<Flows>(look, () => last)

export const useFlows = (): Flows => useAtomValue(flows)

/** Asks for them at once: one is known to have changed. */
export const lookAgain = async (): Promise<void> => {
  await look()
  registry.refresh(flows)
}
