/**
 * Many lines, of which only those in sight are drawn. It stays at the end while lines come, until the reader scrolls up.
 */
import { DurationText, type LogLine } from "@halte/engine/model"
import { type Ref, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from "react"
import * as TimeOfDay from "../TimeOfDay.ts"
import * as LogRows from "./LogRows.ts"
import { longestLine, parts } from "./LogSearch.ts"

export interface Line extends LogLine.LogLine {}

export interface LogLinesHandle {
  readonly show: (index: number) => void
  readonly focus: () => void
}

export interface LogLinesProps {
  readonly ref: Ref<LogLinesHandle>
  readonly lines: ReadonlyArray<Line>
  readonly label: string
  readonly times: boolean
  readonly steps: boolean
  readonly wrap: boolean
  readonly follow: boolean
  readonly onFollow: (follow: boolean) => void
  readonly expression: RegExp | undefined
  readonly current: number | undefined
  readonly empty: string
}

const lineHeight = 19
/** The width of a character, until one was measured. */
const assumedWidth = 7.2

export const LogLines = (props: LogLinesProps) => {
  const { current, empty, expression, follow, label, lines, onFollow, ref, steps, times, wrap } = props
  const view = useRef<HTMLDivElement>(null)
  const ruler = useRef<HTMLSpanElement>(null)
  const [sight, setSight] = useState({ top: 0, height: 600, columns: 100 })
  // Heights as they were drawn, where they are not as reckoned.
  const [drawn, setDrawn] = useState<ReadonlyMap<number, number>>(new Map())

  const stepWidth = useMemo(
    () =>
      steps
        ? Math.min(
            24,
            lines.reduce((most, { step }) => Math.max(most, step.length), 4)
          )
        : 0,
    [lines, steps]
  )
  const before = (times ? 14 : 0) + (steps ? stepWidth + 2 : 0) + 5
  const columns = Math.max(10, sight.columns - before)
  useEffect(() => setDrawn(new Map()), [columns, wrap])

  const rows = useMemo(
    () =>
      LogRows.rows(lines.length, (i) => {
        if (!wrap) return lineHeight
        const line = lines[i]!
        return drawn.get(line.sequence) ?? LogRows.wrapped(shown(line.text), columns, lineHeight)
      }),
    [lines, wrap, columns, drawn]
  )
  const [from, to] = LogRows.inSight(rows, sight.top, sight.height)

  // How much is in sight.
  useLayoutEffect(() => {
    const element = view.current
    if (element === null) return
    const measure = () => {
      const width = ruler.current === null ? assumedWidth : ruler.current.getBoundingClientRect().width / 10
      setSight((before) => ({
        ...before,
        height: element.clientHeight,
        columns: Math.floor((element.clientWidth - 24) / (width > 0 ? width : assumedWidth))
      }))
    }
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    return () => observer.disconnect()
  }, [])

  // The line at the top stays where it is when others before it go away or turn out to be taller.
  const anchor = useRef<{ readonly sequence: number; readonly above: number } | undefined>(undefined)
  const first = lines[0]?.sequence
  useLayoutEffect(() => {
    const element = view.current
    if (element === null) return
    if (follow) {
      element.scrollTop = element.scrollHeight
      return
    }
    const kept = anchor.current
    if (kept === undefined) return
    const index = lines.findIndex(({ sequence }) => sequence === kept.sequence)
    if (index >= 0) element.scrollTop = rows.offsets[index]! + kept.above
    // Lines that come at the end move nothing.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [follow, follow ? rows : undefined, first, drawn])

  useLayoutEffect(() => {
    const element = view.current
    if (element === null || !wrap) return
    const other = new Map<number, number>()
    for (const row of element.querySelectorAll<HTMLElement>("[data-sequence]")) {
      const sequence = Number(row.dataset["sequence"])
      const index = Number(row.dataset["index"])
      const height = Math.round(row.getBoundingClientRect().height)
      if (height > 0 && height !== Math.round((rows.offsets[index + 1] ?? 0) - (rows.offsets[index] ?? 0)))
        other.set(sequence, height)
    }
    if (other.size > 0) setDrawn((known) => new Map([...known, ...other]))
  }, [from, to, rows, wrap])

  const scrolled = () => {
    const element = view.current
    if (element === null) return
    const top = element.scrollTop
    const index = LogRows.at(rows, top)
    const line = lines[index]
    anchor.current = line === undefined ? undefined : { sequence: line.sequence, above: top - rows.offsets[index]! }
    setSight((before) => ({ ...before, top, height: element.clientHeight }))
    const end = element.scrollHeight - top - element.clientHeight < lineHeight
    if (end !== follow && (end || movedUp.current)) onFollow(end)
    movedUp.current = false
  }
  // Only a person's own scrolling ends the following: lines that come move the end away, too.
  const movedUp = useRef(false)
  const byHand = () => {
    movedUp.current = true
  }

  useImperativeHandle(
    ref,
    () => ({
      show: (index) => {
        const element = view.current
        if (element === null) return
        const place = rows.offsets[index] ?? 0
        element.scrollTop = Math.max(0, place - element.clientHeight / 3)
        const line = lines[index]
        anchor.current = line === undefined ? undefined : { sequence: line.sequence, above: element.scrollTop - place }
      },
      focus: () => view.current?.focus()
    }),
    [rows, lines]
  )

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={view}
      className={wrap ? "log-lines wrap" : "log-lines"}
      role="log"
      aria-label={label}
      aria-live="off"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onScroll={scrolled}
      onWheel={byHand}
      onTouchMove={byHand}
      onPointerDown={byHand}
      onKeyDown={byHand}
    >
      <span ref={ruler} className="ruler" aria-hidden="true">
        0000000000
      </span>
      {lines.length === 0 ? <p className="none">{empty}</p> : undefined}
      <div className="room" style={{ height: rows.height }}>
        <div className="rows" style={{ transform: `translateY(${rows.offsets[from] ?? 0}px)` }}>
          {lines.slice(from, to).map((line, i) => (
            <Row
              key={line.sequence}
              line={line}
              index={from + i}
              times={times}
              stepWidth={stepWidth}
              steps={steps}
              expression={expression}
              current={from + i === current}
            />
          ))}
        </div>
      </div>
    </div>
  )
}

const shown = (text: string): string => (text.length > longestLine ? text.slice(0, longestLine) : text)

interface RowProps {
  readonly line: Line
  readonly index: number
  readonly times: boolean
  readonly steps: boolean
  readonly stepWidth: number
  readonly expression: RegExp | undefined
  readonly current: boolean
}

const Row = ({ current, expression, index, line, steps, stepWidth, times }: RowProps) => {
  const { at, cut, sequence, step, stream, text } = line
  const more = text.length - longestLine
  return (
    <div
      className={`ll ${stream}${current ? " is-current" : ""}`}
      data-sequence={sequence}
      data-index={index}
      style={{ minHeight: lineHeight }}
    >
      {times ? <time dateTime={new Date(at).toISOString()}>{TimeOfDay.exact(at)}</time> : undefined}
      {steps ? (
        <span className="of" style={{ width: `${stepWidth + 1}ch` }} title={step}>
          {step}
        </span>
      ) : undefined}
      <span className="st-mark">{stream === "stderr" ? "err" : stream === "log" ? "log" : ""}</span>
      <span className="tx">
        {parts(shown(text), expression).map((part, i) => (part.found ? <mark key={i}>{part.text}</mark> : part.text))}
        {more > 0 ? <em> … {DurationText.count(more)} more characters</em> : undefined}
        {cut === true ? <em> … the rest was not kept</em> : undefined}
      </span>
    </div>
  )
}
