/**
 * One step on the timeline: its name in the tree, its bars, and how long it took.
 */
import { DurationText, ExecutionStatus } from "@halte/engine/model"
import { memo } from "react"
import { useNow } from "../../bridge/useNow.ts"
import { Glyph, stateClass } from "../../ui/Glyph.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { type LiveSteps, type StepView, useStepView } from "../steps/LiveSteps.ts"
import type { Row } from "../steps/StepRows.ts"
import { label, name } from "../steps/StepWords.ts"
import { type Bar, bars, bracket } from "./Bars.ts"
import type { Expected } from "./Forecast.ts"

export const rowHeight = 24

interface RowProps {
  readonly live: LiveSteps
  readonly row: Row
  readonly index: number
  readonly selected: boolean
  readonly onSelect: (step: string) => void
}

interface NameProps extends RowProps {
  readonly current: boolean
  readonly onFocus: (step: string) => void
  readonly onToggle: (group: string) => void
}

const place = (index: number) => ({ top: index * rowHeight })

export const NameRow = memo(({ current, index, live, onFocus, onSelect, onToggle, row, selected }: NameProps) => {
  const { id } = row.step
  const view = useStepView(live, id)
  if (view === undefined) return null
  return (
    // The keys of the whole tree are the tree's.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      className={`gl ${stateClass(view.status)}${selected ? " is-sel" : ""}`}
      role="treeitem"
      data-step={id}
      data-status={view.status}
      aria-label={name(view)}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.size}
      aria-expanded={row.open}
      aria-selected={selected}
      tabIndex={current ? 0 : -1}
      title={id}
      style={{ ...place(index), paddingLeft: 16 + (row.level - 1) * 16 }}
      onClick={() => onSelect(id)}
      onFocus={() => onFocus(id)}
    >
      <Glyph status={view.status} />
      <span className="t">{label(row.step)}</span>
      {row.open === undefined ? undefined : (
        // Right and left do the same by keys.
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
        <span
          className="fold"
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation()
            onToggle(id)
          }}
        >
          <Icon small name={row.open ? "down" : "right"} />
        </span>
      )}
    </div>
  )
})

interface TookProps extends RowProps {
  readonly expected: Expected | undefined
}

interface BarsProps extends TookProps {
  readonly length: number
  /** How often what goes on grows: as often as the line of now moves. */
  readonly pace: "tenth" | "second" | "still"
}

export const BarsRow = memo(({ expected, index, length, live, onSelect, pace, row, selected }: BarsProps) => {
  const { id } = row.step
  const view = useStepView(live, id)
  const own = view === undefined ? [] : barsOf(live, view)
  const goesOn = own.some(({ to }) => to === undefined)
  const now = useNow(goesOn ? pace : "still")
  if (view === undefined) return null
  const begin = view.execution.attemptStartedAt
  const group = row.open !== undefined
  const elapsed = Math.max(0, now - begin)
  const draw = (from: number, to: number) => ({
    left: `${(from / length) * 100}%`,
    width: `${(Math.max(0, to - from) / length) * 100}%`
  })
  return (
    // The tree beside it does the same by keys.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
    <div className={`gr${selected ? " is-sel" : ""}`} style={place(index)} data-bars={id} onClick={() => onSelect(id)}>
      {own.map((bar) => (
        <i
          key={bar.from}
          className={`gb ${stateClass(bar.status)}${group ? " grp" : ""}${bar.to === undefined ? " open" : ""}`}
          style={draw(bar.from, bar.to ?? Math.max(bar.from, elapsed))}
        />
      ))}
      {expected === undefined ? undefined : (
        <i
          className={`gb est s-waiting${goesOn ? " after" : ""}${group ? " grp" : ""}`}
          style={draw(expected.from - begin, expected.to - begin)}
        />
      )}
    </div>
  )
})

const barsOf = (live: LiveSteps, view: StepView): ReadonlyArray<Bar> => {
  const { attempt: number, attemptStartedAt: startedAt } = view.execution
  const of = (own: StepView | undefined) =>
    own?.step === undefined ? [] : bars(own.step, live.history?.tries.get(own.step.id), { number, startedAt })
  if (view.step !== undefined) return of(view)
  const all = bracket(
    view.place.leaves.flatMap((leaf) => of(live.view(leaf))),
    view.status
  )
  return all === undefined ? [] : [all]
}

export const TookRow = memo(({ expected, index, live, row, selected }: TookProps) => {
  const view = useStepView(live, row.step.id)
  const now = useNow(view !== undefined && ExecutionStatus.isActive(view.status) ? "second" : "still")
  return (
    <div className={`ge${selected ? " is-sel" : ""}`} style={place(index)}>
      {view === undefined ? "" : took(live, view, now, expected)}
    </div>
  )
})

/** `18.2 s`, `about 23 s`, `waits for you`, `not started`. */
const took = (live: LiveSteps, view: StepView, now: number, expected: Expected | undefined): string => {
  const { execution, place, status, step } = view
  const stops = execution.status === "Interrupting" || execution.status === "Terminating"
  if (status === "Skipped") return "skipped"
  if (status === "Waiting") {
    if (stops || ExecutionStatus.isEnded(execution.status)) return "not started"
    if (step?.waits !== undefined) return `waits for ${step.waits.limit}`
    if (place.step.kind === "gate") return "waits for a person"
    return expected === undefined ? "" : `about ${about(expected.to - expected.from)}`
  }
  const [first, ...more] = barsOf(live, view)
  if (first === undefined) {
    const before = step?.tookMillis === undefined ? "" : ` ${DurationText.text(step.tookMillis)}`
    return status === "Completed" ? `kept${before}` : ""
  }
  if (step?.gate !== undefined) return "waits for a person"
  const last = more.at(-1) ?? first
  if (last.to === undefined) return DurationText.text(now - execution.attemptStartedAt - first.from)
  if (step?.tookMillis !== undefined && more.length === 0) return DurationText.text(step.tookMillis)
  return DurationText.text(last.to - first.from)
}

const about = (millis: number): string =>
  millis < 1000 ? "1 s" : millis < 60_000 ? `${Math.round(millis / 1000)} s` : DurationText.text(millis)
