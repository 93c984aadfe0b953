/**
 * Every execution of the project, newest first, live ones on top.
 */
import { useLayoutEffect, useMemo, useRef, useState } from "react"
import { useNow } from "../bridge/useNow.ts"
import { useCounts, useListing, useLive } from "../live/ExecutionList.ts"
import { useFlows } from "../live/Flows.ts"
import { useServer } from "../live/Server.ts"
import { go, Link } from "../route/Navigation.tsx"
import * as Route from "../route/Route.ts"
import { useTitle } from "../shell/useTitle.ts"
import { copy } from "../ui/CopyButton.tsx"
import { Button } from "../ui/Button.tsx"
import { Glyph } from "../ui/Glyph.tsx"
import { Icon } from "../ui/Icon.tsx"
import { onKeys } from "../ui/Keys.ts"
import { Empty, Problem } from "../ui/Notice.tsx"
import { ExecutionRow } from "./ExecutionRow.tsx"
import { band, type Filter, matches, type Since, type StateFilter, countOf, statesOf } from "./Filter.ts"

const pageSize = 25
const chips: ReadonlyArray<StateFilter> = ["All", "Running", "Interrupting", "Interrupted", "Failed", "Completed"]

export const ExecutionsView = () => {
  const [filter, setFilter] = useState<Filter>({ state: "All", flow: undefined, since: "any", text: "" })
  const [size, setSize] = useState(pageSize)
  const now = useNow()
  const { info } = useServer()
  const { flows } = useFlows()
  const live = useLive()
  const counts = useCounts(filter.flow)
  const status = statesOf[filter.state]
  const { executions: found, problem } = useListing({
    ...(status === undefined ? undefined : { status }),
    ...(filter.flow === undefined ? undefined : { flow: filter.flow }),
    limit: size + 1
  })
  const shown = useMemo(() => {
    const liveIds = new Set(live.executions?.map(({ id }) => id))
    const wanted = (found ?? []).slice(0, size)
    // Live ones come first, also those that began long ago.
    const onTop =
      status === undefined && filter.flow === undefined
        ? [...(live.executions ?? []), ...wanted.filter(({ id }) => !liveIds.has(id))]
        : [...wanted].sort((a, b) => Number(a.endedAt !== undefined) - Number(b.endedAt !== undefined))
    return onTop.filter((summary) => matches(filter, summary, now))
  }, [found, live.executions, filter, size, status, now])

  const [current, setCurrent] = useState<string>()
  const at = Math.max(
    0,
    shown.findIndex(({ id }) => id === current)
  )
  const links = useRef(new Map<string, HTMLAnchorElement>())
  const search = useRef<HTMLInputElement>(null)
  const move = (by: number) => {
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))]
    if (next === undefined) return
    setCurrent(next.id)
    links.current.get(next.id)?.focus()
  }
  const press = (what: string) => () => {
    const row = links.current.get(shown[at]?.id ?? "")?.closest("tr")
    row?.querySelector<HTMLButtonElement>(`[data-do="${what}"]`)?.click()
  }
  const here = shown[at]
  // A row that ends moves to another band: the focus goes with it.
  const hasFocus = useRef(false)
  useLayoutEffect(() => {
    if (hasFocus.current && document.activeElement === document.body) links.current.get(here?.id ?? "")?.focus()
  })

  useTitle(`${live.executions?.length ?? 0} live · Halte`)

  const bands = useMemo(() => {
    const out: Array<{ readonly name: string; readonly items: typeof shown }> = []
    for (const summary of shown) {
      const name = band(summary, now)
      const last = out.at(-1)
      if (last?.name === name) (last.items as Array<(typeof shown)[number]>).push(summary)
      else out.push({ name, items: [summary] })
    }
    return out
  }, [shown, now])

  const isFiltered = filter.state !== "All" || filter.flow !== undefined || filter.since !== "any" || filter.text !== ""
  return (
    <main
      className="page"
      id="main"
      tabIndex={-1}
      onFocus={() => {
        hasFocus.current = true
      }}
      onBlur={({ currentTarget, relatedTarget }) => {
        // What is taken off the page goes to nobody; somebody else gets it by name.
        if (relatedTarget !== null) hasFocus.current = currentTarget.contains(relatedTarget)
      }}
      onKeyDown={onKeys({
        ArrowDown: () => move(1),
        ArrowUp: () => move(-1),
        j: () => move(1),
        k: () => move(-1),
        "/": () => search.current?.focus(),
        i: press("interrupt"),
        r: press("resume"),
        c: here === undefined ? undefined : () => void copy(here.id, "id"),
        l: here === undefined ? undefined : () => go(Route.execution(here.id, { tab: "logs" }))
      })}
    >
      <div className="head">
        <h1>Executions</h1>
        {info?.only === undefined ? (
          <div className="end">
            <Link className="b b-primary" to={{ view: "flows" }}>
              <Icon name="play" />
              Start a flow
            </Link>
          </div>
        ) : undefined}
      </div>
      <div className="filters">
        <label className="field search">
          <Icon name="search" />
          <input
            ref={search}
            type="search"
            placeholder="Flow, id, person or step"
            aria-label="Filter executions"
            value={filter.text}
            onChange={(event) => setFilter({ ...filter, text: event.target.value })}
            onKeyDown={(event) => {
              if (event.key === "Escape") {
                setFilter({ ...filter, text: "" })
                links.current.get(here?.id ?? "")?.focus()
              }
            }}
          />
          <kbd aria-hidden="true">/</kbd>
        </label>
        <div className="seg" role="group" aria-label="Status">
          {chips.map((chip) => (
            <button
              key={chip}
              type="button"
              aria-pressed={filter.state === chip}
              onClick={() => {
                setFilter({ ...filter, state: chip })
                setSize(pageSize)
              }}
            >
              {chip === "All" ? undefined : <Glyph status={chip} />}
              {chip} <em>{countOf(counts, chip)}</em>
            </button>
          ))}
        </div>
        <span className="spacer" />
        <label className="field sel">
          <span className="vh">Flow</span>
          <select
            value={filter.flow ?? ""}
            onChange={(event) =>
              setFilter({ ...filter, flow: event.target.value === "" ? undefined : event.target.value })
            }
          >
            <option value="">All flows</option>
            {(flows ?? []).map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="field sel">
          <span className="vh">Time</span>
          <select
            value={filter.since}
            onChange={(event) => setFilter({ ...filter, since: event.target.value as Since })}
          >
            <option value="any">Any time</option>
            <option value="hour">Last hour</option>
            <option value="day">Last 24 hours</option>
            <option value="week">Last 7 days</option>
          </select>
        </label>
      </div>
      {problem === undefined ? undefined : <Problem error={problem} />}
      {found === undefined && problem === undefined ? (
        <div className="list loading" aria-busy="true" />
      ) : shown.length === 0 ? (
        <Empty title={isFiltered ? "No execution is like that" : "Nothing has run here yet"}>
          {isFiltered ? (
            <Button onClick={() => setFilter({ state: "All", flow: undefined, since: "any", text: "" })}>
              Show all executions
            </Button>
          ) : (
            <>
              <p>Start a flow here, or in a terminal of the project:</p>
              <p className="copy">
                <span>halte run FLOW</span>
              </p>
            </>
          )}
        </Empty>
      ) : (
        <div className="list live">
          <table>
            <thead>
              <tr>
                <th scope="col">Status</th>
                <th scope="col">Flow</th>
                <th scope="col">Progress</th>
                <th scope="col">Started</th>
                <th scope="col" className="num">
                  Elapsed
                </th>
                <th scope="col">
                  <span className="vh">Action</span>
                </th>
              </tr>
            </thead>
            {bands.map(({ items, name }) => (
              <tbody key={name}>
                <tr className="band">
                  <th scope="rowgroup" colSpan={6}>
                    {name}
                  </th>
                </tr>
                {items.map((summary) => (
                  <ExecutionRow
                    key={summary.id}
                    summary={summary}
                    now={now}
                    current={summary.id === here?.id}
                    onFocus={() => setCurrent(summary.id)}
                    link={(element) => {
                      if (element === null) links.current.delete(summary.id)
                      else links.current.set(summary.id, element)
                    }}
                  />
                ))}
              </tbody>
            ))}
          </table>
        </div>
      )}
      <div className="foot">
        <span>{shown.length === 1 ? "1 execution" : `${shown.length} executions`}</span>
        {(found?.length ?? 0) > size ? (
          <Button small onClick={() => setSize(size + pageSize)}>
            Older
          </Button>
        ) : undefined}
        <span className="keys" aria-hidden="true">
          <span>
            <kbd>j</kbd> <kbd>k</kbd> move
          </span>
          <span>
            <kbd>enter</kbd> open
          </span>
          <span>
            <kbd>i</kbd> interrupt
          </span>
          <span>
            <kbd>r</kbd> resume
          </span>
        </span>
      </div>
    </main>
  )
}
