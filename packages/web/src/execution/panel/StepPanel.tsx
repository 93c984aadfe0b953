/**
 * One step: how it stands, where it may stop next, what it was given and gives, what it writes.
 */
import {
  ControlSequences,
  DurationText,
  ExecutionState,
  ExecutionStatus,
  FlowDescription,
  ParentStep,
  StepId,
  Words
} from "@halte/engine/model"
import { type KeyboardEvent, useEffect, useRef } from "react"
import { useNow } from "../../bridge/useNow.ts"
import type { Feed } from "../../live/ExecutionFeed.ts"
import { Link } from "../../route/Navigation.tsx"
import * as Route from "../../route/Route.ts"
import { IconButton } from "../../ui/Button.tsx"
import { Glyph, State, StateChip, stateClass } from "../../ui/Glyph.tsx"
import { Sign } from "../../ui/Icon.tsx"
import { type Keys, onKeys } from "../../ui/Keys.ts"
import * as StopWords from "../StopWords.ts"
import * as TimeOfDay from "../TimeOfDay.ts"
import { GateForm } from "./GateForm.tsx"
import { HowItStops } from "./HowItStops.tsx"
import { LogTail } from "./LogTail.tsx"
import { nextStop } from "./NextStop.ts"
import { Output } from "./Output.tsx"
import { Tries } from "./Tries.tsx"
import { ValueView } from "./ValueView.tsx"

export interface StepPanelProps {
  readonly feed: Feed
  readonly state: ExecutionState.ExecutionState
  readonly id: string
  readonly onSelect: (step: string | undefined) => void
  readonly keys: Keys
}

export const StepPanel = (props: StepPanelProps) => {
  const { id, keys, onSelect, state } = props
  const description = StopWords.describe(state, id)
  const ref = useRef<HTMLElement>(null)
  // Another step begins at its top.
  useEffect(() => {
    ref.current?.scrollTo(0, 0)
  }, [id])
  const close = () => onSelect(undefined)
  const key = onKeys({ ...keys, Escape: close })
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside
      ref={ref}
      className="panel live"
      aria-label={`Step ${id}`}
      onKeyDown={(event: KeyboardEvent) => {
        // Somebody who types may leave the field by the same key.
        if (event.key === "Escape" && !event.defaultPrevented) {
          event.preventDefault()
          event.stopPropagation()
          close()
        } else key(event)
      }}
    >
      {description === undefined ? (
        <header>
          <div className="n">
            <h2>{id}</h2>
            <Close onClose={close} />
          </div>
          <div className="sub">This flow has no such step.</div>
        </header>
      ) : description.steps === undefined ? (
        <Step {...props} description={description} onClose={close} />
      ) : (
        <Group {...props} description={description} onClose={close} />
      )}
    </aside>
  )
}

interface PartProps extends StepPanelProps {
  readonly description: FlowDescription.StepDescription
  readonly onClose: () => void
}

const Close = ({ onClose }: { readonly onClose: () => void }) => (
  <IconButton kind="quiet" className="b-mini" icon="x" name="Close the step" onClick={onClose} />
)

const Head = ({
  description,
  id,
  onClose,
  state,
  status
}: PartProps & { readonly status: ExecutionStatus.StepStatus }) => {
  const ended = ExecutionStatus.isEnded(state.status)
  const step = state.steps.get(id)
  const about = [
    StopWords.kindWord[description.kind],
    step === undefined || step.attempt === 0
      ? undefined
      : `attempt ${step.attempt} of ${state.attempt}${step.try > 1 || (description.tries ?? 1) > 1 ? `, try ${step.try} of ${description.tries ?? step.try}` : ""}`,
    description.after.length === 0 ? undefined : `after ${Words.list(description.after.map(StepId.lastName), 3)}`,
    description.when === undefined ? undefined : `when ${ControlSequences.strip(description.when)}`
  ].filter((part) => part !== undefined)
  return (
    <header>
      <div className="n">
        <Glyph status={status} />
        <h2>{id}</h2>
        <StateChip status={status} ended={ended} />
        <Close onClose={onClose} />
      </div>
      <div className="sub">{about.join(" · ")}</div>
      {description.label === undefined ? undefined : <p>{ControlSequences.strip(description.label)}</p>}
      {description.description === undefined ? undefined : (
        <p className="about">{ControlSequences.strip(description.description)}</p>
      )}
      {description.detail === undefined || description.kind === "gate" ? undefined : (
        <p className="about">
          <code>{ControlSequences.strip(description.detail)}</code>
        </p>
      )}
    </header>
  )
}

const Step = (props: PartProps) => {
  const { description, feed, id, state } = props
  const step = state.steps.get(id)
  if (step === undefined) return undefined
  const stopped = step.attempt === state.attempt && StopWords.firstRequest(state) !== undefined
  const asked =
    stopped && (step.status === "Interrupting" || step.status === "Interrupted" || step.status === "Terminated")
  return (
    <>
      <Head {...props} status={step.status} />
      <SubFlow {...props} step={step} />
      <Progress {...props} step={step} />
      {step.failure === undefined ? undefined : <Failed {...props} step={step} />}
      {step.gate !== undefined && ExecutionStatus.isActive(step.status) ? (
        <GateForm key={`gate ${step.attempt}`} id={state.id} step={id} gate={step.gate} />
      ) : undefined}
      {asked ? <HowItStops id={id} state={state} /> : <NextStops {...props} step={step} />}
      <Input {...props} />
      <Output key={`output ${step.attempt}`} id={state.id} step={step} />
      <Processes {...props} />
      {description.cleanUp === true || description.undo === true || step.cleanUp !== undefined ? (
        <CleanUp description={description} step={step} />
      ) : undefined}
      <Tries tries={feed.history.tries.get(id) ?? []} />
      <LogTail id={state.id} step={id} />
    </>
  )
}

/** The execution that it runs, which has a page of its own. */
const SubFlow = ({ description, step }: PartProps & { readonly step: ExecutionState.StepState }) => {
  const child = ParentStep.childOf(description, step)
  if (child === undefined) return undefined
  return (
    <section>
      <h3>Sub-flow</h3>
      <p>
        <Link to={Route.execution(child)}>{description.detail ?? "It"}</Link> <code>{child}</code>
      </p>
    </section>
  )
}

/** How much is done, how fast, and how long it still takes. */
const Progress = ({ description, feed, id, step }: PartProps & { readonly step: ExecutionState.StepState }) => {
  const running = ExecutionStatus.isActive(step.status)
  const now = useNow(running ? "second" : "still")
  const { done, message, startedAt, status, tookMillis, total } = step
  const counts = done !== undefined && description.kind !== "gate" && description.kind !== "sleep"
  const took = running && startedAt !== undefined ? now - startedAt : tookMillis
  if (!counts && took === undefined && message === undefined) return undefined
  const left = running ? feed.timeLeft.of(id, now) : undefined
  const end = [
    status === "Running" ? rateText(step, now) : undefined,
    left === undefined ? undefined : `${Words.left(left)} left`
  ].filter((part) => part !== undefined)
  const time = took === undefined ? undefined : running ? TimeOfDay.elapsed(took) : DurationText.text(took)
  return (
    <section className={stateClass(status)}>
      <div className="bigp">
        {counts ? (
          <>
            <b>{DurationText.count(done)}</b>
            <span className="muted">
              {total === undefined ? "done" : `of ${DurationText.count(total)}`}
              {description.kind === "for-each" ? " items" : description.kind === "flow" ? " steps" : ""}
            </span>
          </>
        ) : (
          <b>{time ?? ""}</b>
        )}
        <span className="end">{counts ? (end.length > 0 ? end.join(" · ") : (time ?? "")) : end.join(" · ")}</span>
      </div>
      {counts && total !== undefined && total > 0 ? (
        <div
          className="bar"
          role="progressbar"
          aria-label={`Progress of ${id}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.min(100, Math.round((done / total) * 100))}
        >
          <i style={{ width: `${Math.min(100, (done / total) * 100)}%` }} />
        </div>
      ) : undefined}
      {message === undefined || message === "" ? undefined : (
        <p className="note muted">{ControlSequences.strip(message)}</p>
      )}
      {step.failed === undefined || step.failed === 0 ? undefined : (
        <p className="note">{DurationText.plural(step.failed, "item")} failed and did not stop it</p>
      )}
      {step.retryAt === undefined || !running ? undefined : (
        <p className="note">Next try in {Words.left(Math.max(0, step.retryAt - now))}</p>
      )}
      {step.overdueMillis === undefined ? undefined : (
        <p className="note warn">It has not reached a stopping point for {DurationText.short(step.overdueMillis)}.</p>
      )}
    </section>
  )
}

/** What it counts in a second; only of a step that began at the beginning, and has worked for a while. */
const rateOf = ({ attempt, done, startedAt, try: n }: ExecutionState.StepState, now: number): number | undefined => {
  const worked = now - (startedAt ?? now)
  return done === undefined || done <= 0 || worked < 1000 || attempt !== 1 || n !== 1
    ? undefined
    : (done * 1000) / worked
}

const rateText = (step: ExecutionState.StepState, now: number): string | undefined => {
  const rate = rateOf(step, now)
  if (rate === undefined) return undefined
  return rate >= 10 ? `${DurationText.count(Math.round(rate))} per s` : `${rate.toFixed(1)} per s`
}

const Failed = ({ id, step }: PartProps & { readonly step: ExecutionState.StepState }) => {
  const failure = step.failure
  if (failure === undefined) return undefined
  return (
    <section className="failure">
      <h3 className="s-failed">
        {step.status === "Failed" ? "Why it failed" : "Why the last try failed"} <code>{failure.code}</code>
      </h3>
      <p>{ControlSequences.strip(failure.message)}</p>
      {failure.lastOutput === undefined || failure.lastOutput.length === 0 ? undefined : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className="log short" tabIndex={0} aria-label={`Last output of ${id}`}>
          {failure.lastOutput.map(ControlSequences.strip).join("\n")}
        </pre>
      )}
      {failure.hint === undefined ? undefined : <p className="note">{ControlSequences.strip(failure.hint)}</p>}
      {failure.stack === undefined ? undefined : (
        <details>
          <summary>Where in the code</summary>
          <pre className="log short">{failure.stack.split("\n").map(ControlSequences.strip).join("\n")}</pre>
        </details>
      )}
    </section>
  )
}

const NextStops = ({ id, state, step }: PartProps & { readonly step: ExecutionState.StepState }) => {
  const now = useNow(ExecutionStatus.isActive(step.status) ? "second" : "still")
  const next = nextStop(state, id, rateOf(step, now))
  if (next === undefined) return undefined
  return (
    <section>
      <h3>Where it may stop next</h3>
      <div className={next.bound ? "halts" : "halts none"}>
        <Sign />
        <span>
          <b>{next.first.text}</b>
        </span>
        <span className="when">{next.first.when}</span>
        {next.more.map(({ text, when }) => (
          <div className="h-row" key={text}>
            <span className="dotc" />
            <span>{text}</span>
            <span className="when">{when}</span>
          </div>
        ))}
      </div>
    </section>
  )
}

const Input = ({ description, onSelect, state }: PartProps) => {
  const inputs = description.inputs ?? []
  const { params } = state
  const any = typeof params === "object" && params !== null && Object.keys(params).length > 0
  if (inputs.length === 0 && !any) return undefined
  return (
    <section>
      <h3>
        Input
        {inputs.length === 0 ? undefined : (
          <small>
            from{" "}
            {inputs.map((input, i) => (
              <span key={input}>
                {i === 0 ? "" : ", "}
                <button type="button" className="link" onClick={() => onSelect(input)}>
                  {input}
                </button>
              </span>
            ))}
          </small>
        )}
      </h3>
      {any ? (
        <details>
          <summary>Params of this execution</summary>
          <ValueView value={params} />
        </details>
      ) : undefined}
    </section>
  )
}

const Processes = ({ id, state }: PartProps) => {
  const mine = state.processes.filter(({ step }) => step === id)
  if (mine.length === 0) return undefined
  return (
    <section>
      <h3>
        Processes <small>started by this step</small>
      </h3>
      <dl className="kv">
        {mine.slice(-8).map((process) => {
          const { status, text } = StopWords.processEnd(state, process)
          return (
            <div className="kv-row" key={`${process.attempt}.${process.pid}.${process.startedAt}`}>
              <dt>{process.pid}</dt>
              <dd>
                <code>{ControlSequences.strip(process.command)}</code>
                <span className={`state small ${stateClass(status)}`}>
                  <Glyph status={status} />
                  {text}
                </span>
              </dd>
            </div>
          )
        })}
      </dl>
    </section>
  )
}

const cleanUpText = { running: "runs now", done: "done", failed: "failed" } as const

const CleanUp = ({
  description,
  step
}: {
  readonly description: FlowDescription.StepDescription
  readonly step: ExecutionState.StepState
}) => (
  <section>
    <h3>
      Clean-up {description.cleanUp === true ? <small>has its own deadline, counted in the bound</small> : undefined}
    </h3>
    <dl className="kv">
      <dt>on interrupt</dt>
      <dd>
        {step.cleanUp !== undefined
          ? cleanUpText[step.cleanUp]
          : description.cleanUp === true
            ? "runs when it did not complete"
            : "none"}
      </dd>
      <dt>undo</dt>
      <dd>{description.undo === true ? "only when asked" : "none"}</dd>
    </dl>
  </section>
)

const Group = (props: PartProps) => {
  const { description, onSelect, state } = props
  const leaves = FlowDescription.leaves({ steps: description.steps ?? [] })
  const done = leaves.filter(({ id }) => state.steps.get(id)?.status === "Completed").length
  return (
    <>
      <Head {...props} status={ExecutionState.groupStatus(state, description)} />
      <section>
        <h3>
          Parts{" "}
          <small>
            {done} of {leaves.length} done
          </small>
        </h3>
        <ul className="parts">
          {leaves.map(({ id }) => {
            const step = state.steps.get(id)
            return step === undefined ? undefined : (
              <li key={id}>
                <button type="button" className="link" onClick={() => onSelect(id)}>
                  {id}
                </button>
                <State status={step.status} ended={ExecutionStatus.isEnded(state.status)} />
                <span className="muted">
                  {step.startedAt === undefined ? "" : TimeOfDay.seconds(step.startedAt)}
                  {step.tookMillis === undefined ? "" : `, ${DurationText.text(step.tookMillis)}`}
                </span>
              </li>
            )
          })}
        </ul>
      </section>
      <section>
        <h3>
          Log <Link to={Route.execution(state.id, { tab: "logs", step: description.id })}>Open full log</Link>
        </h3>
      </section>
    </>
  )
}
