/**
 * What the Command view says, word for word, and where in the output it says it.
 */
import { CommandWords, type ExecutionState, type LogLine, Words } from "@halte/engine/model"

export const texts = {
  running: CommandWords.running,
  sent: CommandWords.sent,
  interrupting: CommandWords.interrupting,
  interruptedByUser: "⏹ Command interrupted by user",
  interrupted: "⏹ Command interrupted",
  completed: "✓ Command completed successfully",
  nothing: CommandWords.nothing,
  busy: CommandWords.busy
} as const

/** Requests that a person, or a program of theirs, has made. */
const people: ReadonlyArray<string> = ["Cli", "Http", "Page", "Desktop", "Sdk"]

const exitCode = (state: ExecutionState.ExecutionState): number | undefined =>
  state.processes.findLast(({ attempt }) => attempt === state.attempt)?.exited?.exitCode

/** How a command ended, as its output and its status say it; `undefined` while it runs. */
export const ending = (
  state: ExecutionState.ExecutionState
): { readonly output: string; readonly status: string } | undefined => {
  switch (state.status) {
    case "Completed":
      return { output: texts.completed, status: texts.completed }
    case "Failed": {
      const failure = state.ended?.failure?.failure
      const code = exitCode(state)
      const text =
        code !== undefined && code !== 0
          ? `✗ Command failed with exit code ${code}`
          : `✗ Command failed: ${failure?.message ?? "nobody recorded why"}`
      return { output: text, status: text }
    }
    case "Interrupted": {
      const { signal } = state
      const by =
        signal === undefined
          ? `${texts.interrupted}: its engine was gone`
          : people.includes(signal.source)
            ? texts.interruptedByUser
            : `${texts.interrupted} by ${Words.door(signal)}`
      return { output: by, status: texts.interrupted }
    }
    case "Terminated":
      return { output: "■ Command terminated", status: "■ Command terminated" }
    default:
      return undefined
  }
}

export type Tone = "stopping" | "completed" | "failed" | "terminated"

export const toneOf = (state: ExecutionState.ExecutionState): Tone =>
  state.status === "Completed"
    ? "completed"
    : state.status === "Failed"
      ? "failed"
      : state.status === "Terminated"
        ? "terminated"
        : "stopping"

/** A line that the view itself says, among those of the command: after those that were written before it. */
export interface Note {
  readonly at: number
  readonly text: string
  readonly tone: Tone
}

/** What the view says about a command in its output. */
export const notes = (state: ExecutionState.ExecutionState): ReadonlyArray<Note> => {
  const asked = state.requests.filter(
    ({ attempt, kind }) => attempt === state.attempt && (kind === "first" || kind === "terminate")
  )
  const said = asked.map(({ kind, signal }): Note => ({
    at: signal.requestedAt,
    text: kind === "terminate" ? "■ Terminating now..." : texts.sent,
    tone: kind === "terminate" ? "terminated" : "stopping"
  }))
  const end = ending(state)
  return end === undefined ? said : [...said, { at: Infinity, text: end.output, tone: toneOf(state) }]
}

/** Lines and notes in the order in which they came. */
export const merged = (
  lines: ReadonlyArray<LogLine.LogLine>,
  said: ReadonlyArray<Note>
): ReadonlyArray<LogLine.LogLine | Note> => {
  if (said.length === 0) return lines
  const out: Array<LogLine.LogLine | Note> = []
  let next = 0
  for (const line of lines) {
    while (next < said.length && said[next]!.at < line.at) out.push(said[next++]!)
    out.push(line)
  }
  return [...out, ...said.slice(next)]
}

export const isNote = (item: LogLine.LogLine | Note): item is Note => "tone" in item
