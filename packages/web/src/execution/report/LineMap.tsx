/**
 * Where it stopped, as a line map: what is behind, where it halted, what is ahead.
 */
import { DurationText, type ExecutionState } from "@halte/engine/model"
import { memo } from "react"
import * as StopWords from "../StopWords.ts"
import { lineMap, type Station } from "./LineMapLayout.ts"

type State = ExecutionState.ExecutionState

const cut = (text: string, room: number): string => (text.length <= room ? text : `…${text.slice(1 - room)}`)

export const LineMap = memo(({ state }: { readonly state: State }) => {
  const map = lineMap(state.definition.steps)
  if (map === undefined) return undefined
  const begun = (id: string) => {
    const status = state.steps.get(id)?.status
    return status !== undefined && status !== "Waiting" && status !== "Skipped"
  }
  return (
    <div className="map">
      <svg viewBox={`0 0 ${map.width} ${map.height}`} role="img" aria-label={label(state)}>
        {map.tracks.map(({ from, path, to }) => (
          <path key={`${from} ${to}`} d={path} className={begun(from) && begun(to) ? "way" : "way ahead"} />
        ))}
        {map.stations.map((station) => (
          <Stop key={station.id} station={station} state={state} />
        ))}
      </svg>
    </div>
  )
})
LineMap.displayName = "LineMap"

const Stop = ({ state, station }: { readonly station: Station; readonly state: State }) => {
  const { anchor, id, room, x, y } = station
  const step = state.steps.get(id)
  const status = step?.status ?? "Waiting"
  const at = anchor === "start" ? x - 8 : anchor === "end" ? x + 16 : x
  const halted = status === "Interrupted" || status === "Failed" || status === "Terminated"
  const kind = StopWords.describe(state, id)?.kind
  return (
    <g>
      <text x={at} y={y - 18} textAnchor={anchor}>
        {cut(id, room)}
      </text>
      {status === "Interrupted" ? (
        <g transform={`translate(${x - 12} ${y - 12}) scale(1.5)`}>
          <circle cx="8" cy="8" r="7.2" fill="var(--sign)" stroke="var(--sign-ring)" strokeWidth="1.3" />
          <path d="M5.7 4.6v6.8M10.3 4.6v6.8M5.7 8h4.6" stroke="var(--sign-ink)" strokeWidth="1.7" fill="none" />
        </g>
      ) : status === "Failed" ? (
        <path d={`M${x - 6} ${y - 6}l12 12m0-12l-12 12`} className="mark s-failed" />
      ) : status === "Terminated" ? (
        <rect x={x - 7} y={y - 7} width="14" height="14" rx="2" className="mark s-terminated" />
      ) : (
        <circle cx={x} cy={y} r="6.5" className={status === "Completed" ? "station done" : "station"} />
      )}
      {halted ? (
        <>
          <text
            className={`a ${status === "Interrupted" ? "" : `s-${status.toLowerCase()}`}`}
            x={at}
            y={y + 25}
            textAnchor={anchor}
          >
            {status === "Interrupted" ? "stopped here" : status === "Failed" ? "failed here" : "ended here"}
          </text>
          {step?.done === undefined || kind === "gate" || kind === "sleep" ? undefined : (
            <text className="m" x={at} y={y + 38} textAnchor={anchor}>
              {cut(StopWords.place(kind, step.done, step.total), room + 6)}
            </text>
          )}
        </>
      ) : undefined}
    </g>
  )
}

const label = (state: State): string => {
  const of = (status: string) => [...state.steps.values()].filter((step) => step.status === status).length
  const stopped = [...state.steps.values()].filter(({ status }) => status === "Interrupted").map(({ id }) => id)
  return `Line map: ${DurationText.plural(of("Completed"), "step")} done${stopped.length === 0 ? "" : `; stopped at ${stopped.join(", ")}`}; ${of("Waiting")} not started`
}
