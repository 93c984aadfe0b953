/**
 * Starting a flow: its params, how it is to stop, and what would run.
 */
import {
  DurationText,
  FlowDescription,
  type InterruptStrategy,
  type ExecutionsError,
  StopBound,
  StopFindings,
  StopPromise
} from "@halte/engine/model"
import { useMemo, useRef, useState } from "react"
import { ask, executions } from "../bridge/Client.ts"
import { useListing, live } from "../live/ExecutionList.ts"
import { lookAgain, useFlows } from "../live/Flows.ts"
import { go, Link } from "../route/Navigation.tsx"
import * as Route from "../route/Route.ts"
import { asker } from "../settings/Settings.ts"
import { useTitle } from "../shell/useTitle.ts"
import { randomText } from "../bridge/RandomText.ts"
import { ConfirmKey } from "../stopping/ConfirmKey.tsx"
import { announce } from "../ui/Announcer.tsx"
import { Button } from "../ui/Button.tsx"
import { CopyButton } from "../ui/CopyButton.tsx"
import { Empty, Problem } from "../ui/Notice.tsx"
import { fields as fieldsOf, type ParamField, read, readAll, toArguments, toText } from "./ParamFields.ts"
import { ParamsForm } from "./ParamsForm.tsx"
import { PlanCard } from "./PlanCard.tsx"

const StartView = ({ name }: { readonly name: string }) => {
  const { flows, problem } = useFlows()
  const flow = flows?.find((one) => one.name === name)
  useTitle(`Start ${name} · Halte`)
  if (flow !== undefined) return <StartForm flow={flow} />
  return (
    <main className="page" id="main" tabIndex={-1} aria-busy={flows === undefined}>
      {problem === undefined ? undefined : <Problem error={problem} />}
      {flows === undefined ? undefined : (
        <Empty whole title={`This server has no flow ${name}`}>
          <Link className="b" to={{ view: "flows" }}>
            All flows
          </Link>
        </Empty>
      )}
    </main>
  )
}

type Stopping = "finish" | "next" | "ignore"

/** Params that are no map of names are one field of JSON. */
const wholeField: ParamField = {
  name: "params",
  kind: "json",
  secret: false,
  required: true,
  description: undefined,
  default: undefined,
  env: undefined,
  pattern: undefined,
  nullable: false,
  item: "text",
  options: [],
  min: undefined,
  max: undefined
}

const StartForm = ({ flow }: { readonly flow: FlowDescription.FlowDescription }) => {
  const named = useMemo(() => fieldsOf(flow.params), [flow.params])
  const fields = named ?? [wholeField]
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const [problems, setProblems] = useState<Readonly<Record<string, string | undefined>>>({})
  const { strategy: declared } = flow
  const [stopping, setStopping] = useState<Stopping>(declared._tag === "PollNextN" ? "next" : "finish")
  const [next, setNext] = useState(declared._tag === "PollNextN" ? declared.n : 3)
  // What is sent twice, since no answer came to the first, starts one execution.
  const key = useRef(randomText())
  const [pending, setPending] = useState(false)
  const [failure, setFailure] = useState<ExecutionsError.ExecutionsError>()
  const [dry, setDry] = useState<unknown>()
  const form = useRef<HTMLFormElement>(null)
  const running = useListing({ flow: flow.name, status: live, limit: 5 }).executions ?? []
  const blocked = flow.single ? running[0] : undefined
  const strategy = strategyOf(stopping, next)

  const { params, problems: wrong } = readAll(fields, typed)
  const given = named === undefined ? params["params"] : params
  const command = `halte run ${[flow.name, ...toArguments(named ?? [], params)].join(" ")}`

  /** Whether everything can be sent; the first field that can't gets the focus. */
  const check = (): boolean => {
    setProblems(wrong)
    const first = fields.find(({ name }) => wrong[name] !== undefined)
    if (first === undefined) return true
    form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(first.name)}"]`)?.focus()
    announce(`${first.name}: ${wrong[first.name]}`, "alert")
    return false
  }

  const start = async () => {
    setDry(undefined)
    if (!check() || pending) return
    setPending(true)
    setFailure(undefined)
    const answer = await ask(
      executions.start({
        flow: flow.name,
        params: given,
        fingerprint: flow.fingerprint,
        idempotencyKey: key.current,
        ...(isSame(strategy, declared) ? undefined : { strategy }),
        ...asker()
      })
    )
    // What is started next is what is on the page then.
    if (answer._tag === "Failure" && answer.failure._tag === "FlowDiffers") await lookAgain()
    setPending(false)
    if (answer._tag === "Success") return go(Route.execution(answer.success))
    setFailure(answer.failure)
    if (answer.failure._tag !== "ExecutionsUnavailable") key.current = randomText()
    if (answer.failure._tag === "InvalidParams")
      setProblems(
        Object.fromEntries(answer.failure.problems.map(({ detail, pointer }) => [pointer.split("/")[1] ?? "", detail]))
      )
    announce(answer.failure.message, "alert")
  }

  return (
    <main className="start" id="main" tabIndex={-1}>
      <form
        ref={form}
        className="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void start()
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
            event.preventDefault()
            void start()
          }
        }}
      >
        <div>
          <nav className="crumb" aria-label="Path">
            <Link to={{ view: "flows" }}>Start</Link>/<span>{flow.name}</span>
          </nav>
          <h1>Start {flow.label ?? flow.name}</h1>
          {flow.description === undefined ? undefined : <p className="muted">{flow.description}</p>}
        </div>
        <ParamsForm
          fields={fields}
          typed={typed}
          problems={problems}
          disabled={pending}
          onChange={(name, text) => {
            setTyped({ ...typed, [name]: text })
            key.current = randomText()
            if (problems[name] !== undefined) setProblems({ ...problems, [name]: undefined })
          }}
          onLeave={(name) => {
            const field = fields.find((one) => one.name === name)
            // An untouched field is not wrong yet.
            if (field === undefined || typed[name] === undefined) return
            const found = read(field, typed[name] ?? toText(field, field.default))
            setProblems({ ...problems, [name]: "problem" in found ? found.problem : undefined })
          }}
        />
        {flow.strategy._tag === "IgnoreInterruptions" ? (
          <p className="muted">This flow ignores interruptions: only Terminate now ends it.</p>
        ) : (
          <fieldset disabled={pending}>
            <legend>When interrupted</legend>
            <Choice on={stopping === "finish"} pick={() => setStopping("finish")} title="Finish current steps">
              Running steps go to their next stopping point. No new steps start.
            </Choice>
            <Choice
              on={stopping === "next"}
              pick={() => setStopping("next")}
              title={`Run ${next} more steps, then stop`}
            >
              Look, then resume the rest.{" "}
              {stopping === "next" ? (
                <label className="more-steps">
                  <span className="vh">More steps</span>
                  <input
                    type="number"
                    min={0}
                    max={10_000}
                    value={next}
                    onChange={(event) => setNext(Math.max(0, Math.trunc(Number(event.target.value))))}
                  />
                </label>
              ) : undefined}
            </Choice>
            <Choice on={stopping === "ignore"} pick={() => setStopping("ignore")} title="Ignore interruptions">
              Only Terminate now ends it.
            </Choice>
          </fieldset>
        )}
        {failure === undefined ? undefined : (
          <Problem
            error={
              failure._tag === "FlowInvalid" ? { message: `${failure.flow} can't run as it is defined now.` } : failure
            }
            onClose={() => setFailure(undefined)}
          >
            {failure._tag === "FlowInvalid" ? <DefinitionProblems problems={failure.problems} /> : undefined}
            {failure._tag === "FlowDiffers" ? <p>Look at it as it is now, and start it again.</p> : undefined}
            {failure._tag === "FlowBusy" ? (
              <Link className="b b-small" to={Route.execution(failure.execution)}>
                Open it
              </Link>
            ) : undefined}
          </Problem>
        )}
        {dry === undefined ? undefined : (
          <div className="notice" role="status">
            <div>
              <p>Nothing was started. It would be given:</p>
              <pre>{JSON.stringify(dry, undefined, 2)}</pre>
            </div>
          </div>
        )}
        <div className="tools">
          <Button kind="primary" icon="play" type="submit" pending={pending}>
            {pending ? "Starting…" : "Start"}
          </Button>
          <Button
            disabled={pending}
            onClick={() => {
              if (check()) setDry(masked(fields, given ?? {}))
            }}
          >
            Dry run
          </Button>
          <ConfirmKey />
        </div>
      </form>
      <div className="stack">
        <PlanCard flow={flow} />
        <section className="card" aria-labelledby="stopping">
          <h2 id="stopping">Stopping</h2>
          <div className="in">
            <dl className="kv wide">
              <dt>Stops, at worst</dt>
              <dd>
                <b>{StopBound.toText(StopPromise.ofFlow(flow)).replaceAll("`", "")}</b>
              </dd>
              {flow.stopsWithinMillis === undefined ? undefined : (
                <>
                  <dt>Promised</dt>
                  <dd>
                    within {DurationText.short(flow.stopsWithinMillis)}
                    {isKept(flow) ? "" : ", which may not be kept"}
                  </dd>
                </>
              )}
              <dt>Slowest to stop</dt>
              <dd>{slowest(flow)}</dd>
              <dt>At the same time</dt>
              <dd>
                {flow.single ? "one, " : ""}
                {running.length === 0 ? "none is running" : `${DurationText.plural(running.length, "execution")} live`}
                {blocked === undefined ? undefined : (
                  <>
                    {": "}
                    <Link className="quiet-link" to={Route.execution(blocked.id)}>
                      …{blocked.id.slice(-6)}
                    </Link>
                  </>
                )}
              </dd>
              <dt>Deadline</dt>
              <dd>{flow.deadlineMillis === undefined ? "none" : DurationText.text(flow.deadlineMillis)}</dd>
            </dl>
          </div>
        </section>
        <p className="copy">
          <span title={command}>{command}</span>
          <CopyButton text={command} what="command" />
        </p>
      </div>
    </main>
  )
}

const strategyOf = (stopping: Stopping, next: number): InterruptStrategy.InterruptStrategy =>
  stopping === "finish"
    ? { _tag: "FinishCurrent" }
    : stopping === "next"
      ? { _tag: "PollNextN", n: next }
      : { _tag: "IgnoreInterruptions" }

const isSame = (a: InterruptStrategy.InterruptStrategy, b: InterruptStrategy.InterruptStrategy): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

const masked = (fields: ReadonlyArray<ParamField>, params: unknown): unknown =>
  typeof params !== "object" || params === null
    ? params
    : Object.fromEntries(
        Object.entries(params).map(([name, value]) => [
          name,
          fields.some((field) => field.name === name && field.secret) ? "(secret)" : (value as unknown)
        ])
      )

const isKept = (flow: FlowDescription.FlowDescription): boolean => {
  const budget = StopFindings.budgetOf(flow, undefined)
  return budget === undefined || StopFindings.isWithin(StopPromise.ofFlow(flow), budget)
}

/** The steps that the bound comes from. */
const slowest = (flow: FlowDescription.FlowDescription): string => {
  const { steps } = StopPromise.ofFlow(flow)
  if (steps.length === 0) return "none, all stop at once"
  return steps.length <= 3 ? steps.join(", ") : `${steps.slice(0, 3).join(", ")} and ${steps.length - 3} more`
}

/** What is wrong with the flow's file, where, and in which line. */
const DefinitionProblems = ({ problems }: { readonly problems: ExecutionsError.FlowInvalid["problems"] }) => (
  <ul className="definition-problems">
    {problems.map(({ column, file, hint, line, message, source }) => (
      <li key={`${file}:${line}:${column}:${message}`}>
        <p>
          {file === undefined ? undefined : (
            <code>
              {file}
              {line === undefined ? "" : `:${line}:${column ?? 1}`}
            </code>
          )}{" "}
          {message} {hint}
        </p>
        {source === undefined ? undefined : <pre>{source}</pre>}
      </li>
    ))}
  </ul>
)

const Choice = ({
  children,
  on,
  pick,
  title
}: {
  readonly title: string
  readonly on: boolean
  readonly pick: () => void
  readonly children: React.ReactNode
}) => (
  <label className="radio" data-on={on ? "" : undefined}>
    <input type="radio" name="when-interrupted" checked={on} onChange={pick} />
    <b>{title}</b>
    <small>{children}</small>
  </label>
)

export default StartView
