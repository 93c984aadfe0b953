/**
 * Every step in exactly one list: done, interrupted at, failed, terminated, skipped, not started.
 */
import { DurationText, type ExecutionState, ExecutionStatus } from "@halte/engine/model"
import { useState } from "react"
import { Link } from "../../route/Navigation.tsx"
import * as Route from "../../route/Route.ts"
import { Button } from "../../ui/Button.tsx"
import { Glyph, stateClass } from "../../ui/Glyph.tsx"
import * as StopWords from "../StopWords.ts"

type State = ExecutionState.ExecutionState

interface Part {
  readonly status: ExecutionStatus.StepStatus
  readonly name: string
  readonly steps: ReadonlyArray<string>
}

/** In the order in which they ended, which is how people remember it. */
const ended = (state: State, ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...ids].sort((a, b) => (state.steps.get(a)?.endedAt ?? 0) - (state.steps.get(b)?.endedAt ?? 0))

const partsOf = (state: State): ReadonlyArray<Part> => {
  const partition = state.ended?.partition
  if (partition === undefined) return []
  const all: ReadonlyArray<Part> = [
    { status: "Failed", name: "Failed", steps: ended(state, partition.failed) },
    { status: "Completed", name: "Done", steps: ended(state, partition.completed) },
    {
      status: "Interrupted",
      name: "Interrupted at",
      steps: ended(
        state,
        partition.interrupted.map(({ step }) => step)
      )
    },
    { status: "Terminated", name: "Terminated", steps: ended(state, partition.terminated) },
    { status: "Skipped", name: "Skipped", steps: partition.skipped },
    { status: "Waiting", name: "Not started", steps: partition.notStarted }
  ]
  return all.filter(({ name, steps }) => steps.length > 0 || name === "Done")
}

export const PartitionLists = ({ state }: { readonly state: State }) => {
  const parts = partsOf(state)
  return (
    <div className={`part of-${Math.min(4, parts.length)}`}>
      {parts.map((part) => (
        <List key={part.name} part={part} state={state} />
      ))}
    </div>
  )
}

const most = 12

const List = ({ part, state }: { readonly part: Part; readonly state: State }) => {
  const [shown, setShown] = useState(most)
  const { name, status, steps } = part
  return (
    <div>
      <h3 className={stateClass(status)}>
        <Glyph status={status} />
        {name} <b>{DurationText.count(steps.length)}</b>
      </h3>
      <ul aria-label={name}>
        {steps.slice(0, shown).map((id) => (
          <li key={id}>
            <Link to={Route.execution(state.id, { tab: "graph", step: id })}>{id}</Link>
            <span>{detail(state, id, status)}</span>
          </li>
        ))}
      </ul>
      {steps.length > shown ? (
        <Button small kind="quiet" onClick={() => setShown(shown + 200)}>
          {DurationText.count(steps.length - shown)} more
        </Button>
      ) : undefined}
    </div>
  )
}

const detail = (state: State, id: string, status: ExecutionStatus.StepStatus): string => {
  const step = state.steps.get(id)
  const description = StopWords.describe(state, id)
  switch (status) {
    case "Completed":
      return `${step?.tookMillis === undefined ? "" : DurationText.text(step.tookMillis)}${step !== undefined && step.attempt < state.attempt ? `, attempt ${step.attempt}` : ""}`
    case "Interrupted":
      return StopWords.stoppedAt(state, id).replace(/^at /, "")
    case "Failed":
      return step?.failure === undefined ? "" : StopWords.failureText(step.failure)
    case "Terminated":
      return StopWords.stoppedAt(state, id)
    case "Skipped":
      return step?.skipped === "input-skipped" ? "its input was skipped" : "its condition was not met"
    default:
      return description === undefined || description.kind === "process" || description.kind === "function"
        ? ""
        : description.kind === "http"
          ? (/^[A-Z]+/.exec(description.detail ?? "")?.[0] ?? "HTTP")
          : StopWords.kindWord[description.kind].toLowerCase()
  }
}
