/**
 * Why it failed, before everything else.
 */
import { ControlSequences, type ExecutionState } from "@halte/engine/model"
import { Link } from "../../route/Navigation.tsx"
import * as Route from "../../route/Route.ts"
import * as StopWords from "../StopWords.ts"

export const Failure = ({ state }: { readonly state: ExecutionState.ExecutionState }) => {
  const failed = state.ended?.failure
  if (failed === undefined) return undefined
  const { failure, step } = failed
  const tries = StopWords.describe(state, step)?.tries
  const tried = tries === undefined || tries < 2 ? "" : ` (try ${state.steps.get(step)?.try ?? tries} of ${tries})`
  return (
    <div className="why">
      <p>
        Step <code>{step}</code> failed: {StopWords.failureText(failure)}
        {tried}.
      </p>
      {failure.lastOutput === undefined || failure.lastOutput.length === 0 ? undefined : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className="log" tabIndex={0} aria-label={`Last output of ${step}`}>
          {failure.lastOutput.map(ControlSequences.strip).join("\n")}
        </pre>
      )}
      {failure.hint === undefined ? undefined : <p>{ControlSequences.strip(failure.hint)}</p>}
      <p className="muted">
        code: <code>{failure.code}</code> ·{" "}
        <Link className="quiet-link" to={Route.execution(state.id, { tab: "logs", step })}>
          Full log of {step}
        </Link>
      </p>
    </div>
  )
}
