/**
 * What the last steps of a completed execution gave: those that no other step comes after.
 */
import { type ExecutionState, FlowDescription } from "@halte/engine/model"
import { Link } from "../../route/Navigation.tsx"
import * as Route from "../../route/Route.ts"
import { ValueView } from "../panel/ValueView.tsx"

const most = 6

export const Outputs = ({ state }: { readonly state: ExecutionState.ExecutionState }) => {
  const waitedFor = new Set(allOf(state.definition.steps).flatMap(({ after }) => after))
  const groups = (id: string) => {
    const names = id.split("/")
    return names.map((_, i) => names.slice(0, i + 1).join("/"))
  }
  const last = FlowDescription.leaves(state.definition).filter(
    ({ id }) => !groups(id).some((one) => waitedFor.has(one))
  )
  const given = last
    .map(({ id }) => state.steps.get(id))
    .filter((step) => step !== undefined)
    .filter(({ references, value }) => (value !== undefined && value !== null) || references?.["value"] !== undefined)
  if (given.length === 0) return undefined
  return (
    <section className="card" aria-labelledby="outputs-title">
      <h2 id="outputs-title">Outputs</h2>
      <div className="in outputs">
        {given.slice(0, most).map((step) => (
          <div key={step.id}>
            <h3>
              <Link to={Route.execution(state.id, { tab: "graph", step: step.id })}>{step.id}</Link>
            </h3>
            {step.references?.["value"] === undefined ? (
              <ValueView value={step.value} />
            ) : (
              <p className="muted">It is large: open the step to load it.</p>
            )}
          </div>
        ))}
      </div>
    </section>
  )
}

const allOf = (steps: ReadonlyArray<FlowDescription.StepDescription>): ReadonlyArray<FlowDescription.StepDescription> =>
  steps.flatMap((step) => (step.steps === undefined ? [step] : [step, ...allOf(step.steps)]))
