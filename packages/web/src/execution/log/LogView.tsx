/**
 * The log of an execution or of one of its steps: follows what comes, finds text, and copies or saves what is there.
 */
import { ControlSequences, DurationText, type ExecutionState, FlowDescription, type LogLine } from "@halte/engine/model"
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from "react"
import { useLog } from "../../live/LogFeed.ts"
import { go } from "../../route/Navigation.tsx"
import * as Route from "../../route/Route.ts"
import { announce } from "../../ui/Announcer.tsx"
import { Button, IconButton } from "../../ui/Button.tsx"
import { copy } from "../../ui/CopyButton.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { type Keys, onKeys } from "../../ui/Keys.ts"
import { Problem } from "../../ui/Notice.tsx"
import * as TimeOfDay from "../TimeOfDay.ts"
import { saveAs } from "../saveAs.ts"
import { type Line, LogLines, type LogLinesHandle } from "./LogLines.tsx"
import * as LogSearch from "./LogSearch.ts"

export interface LogViewProps {
  readonly state: ExecutionState.ExecutionState
  readonly step: string | undefined
  readonly keys: Keys
}

export const LogView = ({ keys, state, step }: LogViewProps) => {
  const steps = useMemo(() => FlowDescription.leaves(state.definition).map(({ id }) => id), [state.definition])
  const groups = useMemo(() => groupsOf(state.definition.steps), [state.definition])
  // The log of a group is that of its steps.
  const group = step !== undefined && !steps.includes(step)
  const log = useLog(state.id, group ? undefined : step)
  const lines = useMemo(() => {
    const of = group ? log.lines.filter((line) => line.step.startsWith(`${step}/`)) : log.lines
    return of.map(lineOf)
  }, [log.lines, group, step])

  // Of all steps together the lines are counted without gaps, save those that a cap has dropped.
  const last = log.lines.at(-1)
  const capped = step === undefined && last !== undefined ? last.sequence - log.lines.length - log.dropped : 0

  const [query, setQuery] = useState<LogSearch.Query>({ text: "", regex: false })
  const [times, setTimes] = useState(true)
  const [wrap, setWrap] = useState(true)
  const [follow, setFollow] = useState(true)
  const [at, setAt] = useState<number>()
  const view = useRef<LogLinesHandle>(null)
  const search = useRef<HTMLInputElement>(null)

  const deferred = useDeferredValue(query)
  const found = useMemo(() => LogSearch.expression(deferred), [deferred])
  const expression = found instanceof RegExp ? found : undefined
  const matches = useMemo(
    () => (expression === undefined ? [] : LogSearch.matching(lines, expression)),
    [lines, expression]
  )
  // A line is named by its sequence: what is dropped before it does not move it.
  const current = at === undefined ? undefined : lines.findIndex(({ sequence }) => sequence === at)
  const place = current === undefined || current < 0 ? -1 : matches.indexOf(current)

  const move = (by: 1 | -1) => {
    const next = LogSearch.step(matches, current === undefined || current < 0 ? undefined : current, by)
    if (next === undefined) return
    setFollow(false)
    setAt(lines[next]?.sequence)
    view.current?.show(next)
    announce(`Match ${matches.indexOf(next) + 1} of ${matches.length}`)
  }
  // What is found first is shown, while somebody types.
  useEffect(() => {
    setAt(undefined)
  }, [deferred])

  const text = () =>
    lines
      .map((line) =>
        [
          times ? TimeOfDay.exact(line.at) : undefined,
          step === undefined || group ? `${line.step} │` : undefined,
          line.text
        ]
          .filter((part) => part !== undefined)
          .join(" ")
      )
      .join("\n")
  const key = onKeys({
    ...keys,
    "/": () => search.current?.focus(),
    n: () => move(1),
    N: () => move(-1),
    End: () => setFollow(true)
  })
  const name = step ?? state.flow
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section className="logs" aria-label={`Log of ${name}`} onKeyDown={(event: KeyboardEvent) => key(event)}>
      <div className="log-tools" role="toolbar" aria-label="Log">
        <label className="field search">
          <Icon name="search" />
          <input
            ref={search}
            type="search"
            placeholder="Find in the log"
            aria-label="Find in the log"
            aria-invalid={typeof found === "string"}
            aria-describedby="log-found"
            value={query.text}
            onChange={(event) => setQuery({ ...query, text: event.target.value })}
            onKeyDown={(event) => {
              if (event.key === "Enter") {
                event.preventDefault()
                move(event.shiftKey ? -1 : 1)
              } else if (event.key === "Escape") {
                event.preventDefault()
                event.stopPropagation()
                setQuery({ ...query, text: "" })
                view.current?.focus()
              }
            }}
          />
          <kbd aria-hidden="true">/</kbd>
        </label>
        <span className="found" id="log-found" role="status">
          {typeof found === "string"
            ? found
            : expression === undefined
              ? ""
              : matches.length === 0
                ? "Not found"
                : `${place < 0 ? "" : `${DurationText.count(place + 1)} of `}${DurationText.plural(matches.length, "line")}`}
        </span>
        <div className="pair">
          <Button small disabled={matches.length === 0} aria-label="Previous match" onClick={() => move(-1)}>
            ↑
          </Button>
          <Button small disabled={matches.length === 0} aria-label="Next match" onClick={() => move(1)}>
            ↓
          </Button>
        </div>
        <Toggle on={query.regex} onChange={(regex) => setQuery({ ...query, regex })} name="Regular expression">
          .*
        </Toggle>
        <span className="field sel">
          <select
            aria-label="Step"
            value={step ?? ""}
            onChange={(event) =>
              go(
                Route.execution(state.id, {
                  tab: "logs",
                  step: event.target.value === "" ? undefined : event.target.value
                }),
                { replace: true, keepScroll: true }
              )
            }
          >
            <option value="">All steps</option>
            {groups.length === 0 ? undefined : (
              <optgroup label="Groups">
                {groups.map((id) => (
                  <option key={id}>{id}</option>
                ))}
              </optgroup>
            )}
            <optgroup label="Steps">
              {steps.map((id) => (
                <option key={id}>{id}</option>
              ))}
            </optgroup>
          </select>
        </span>
        <span className="spacer" />
        <Toggle on={times} onChange={setTimes}>
          Times
        </Toggle>
        <Toggle on={wrap} onChange={setWrap}>
          Wrap
        </Toggle>
        <Toggle on={follow} onChange={setFollow}>
          Follow
        </Toggle>
        <IconButton small className="square" icon="copy" name="Copy the log" onClick={() => void copy(text(), "log")} />
        <IconButton
          small
          className="square"
          icon="down"
          name="Save the log as a file"
          onClick={() => saveAs(`${name.replaceAll("/", "-")}-${state.id}.log`, `${text()}\n`, "text/plain")}
        />
      </div>
      {log.problem === undefined ? undefined : <Problem error={log.problem} />}
      <LogLines
        ref={view}
        lines={lines}
        label={`Log of ${name}`}
        times={times}
        steps={step === undefined || group}
        wrap={wrap}
        follow={follow}
        onFollow={setFollow}
        expression={expression}
        current={place < 0 ? undefined : current}
        empty={
          log.loading
            ? "Loading…"
            : log.problem !== undefined
              ? "Nothing could be read."
              : step === undefined
                ? "No step has written anything."
                : `${step} has written nothing.`
        }
      />
      <div className="log-foot">
        <span>
          {DurationText.plural(lines.length, "line")}
          {capped === 0 ? "" : `, ${DurationText.count(capped)} older ones were more than is kept of a step`}
          {log.dropped === 0 ? "" : `, ${DurationText.count(log.dropped)} before them are not kept in this page`}
        </span>
        <span className="muted">
          <code>
            halte logs {state.id}
            {step === undefined ? "" : ` ${step}`}
          </code>{" "}
          prints all of them
        </span>
      </div>
    </section>
  )
}

/** Safe to show, and found as it is shown. */
const lineOf = (line: LogLine.LogLine): Line => ({ ...line, text: ControlSequences.strip(line.text) })

const groupsOf = (steps: ReadonlyArray<FlowDescription.StepDescription>): ReadonlyArray<string> =>
  steps.flatMap((step) => (step.steps === undefined ? [] : [step.id, ...groupsOf(step.steps)]))

const Toggle = ({
  children,
  name,
  on,
  onChange
}: {
  readonly on: boolean
  readonly onChange: (on: boolean) => void
  readonly children: string
  readonly name?: string
}) => (
  <Button small className="toggle" aria-pressed={on} aria-label={name} title={name} onClick={() => onChange(!on)}>
    {children}
  </Button>
)
