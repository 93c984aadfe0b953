/**
 * What would run, before anything does: the steps in order, each with the stopping point before it.
 */
import { DurationText, FlowDescription } from "@halte/engine/model"
import { Sign } from "../ui/Icon.tsx"

interface Line {
  readonly step: FlowDescription.StepDescription
  readonly level: number
}

const lines = (steps: ReadonlyArray<FlowDescription.StepDescription>, level = 0): ReadonlyArray<Line> =>
  steps.flatMap((step) => [{ step, level }, ...lines(step.steps ?? [], level + 1)])

const kinds: Readonly<Record<FlowDescription.StepKind, string>> = {
  function: "function",
  process: "process",
  worker: "worker",
  "for-each": "for each",
  map: "map",
  group: "group",
  gate: "gate",
  sleep: "sleep",
  http: "HTTP",
  flow: "sub-flow"
}

/** `process`, `3 parts`, `gate`. */
export const kindText = ({ kind, steps }: FlowDescription.StepDescription): string =>
  steps === undefined || kind !== "group" ? kinds[kind] : DurationText.plural(steps.length, "part")

const most = 60

export const PlanCard = ({ flow }: { readonly flow: FlowDescription.FlowDescription }) => {
  const all = lines(flow.steps)
  const shown = all.slice(0, most)
  return (
    <section className="card" aria-labelledby="plan">
      <h2 id="plan">
        Plan
        <small>
          {DurationText.plural(FlowDescription.leaves(flow).length, "step")}
          {flow.concurrency === undefined ? "" : `, ${flow.concurrency} at a time`}
        </small>
      </h2>
      <ol className="vline">
        {shown.map(({ level, step }, i) => (
          <li
            key={step.id}
            className={`vs lv${Math.min(level, 1)}${i === 0 ? " first" : ""}${i === all.length - 1 ? " last" : ""}`}
            style={{ "--lv": level } as React.CSSProperties}
          >
            <Sign />
            <b>{step.label ?? step.name}</b>
            <span>{kindText(step)}</span>
          </li>
        ))}
      </ol>
      {all.length > most ? <p className="in muted">and {DurationText.count(all.length - most)} more</p> : undefined}
    </section>
  )
}
