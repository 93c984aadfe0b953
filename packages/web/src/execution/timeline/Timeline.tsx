/**
 * The steps of an execution over time. Its left column is a tree: the twin of the graph for the keyboard and for who
 * hears it.
 */
import { ExecutionStatus } from "@halte/engine/model"
import { type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from "react"
import { useNow } from "../../bridge/useNow.ts"
import { onKeys } from "../../ui/Keys.ts"
import type { StepGraphProps } from "../graph/StepGraphView.tsx"
import { useSize } from "../graph/useSize.ts"
import { useGroups } from "../steps/Groups.ts"
import { LiveSteps } from "../steps/LiveSteps.ts"
import { places, rows as rowsOf, shownAs } from "../steps/StepRows.ts"
import { label } from "../steps/StepWords.ts"
import { useStable } from "../steps/useStable.ts"
import { steadyLength, ticks } from "./Axis.ts"
import { axisLabels } from "./AxisLabels.ts"
import { type Expected, forecast } from "./Forecast.ts"
import { type Moment, moments } from "./Moments.ts"
import { BarsRow, NameRow, rowHeight, TookRow } from "./TimelineRow.tsx"
import { treeMove, typedTo } from "./TreeKeys.ts"
import { type Usual, useUsual } from "./Usual.ts"
import { useWindow } from "./Window.ts"

/** Beyond these nobody reads an estimate of each, nor sees a tenth of a second, and each costs. */
const mostForecast = 500
const typingMillis = 700
const youngMillis = 60_000

export const Timeline = ({ feed, keys, onSelect, selected, state }: StepGraphProps) => {
  const [live] = useState(() => new LiveSteps())
  if (!live.begun) live.show(feed, state)
  useLayoutEffect(() => live.show(feed, state), [live, feed, state])
  const { collapsed, toggle } = useGroups(state)
  const rows = useMemo(() => rowsOf(state.definition.steps, collapsed), [state.definition, collapsed])
  const all = places(state.definition)
  const scroller = useRef<HTMLDivElement>(null)
  const chart = useRef<HTMLDivElement>(null)
  const { width } = useSize(chart)
  const range = useWindow(scroller, rows.length, rowHeight)

  const [focused, setFocused] = useState<string>()
  const shown = selected === undefined || !all.has(selected) ? undefined : shownAs(all, collapsed, selected)
  const wanted = focused !== undefined && all.has(focused) ? shownAs(all, collapsed, focused) : shown
  const at = Math.max(
    0,
    rows.findIndex(({ step }) => step.id === wanted)
  )
  const select = useStable((id: string) => onSelect(id))

  const tree = useRef<HTMLDivElement>(null)
  const [pending] = useState<{ focus: boolean }>(() => ({ focus: false }))
  const goTo = (index: number) => {
    const id = rows[index]?.step.id
    if (id === undefined) return
    pending.focus = true
    setFocused(id)
  }
  // A row that was far away is there only after it has become the current one.
  useLayoutEffect(() => {
    if (!pending.focus) return
    const item = tree.current?.querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]')
    if (item === null || item === undefined) return
    pending.focus = false
    item.focus({ preventScroll: true })
    item.scrollIntoView({ block: "nearest" })
  })
  const [typing] = useState<{ text: string; at: number }>(() => ({ text: "", at: 0 }))
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    const row = rows[at]
    const typed = event.timeStamp - typing.at < typingMillis ? typing.text : ""
    // Who is typing a name goes on typing it, whatever else the letter would do.
    if (typed === "")
      onKeys({ ...keys, j: () => goTo(Math.min(rows.length - 1, at + 1)), k: () => goTo(Math.max(0, at - 1)) })(event)
    if (event.defaultPrevented || row === undefined) return
    const move = treeMove(rows, at, event.key)
    if (move !== undefined) {
      if ("to" in move) goTo(move.to)
      else toggle(move.toggle)
    } else if (event.key === "Enter" || event.key === " ") select(row.step.id)
    else if (event.key.length === 1) {
      Object.assign(typing, { text: typed + event.key, at: event.timeStamp })
      const names = rows.map(({ step }) => label(step))
      const to = typedTo(names, at, typing.text)
      if (to !== undefined) goTo(to)
    } else return
    event.preventDefault()
  }

  const going = state.status === "Running"
  const usual = useUsual(state, going && state.steps.size <= mostForecast)
  const begin = state.attemptStartedAt
  const [young, setYoung] = useState(true)
  const pace = ExecutionStatus.isEnded(state.status) ? "still" : young ? "tenth" : "second"
  const now = useNow(pace)
  // In the first minute a second is a good part of the axis.
  const isYoung = now - begin < youngMillis && state.steps.size <= mostForecast
  useLayoutEffect(() => setYoung(isYoung), [isYoung])
  const expected = useExpected(state, usual, Math.floor(now / 1000) * 1000, live)
  const lines = moments(state, now)
  const length = useLength(state, [
    ...lines.map((line) => line.at),
    ...[...expected.values()].map(({ to }) => to - begin),
    (state.endedAt ?? now) - begin
  ])
  const seen = rows.flatMap((row, index) =>
    (index >= range.from && index < range.to) || index === at ? [{ row, index }] : []
  )
  const column = { height: rows.length * rowHeight }
  return (
    <section className="time" aria-label="Timeline">
      <div className="cap">
        <h2>Timeline</h2>
        <span className="muted">{caption(state, usual, expected.size > 0)}</span>
      </div>
      <div className="gantt-view" ref={scroller}>
        <div className="gantt live">
          <div className="axis" aria-hidden="true">
            <span />
            <div className="ax" ref={chart}>
              <Axis length={length} width={width} lines={lines} />
            </div>
            <span />
          </div>
          {/* oxlint-disable-next-line jsx-a11y/interactive-supports-focus */}
          <div className="col" role="tree" aria-label="Steps" ref={tree} style={column} onKeyDown={onKeyDown}>
            {seen.map(({ index, row }) => (
              <NameRow
                key={row.step.id}
                live={live}
                row={row}
                index={index}
                selected={row.step.id === shown}
                current={index === at}
                onSelect={select}
                onFocus={setFocused}
                onToggle={toggle}
              />
            ))}
          </div>
          <div className="col chart" aria-hidden="true" style={column}>
            {seen.map(({ index, row }) => (
              <BarsRow
                key={row.step.id}
                live={live}
                row={row}
                index={index}
                selected={row.step.id === shown}
                onSelect={select}
                length={length}
                pace={pace}
                expected={expected.get(row.step.id)}
              />
            ))}
            {lines.map((line) => (
              <i
                key={line.name}
                className={`vl ${looks[line.name]}`}
                style={{ left: `${(line.at / length) * 100}%` }}
              />
            ))}
          </div>
          <div className="col" aria-hidden="true" style={column}>
            {seen.map(({ index, row }) => (
              <TookRow
                key={row.step.id}
                live={live}
                row={row}
                index={index}
                selected={row.step.id === shown}
                onSelect={select}
                expected={expected.get(row.step.id)}
              />
            ))}
          </div>
        </div>
      </div>
    </section>
  )
}

const looks: Readonly<Record<Moment["name"], string>> = {
  now: "s-running",
  requested: "s-interrupted dash",
  latest: "s-interrupted dot",
  stopped: "s-interrupted"
}

const caption = (state: StepGraphProps["state"], usual: Usual, estimated: boolean): string => {
  if (state.status === "Interrupting" || state.status === "Terminating") return "no new steps start"
  if (estimated && usual.from > 0)
    return usual.from === 1
      ? "dotted: estimate from the last execution"
      : `dotted: estimate from the last ${usual.from} executions`
  if (estimated) return "dotted: estimate from what steps report"
  return `attempt ${state.attempt}`
}

/** Of each step and group when it may run; once a second, however many events come. */
const useExpected = (
  state: StepGraphProps["state"],
  usual: Usual,
  now: number,
  live: LiveSteps
): ReadonlyMap<string, Expected> => {
  const { attempt, definition, status } = state
  return useMemo(
    () => {
      if (state.steps.size > mostForecast) return new Map<string, Expected>()
      const steps = forecast(state, usual.durations, now, (step, at) => live.timeLeft(step, at))
      const out = new Map(steps)
      // The bracket of a group goes on to the last of its steps.
      for (const { leaves, step } of places(definition).values()) {
        if (step.steps === undefined) continue
        const within = leaves.flatMap((leaf) => steps.get(leaf) ?? [])
        if (within.length === 0) continue
        const from = Math.min(...within.map((one) => one.from))
        out.set(step.id, { from, to: Math.max(...within.map((one) => one.to)) })
      }
      return out
    },
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [definition, status, attempt, usual, now, live]
  )
}

/** How long the axis is; it does not change while all fits on it. */
const useLength = (state: StepGraphProps["state"], ends: ReadonlyArray<number>): number => {
  const key = `${state.id} ${state.attempt}`
  const last = useRef<{ readonly key: string; readonly length: number }>(undefined)
  const known = last.current?.key === key ? last.current.length : undefined
  // A little room, so that what is last can be read.
  const length = steadyLength(known, ends.reduce((a, b) => Math.max(a, b), 0) * 1.02)
  useLayoutEffect(() => {
    last.current = { key, length }
  })
  return length
}

const Axis = ({
  length,
  lines,
  width
}: {
  readonly length: number
  readonly width: number
  readonly lines: ReadonlyArray<Moment>
}) => {
  const labels = axisLabels(ticks(length), lines, length, width)
  return (
    <>
      {labels.ticks.map(({ at, text }) => (
        <span key={at} className={at === 0 ? "first" : undefined} style={{ left: `${at * 100}%` }}>
          {text}
        </span>
      ))}
      {labels.lines.map(({ at, moment, side }) => (
        <b key={moment.name} className={`vt ${looks[moment.name]} ${side}`} style={{ left: `${at * 100}%` }}>
          {moment.text}
        </b>
      ))}
    </>
  )
}
