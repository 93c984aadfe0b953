/**
 * The states as pictures: the same drawings on every system. They never stand alone: the word is beside them, or in the
 * name of what they are in.
 */
import { type ExecutionStatus, Words } from "@halte/engine/model"

export type AnyStatus = ExecutionStatus.ExecutionStatus | ExecutionStatus.StepStatus

/** What a person reads for a state. A step that has not begun reads otherwise once its execution has ended. */
export const word = Words.state

/** The class that sets the colour of a state for everything inside. */
export const stateClass = (status: AnyStatus): string => `s-${look(status)}`

const look = (status: AnyStatus): string => {
  switch (status) {
    case "Pending":
    case "Waiting":
      return "waiting"
    case "Pausing":
      return "paused"
    case "Terminating":
      return "terminated"
    default:
      return status.toLowerCase()
  }
}

const moving = (status: AnyStatus): boolean => status === "Running" || status === "Interrupting"

export const Glyph = ({ status }: { readonly status: AnyStatus }) => (
  <svg className={`g ${stateClass(status)}${moving(status) ? " spin" : ""}`} viewBox="0 0 14 14" aria-hidden="true">
    {drawing(status)}
  </svg>
)

const drawing = (status: AnyStatus) => {
  switch (look(status)) {
    case "running":
      return half("M7 1.8a5.2 5.2 0 0 0 0 10.4z")
    case "paused":
      return half("M7 1.8a5.2 5.2 0 0 1 0 10.4z")
    case "interrupting":
      return half("M1.8 7a5.2 5.2 0 0 0 10.4 0z")
    case "interrupted":
      return <path d="M4.6 2.4v9.2M9.4 2.4v9.2" strokeWidth="2.4" />
    case "completed":
      return <path d="m2.2 7.6 3.2 3.2 6.4-7.4" strokeWidth="2" />
    case "failed":
      return <path d="m3 3 8 8m0-8-8 8" strokeWidth="2" />
    case "skipped":
      return (
        <>
          <circle cx="7" cy="7" r="5.2" />
          <path d="m3.5 10.5 7-7" />
        </>
      )
    case "terminated":
      return <rect x="2.6" y="2.6" width="8.8" height="8.8" rx="1" fill="currentColor" stroke="none" />
    default:
      return <circle cx="7" cy="7" r="5" />
  }
}

const half = (path: string) => (
  <>
    <circle cx="7" cy="7" r="5.2" />
    <path d={path} fill="currentColor" stroke="none" />
  </>
)

/** Glyph and word. */
export const State = ({ ended, status }: { readonly status: AnyStatus; readonly ended?: boolean }) => (
  <span className={`state ${stateClass(status)}`}>
    <Glyph status={status} />
    {word(status, ended)}
  </span>
)

/** Glyph and word, as a chip. */
export const StateChip = ({ ended, status }: { readonly status: AnyStatus; readonly ended?: boolean }) => (
  <span className={`chip ${stateClass(status)}`}>
    <Glyph status={status} />
    {word(status, ended)}
  </span>
)
