/**
 * What came of an execution: where exactly it stopped or failed, what is done and what is not, how each process ended,
 * who asked and when, and how it goes on.
 */
import type { ExecutionState } from "@halte/engine/model"
import { type ReactNode, useEffect, useRef } from "react"
import type { Feed } from "../../live/ExecutionFeed.ts"
import type { Stopping } from "../../stopping/useStopping.tsx"
import { Glyph, stateClass } from "../../ui/Glyph.tsx"
import { Pole } from "../../ui/Icon.tsx"
import { Attempts } from "./Attempts.tsx"
import { Failure } from "./Failure.tsx"
import { counts, half, headline } from "./Headline.ts"
import { LineMap } from "./LineMap.tsx"
import { Outputs } from "./Outputs.tsx"
import { PartitionLists } from "./PartitionLists.tsx"
import { ProcessTable } from "./ProcessTable.tsx"
import { Requests } from "./Requests.tsx"
import { ResumeCard } from "./ResumeCard.tsx"

export interface ReportProps {
  readonly feed: Feed
  readonly state: ExecutionState.ExecutionState
  readonly stopping: Stopping
  readonly timeline: ReactNode
  /** Tells whether what had the focus is gone with the end: then the report takes it. */
  readonly lostFocus: () => boolean
}

export const Report = ({ feed, state, stopping, lostFocus, timeline }: ReportProps) => {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (lostFocus()) title.current?.focus()
    // Only when it appears.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  const completed = state.status === "Completed"
  return (
    <div className="report">
      <div className="stack">
        <section className="card" aria-labelledby="report-title">
          <div className="sumline">
            {state.status === "Interrupted" ? (
              <Pole className="pole" />
            ) : (
              <span className={`picture ${stateClass(state.status)}`}>
                <Glyph status={state.status} />
              </span>
            )}
            <div>
              <h2 id="report-title" ref={title} tabIndex={-1}>
                {headline(state)}
              </h2>
              <p>{counts(state)}</p>
            </div>
          </div>
          {state.status === "Failed" ? <Failure state={state} /> : undefined}
          <Half state={state} />
          {completed ? undefined : <LineMap state={state} />}
          <PartitionLists state={state} />
        </section>
        {completed ? <Outputs state={state} /> : undefined}
        <ProcessTable state={state} />
        <div className="card timeline-card">{timeline}</div>
      </div>
      <div className="stack">
        {completed ? undefined : <ResumeCard state={state} stopping={stopping} />}
        <Requests feed={feed} state={state} />
        <Attempts feed={feed} state={state} />
      </div>
    </div>
  )
}

const Half = ({ state }: { readonly state: ExecutionState.ExecutionState }) => {
  const steps = half(state)
  if (steps.length === 0) return undefined
  return (
    <p className="half-done s-terminated">
      <Glyph status="Terminated" />
      <span>
        May be left half done: <code>{steps.join(", ")}</code>
      </span>
    </p>
  )
}
