/**
 * Executions that were found without an engine, as they are now: resumed already, or to be resumed by hand.
 */
import { DurationText, ExecutionStatus } from "@halte/engine/model"
import { useListing } from "../live/ExecutionList.ts"
import { Link } from "../route/Navigation.tsx"
import * as Route from "../route/Route.ts"
import { useStopping } from "../stopping/useStopping.tsx"
import { Button } from "../ui/Button.tsx"
import { State } from "../ui/Glyph.tsx"
import { Problem } from "../ui/Notice.tsx"
import type { Recovered } from "./DesktopBridge.ts"

/** Each is looked at on its own. */
const mostShown = 6

export const RecoveredList = ({ recovered }: { readonly recovered: ReadonlyArray<Recovered> }) => {
  const more = recovered.length - mostShown
  return (
    <>
      <ul className="recovered">
        {recovered.slice(0, mostShown).map((one) => (
          <Row key={one.execution} one={one} />
        ))}
      </ul>
      {more > 0 ? (
        <p>
          And {more} more, in the list of <Link to={{ view: "executions" }}>executions</Link>.
        </p>
      ) : undefined}
    </>
  )
}

const Row = ({ one: { ended, execution, flow, left } }: { readonly one: Recovered }) => {
  const summary = useListing({ ending: execution, limit: 1 }).executions?.[0]
  const status = summary?.status ?? "Interrupted"
  const { clear, pending, problem, resume } = useStopping(execution, { name: flow, status: summary?.status })
  const canResume = ExecutionStatus.isEnded(status) && status !== "Completed"
  return (
    <li>
      <Link className="flow" to={Route.execution(execution)}>
        {flow}
      </Link>
      <code className="muted">…{execution.slice(-6)}</code>
      <State status={status} />
      <span className="muted">{facts(ended, left)}</span>
      {canResume ? (
        <Button
          small
          icon="resume"
          pending={pending === "resume"}
          aria-label={`Resume ${flow} …${execution.slice(-6)}`}
          onClick={() => void resume()}
        >
          {pending === "resume" ? "Resuming…" : "Resume"}
        </Button>
      ) : undefined}
      {problem === undefined ? undefined : (
        <Problem error={problem} onClose={clear}>
          <Link className="quiet-link" to={Route.execution(execution)}>
            Decide in its report
          </Link>
        </Problem>
      )}
    </li>
  )
}

/** `2 programs that it had left running were ended`; `pid 4123 could not be ended: end it yourself`. */
const facts = (ended: number, left: ReadonlyArray<number>): string =>
  [
    ...(ended === 0
      ? []
      : [`${DurationText.plural(ended, "program")} left running ${ended === 1 ? "was" : "were"} ended`]),
    ...(left.length === 0
      ? []
      : [`pid ${left.join(", ")} could not be ended: end ${left.length === 1 ? "it" : "them"} yourself`])
  ].join("; ")
