/**
 * The kinds of requests to stop, for people.
 */
import type { ExecutionHistory } from "@halte/engine/model"

export const kindText: Readonly<Record<ExecutionHistory.Request["kind"], string>> = {
  first: "Interrupt requested",
  repeat: "Requested again",
  late: "Requested too late",
  terminate: "Terminate requested"
}
