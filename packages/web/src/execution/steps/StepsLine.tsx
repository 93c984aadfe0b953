/**
 * The graph where there is no room for one: the steps as one line from top to bottom, groups indented.
 */
import { ExecutionStatus } from "@halte/engine/model"
import { type KeyboardEvent, memo, useLayoutEffect, useMemo, useRef, useState } from "react"
import { useNow } from "../../bridge/useNow.ts"
import { Glyph, stateClass } from "../../ui/Glyph.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { onKeys } from "../../ui/Keys.ts"
import type { StepGraphProps } from "../graph/StepGraphView.tsx"
import { useMedia } from "../useMedia.ts"
import { useGroups } from "./Groups.ts"
import { LiveSteps, type StepView, useStepView } from "./LiveSteps.ts"
import { places, type Row, rows as rowsOf, shownAs } from "./StepRows.ts"
import { useStable } from "./useStable.ts"
import { closedParts, describe, label, name, pace } from "./StepWords.ts"

export const narrow = "(max-width: 720px)"

export const StepsLine = (props: StepGraphProps) => (useMedia(narrow) ? <Line {...props} /> : null)

const Line = ({ feed, keys, onSelect, selected, state }: StepGraphProps) => {
  const [live] = useState(() => new LiveSteps())
  if (!live.begun) live.show(feed, state)
  useLayoutEffect(() => live.show(feed, state), [live, feed, state])
  const { collapsed, toggle } = useGroups(state)
  const rows = useMemo(() => rowsOf(state.definition.steps, collapsed), [state.definition, collapsed])
  const all = places(state.definition)
  const list = useRef<HTMLOListElement>(null)
  const [focused, setFocused] = useState<string>()
  const shown = selected === undefined || !all.has(selected) ? undefined : shownAs(all, collapsed, selected)
  const wanted = focused !== undefined && all.has(focused) ? shownAs(all, collapsed, focused) : shown
  const at = Math.max(
    0,
    rows.findIndex(({ step }) => step.id === wanted)
  )
  const select = useStable((id: string) => onSelect(id))
  const goTo = (index: number) => () => {
    const id = rows[Math.max(0, Math.min(rows.length - 1, index))]?.step.id
    if (id !== undefined) list.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus()
  }
  const fold = (open: boolean) => {
    const row = rows[at]
    return row?.open === open ? () => toggle(row.step.id) : undefined
  }
  const onKeyDown = (event: KeyboardEvent) =>
    onKeys({
      ...keys,
      ArrowDown: goTo(at + 1),
      ArrowUp: goTo(at - 1),
      j: goTo(at + 1),
      k: goTo(at - 1),
      Home: goTo(0),
      End: goTo(rows.length - 1),
      ArrowRight: fold(false),
      ArrowLeft: fold(true)
    })(event)
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <ol ref={list} className="steps live" aria-label="Steps" onKeyDown={onKeyDown}>
      {rows.map((row, index) => (
        <LineItem
          key={row.step.id}
          live={live}
          row={row}
          first={index === 0}
          current={index === at}
          selected={row.step.id === shown}
          onSelect={select}
          onFocus={setFocused}
          onToggle={toggle}
        />
      ))}
    </ol>
  )
}

/** A phone has no room for more. */
const deepest = 6

interface LineItemProps {
  readonly live: LiveSteps
  readonly row: Row
  readonly first: boolean
  readonly current: boolean
  readonly selected: boolean
  readonly onSelect: (step: string) => void
  readonly onFocus: (step: string) => void
  readonly onToggle: (group: string) => void
}

const LineItem = memo((props: LineItemProps) => {
  const { current, first, live, onFocus, onSelect, onToggle, row, selected } = props
  const { id } = row.step
  const view = useStepView(live, id)
  if (view === undefined) return null
  const done = view.status === "Completed" || view.status === "Skipped"
  const classes = [
    "st",
    stateClass(view.status),
    first ? "first" : "",
    // The line of a level ends at its last step; what is in that goes on by itself.
    row.position === row.size ? "last" : "",
    done ? "done" : "",
    selected ? "is-sel" : ""
  ]
  return (
    <li
      className={classes.filter((one) => one !== "").join(" ")}
      style={{ "--lv": Math.min(row.level - 1, deepest) } as object}
    >
      {row.rails
        .filter((level) => level <= deepest)
        .map((level) => (
          <i key={level} className="rail" style={{ "--rail": level - 1 } as object} />
        ))}
      <button
        type="button"
        className="st-b"
        data-step={id}
        data-status={view.status}
        aria-current={selected ? "true" : undefined}
        tabIndex={current ? 0 : -1}
        onClick={() => onSelect(id)}
        onFocus={() => onFocus(id)}
      >
        {/* What ticks is seen; what is heard stands still. */}
        <span className="vh">{name(view)}</span>
        <span className="face" aria-hidden="true">
          <span className="gx">
            <Glyph status={view.status} />
          </span>
          <b className="t">{label(row.step)}</b>
          <Told live={live} view={view} row={row} />
        </span>
      </button>
      {row.open === undefined ? undefined : (
        <button
          type="button"
          className="fold"
          aria-label={`Parts of ${id}`}
          aria-expanded={row.open}
          tabIndex={current ? 0 : -1}
          onClick={() => onToggle(id)}
        >
          <Icon small name={row.open ? "down" : "right"} />
        </button>
      )}
    </li>
  )
})

const Told = ({ live, row, view }: { readonly live: LiveSteps; readonly view: StepView; readonly row: Row }) => {
  const now = useNow(pace(view))
  const text = describe(view, now, live.timeLeft(row.step.id, now), " of ")
  const about = row.open === false ? closedParts(view) : (waits(view) ?? text.about)
  const line = [about, text.stop].filter((part) => part !== "").join(" · ")
  return (
    <>
      <span className="w">{text.word}</span>
      {text.fraction === undefined ? undefined : (
        <span className="bar">
          <i style={{ width: `${text.fraction * 100}%` }} />
        </span>
      )}
      {line === "" ? undefined : <span className="d">{line}</span>}
    </>
  )
}

const waits = ({ execution, holds, place, status }: StepView): string | undefined => {
  if (status !== "Waiting") return undefined
  if (holds) return "stopping point: holds here"
  return place.step.kind === "gate" && !ExecutionStatus.isEnded(execution.status)
    ? "gate, waits for a person"
    : undefined
}
