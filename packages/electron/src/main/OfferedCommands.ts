/**
 * Which commands a menu offers for an execution as it stands, and how they are called meanwhile. The engine's own table
 * decides; what it would accept without any effect is not offered.
 */
import { CommandTable, type ExecutionState } from "@halte/engine/model"

export interface Offer {
  readonly label: string
  readonly enabled: boolean
}

/** Taking back is offered by the page alone, which shows what it would take back. */
export type Offers = { readonly [C in Exclude<CommandTable.Command, "undo">]: Offer }

export const labels = {
  interrupt: "Interrupt",
  pause: "Pause",
  resume: "Resume",
  terminate: "Terminate now…"
} as const

/** Of no execution: nothing. */
export const none: Offers = {
  interrupt: { label: labels.interrupt, enabled: false },
  pause: { label: labels.pause, enabled: false },
  resume: { label: labels.resume, enabled: false },
  terminate: { label: labels.terminate, enabled: false }
}

export const of = ({ status, strategy }: Pick<ExecutionState.ExecutionState, "status" | "strategy">): Offers => {
  const does = (command: CommandTable.Command, ...answers: ReadonlyArray<CommandTable.Answer["_tag"]>) =>
    answers.includes(CommandTable.answer(status, command)._tag)
  // Force comes after an interrupt, or where an interrupt does nothing.
  const isForced = status === "Interrupting" || (strategy._tag === "IgnoreInterruptions" && status !== "Pending")
  return {
    interrupt: {
      label: status === "Interrupting" ? "Interrupting…" : labels.interrupt,
      enabled: does("interrupt", "Go")
    },
    pause: { label: status === "Pausing" ? "Pausing…" : labels.pause, enabled: does("pause", "Go") },
    resume: { label: labels.resume, enabled: does("resume", "Go", "Attempt") },
    terminate: {
      label: status === "Terminating" ? "Terminating…" : labels.terminate,
      enabled: isForced && does("terminate", "Go")
    }
  }
}
