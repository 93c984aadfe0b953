/**
 * The head of the page of one execution: what it is, how it stands, what can be done, how far it is.
 */
import {
  ControlSequences,
  DurationText,
  type ExecutionState,
  ExecutionStatus,
  StopBound,
  Waiting,
  Words
} from "@halte/engine/model"
import { memo, type ReactNode } from "react"
import { useNow } from "../../bridge/useNow.ts"
import type { Feed } from "../../live/ExecutionFeed.ts"
import { shortId } from "../../executions/Filter.ts"
import { Link } from "../../route/Navigation.tsx"
import * as Route from "../../route/Route.ts"
import { CopyButton } from "../../ui/CopyButton.tsx"
import { StateChip, stateClass } from "../../ui/Glyph.tsx"
import * as BannerText from "../banner/BannerText.ts"
import * as TimeOfDay from "../TimeOfDay.ts"
import { left } from "./LeftText.ts"
import { segments } from "./Segments.ts"

export interface ExecutionHeaderProps {
  readonly feed: Feed
  readonly state: ExecutionState.ExecutionState
  readonly tab: Route.Tab
  readonly actions: ReactNode
}

export const ExecutionHeader = ({ actions, feed, state, tab }: ExecutionHeaderProps) => (
  <div className="xh live">
    <nav className="crumb" aria-label="Path">
      <Link to={{ view: "executions" }}>Executions</Link>
      <span aria-hidden="true">/</span>
      {state.parent === undefined ? undefined : (
        <>
          <Link to={Route.execution(state.parent.execution, { step: state.parent.step })}>
            step {state.parent.step} of {shortId(state.parent.execution)}
          </Link>
          <span aria-hidden="true">/</span>
        </>
      )}
      <span>{state.flow}</span>
    </nav>
    <div className="row">
      <h1>{ControlSequences.strip(state.definition.label ?? state.flow)}</h1>
      <StateChip status={state.status} />
      <span className="xid mono">
        {state.id}
        <CopyButton text={state.id} what="id" />
      </span>
      {actions}
    </div>
    <div className="under">
      <Facts feed={feed} state={state} />
      <Tabs id={state.id} tab={tab} ended={ExecutionStatus.isEnded(state.status)} />
    </div>
    <RouteLine steps={state.steps} />
  </div>
)

const Fact = ({
  children,
  name,
  title
}: {
  readonly name: string
  readonly title?: string
  readonly children: ReactNode
}) => (
  <span title={title}>
    {name} {children}
  </span>
)

const Facts = ({ feed, state }: Pick<ExecutionHeaderProps, "feed" | "state">) => {
  const ended = ExecutionStatus.isEnded(state.status)
  const now = useNow(ended ? "still" : "second")
  const steps = Words.steps(state)
  const version = Words.version(state)
  return (
    <div className="facts">
      {ended ? (
        <Fact name="Ran for">
          <b>{DurationText.text(state.ended?.tookMillis ?? 0)}</b>
        </Fact>
      ) : (
        <Fact name="Elapsed">
          <b>{TimeOfDay.elapsed(now - state.attemptStartedAt)}</b>
        </Fact>
      )}
      {ended ? undefined : <Ahead feed={feed} state={state} now={now} />}
      <Fact name="Steps">
        <b>
          {DurationText.count(steps.done)} of {DurationText.count(steps.all)}
        </b>
      </Fact>
      <Fact name="Attempt">
        <b>{state.attempt}</b>
      </Fact>
      {version === undefined ? undefined : (
        <Fact name="Version">
          <b>{version}</b>
        </Fact>
      )}
      <Fact name="Started" title={new Date(state.attemptStartedAt).toLocaleString()}>
        <b>{TimeOfDay.dated(state.attemptStartedAt, now)}</b> {startedBy(state)}
      </Fact>
    </div>
  )
}

/** `by anna (page)`, `(command line)`. */
const startedBy = ({ by, source }: ExecutionState.ExecutionState): string => {
  const door = Words.who(undefined, source)
  return by === undefined ? `(${door})` : `by ${ControlSequences.strip(by)} (${door})`
}

/** What is still to come: of a stop when it will be over, else how long it needs. */
const Ahead = ({ feed, now, state }: Pick<ExecutionHeaderProps, "feed" | "state"> & { readonly now: number }) => {
  switch (state.status) {
    case "Interrupting": {
      const deadline = BannerText.deadline(state)
      return (
        <Fact name="Stops">
          <b>{deadline === undefined ? "no bound" : `by ${TimeOfDay.tenths(deadline)}`}</b>
        </Fact>
      )
    }
    case "Terminating":
      return (
        <Fact name="Ends">
          <b>at once</b>
        </Fact>
      )
    case "Pending":
      return (
        <Fact name="Left">
          <b>{state.waits === undefined ? "waits for a slot" : Waiting.text(state.waits, state.id)}</b>
        </Fact>
      )
    case "Paused":
    case "Pausing":
      return (
        <Fact name="Left">
          <b>held</b>
        </Fact>
      )
    default: {
      const { text, until } = left(state, feed.timeLeft.of, now)
      return (
        <Fact name="Left">
          <b title={text === undefined ? "No running step says how much there is to do." : undefined}>{text ?? "—"}</b>
          {until === undefined ? undefined : (
            <>
              {" "}
              until <b>{until}</b> waits for a person
            </>
          )}
        </Fact>
      )
    }
  }
}

const tabsOf = (ended: boolean): ReadonlyArray<readonly [tab: Route.Tab, name: string]> => [
  ["steps", ended ? "Report" : "Steps"],
  ...(ended ? ([["graph", "Graph"]] as const) : []),
  ["logs", "Logs"],
  ["history", "History"]
]

const Tabs = ({ ended, id, tab }: { readonly id: string; readonly tab: Route.Tab; readonly ended: boolean }) => {
  const shown = tab === "graph" && !ended ? "steps" : tab
  return (
    <nav className="tabs" aria-label="Execution">
      {tabsOf(ended).map(([one, name]) => (
        <Link key={one} to={Route.execution(id, { tab: one })} aria-current={one === shown ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  )
}

const RouteLine = memo(({ steps }: { readonly steps: ExecutionState.ExecutionState["steps"] }) => (
  <div className="route" aria-hidden="true">
    {segments([...steps.values()]).map(({ done, status }, i) => (
      <span key={i} className={stateClass(status)}>
        <i style={{ width: `${Math.round(done * 100)}%` }} />
      </span>
    ))}
  </div>
))
RouteLine.displayName = "RouteLine"

/** `would stop within 5.5 s`. */
export const boundText = (bound: StopBound.StopBound): readonly [lead: string, what: string] =>
  bound._tag === "None"
    ? ["stops:", `no bound (${Words.list(bound.steps, 2)})`]
    : bound.millis === 0
      ? ["would stop", "at once"]
      : ["would stop within", DurationText.short(bound.millis)]
