/**
 * How it goes on: what another attempt would do, what can be changed before, and what has to be decided first.
 */
import { type Executions, type ExecutionState, FlowDescription } from "@halte/engine/model"
import { type ReactNode, useMemo, useState } from "react"
import type { Stopping } from "../../stopping/useStopping.tsx"
import { Button } from "../../ui/Button.tsx"
import { CopyButton } from "../../ui/CopyButton.tsx"
import { Problem } from "../../ui/Notice.tsx"
import { readAll } from "../../start/ParamFields.ts"
import { ParamsForm } from "../../start/ParamsForm.tsx"
import { changedParams, resumeFields } from "./ResumeParams.ts"
import { plan } from "./Headline.ts"

type State = ExecutionState.ExecutionState

export interface ResumeCardProps {
  readonly state: State
  readonly stopping: Stopping
}

export const ResumeCard = ({ state, stopping }: ResumeCardProps) => {
  const { params: schema } = state.definition
  const { before, fields } = useMemo(() => resumeFields(schema, state.params), [schema, state.params])
  const [typed, setTyped] = useState(before)
  const [stopAfter, setStopAfter] = useState("")
  const [rerun, setRerun] = useState<ReadonlySet<string>>(new Set())
  const [definition, setDefinition] = useState<"stored" | "current">()
  const [open, setOpen] = useState(false)

  const next = plan(state)
  const refused = stopping.problem?._tag === "CommandRefused" ? stopping.problem : undefined
  const invalid = stopping.problem?._tag === "InvalidParams" ? stopping.problem : undefined
  const decide =
    refused?.code === "needs-rerun" || refused?.code === "definition-changed" || refused?.code === "secret-missing"
  const asked = [...new Set([...next.needsRerun, ...(refused?.code === "needs-rerun" ? (refused.steps ?? []) : [])])]
  const form = readAll(fields, typed)
  const n = Number(stopAfter)
  const stopAfterWrong = stopAfter.trim() !== "" && !(Number.isSafeInteger(n) && n >= 0)
  const missing = asked.filter((step) => !rerun.has(step))
  const problems = { ...form.problems, ...fromServer(invalid, fields) }

  const changed = changedParams(fields, before, typed)
  const request = (): Omit<Executions.ResumeRequest, "source" | "by"> => {
    return {
      ...(changed.length === 0
        ? undefined
        : { params: Object.fromEntries(changed.map((name) => [name, form.params[name]])) }),
      ...(rerun.size === 0 ? undefined : { rerun: [...rerun] }),
      ...(definition === undefined ? undefined : { definition }),
      ...(stopAfter.trim() === "" ? undefined : { stopAfter: n })
    }
  }
  const blocked = missing.length > 0 || stopAfterWrong || changed.some((name) => form.problems[name] !== undefined)
  const showFields = open || refused?.code === "secret-missing" || invalid !== undefined
  const command = `halte resume ${state.id}${[...rerun].map((step) => ` --rerun ${step}`).join("")}${definition === undefined ? "" : ` --definition ${definition}`}${stopAfter.trim() === "" || stopAfterWrong ? "" : ` --stop-after ${n}`}`
  return (
    <section className="card resume" aria-labelledby="resume-title">
      <h2 id="resume-title">Resume</h2>
      <form
        className="in"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!blocked) void stopping.resume(request())
        }}
      >
        <p>
          <Plan next={next} />
        </p>
        {asked.length === 0 ? undefined : (
          <Rerun
            steps={asked}
            rerun={rerun}
            onChange={(step, on) => {
              const now = new Set(rerun)
              if (on) now.add(step)
              else now.delete(step)
              setRerun(now)
            }}
          />
        )}
        {refused?.code === "definition-changed" ? (
          <Definition refused={refused} chosen={definition} onChoose={setDefinition} />
        ) : undefined}
        {refused?.code === "secret-missing" ? (
          <p className="note warn">Secrets are not stored: give them again.</p>
        ) : undefined}
        {stopping.problem === undefined || decide ? undefined : (
          <Problem error={stopping.problem} onClose={stopping.clear} />
        )}
        <Button
          kind="primary"
          type="submit"
          icon="resume"
          className="whole"
          pending={stopping.pending === "resume"}
          disabled={blocked || (refused?.code === "definition-changed" && definition === undefined)}
        >
          {stopping.pending === "resume" ? "Resuming…" : `Resume ${state.flow}`}
        </Button>
        <p className="copy">
          <span>{command}</span>
          <CopyButton text={command} what="command" />
        </p>
        <details open={showFields} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>Change something before</summary>
          <div className="form">
            <ParamsForm
              fields={fields}
              typed={typed}
              problems={problems}
              onChange={(name, text) => setTyped({ ...typed, [name]: text })}
            />
            <div className="opt">
              <label className="lab" htmlFor="stop-after">
                Stop by itself after <span className="req">optional</span>
              </label>
              <span className="field">
                <input
                  id="stop-after"
                  inputMode="numeric"
                  value={stopAfter}
                  aria-invalid={stopAfterWrong}
                  aria-describedby="stop-after-hint"
                  onChange={(event) => setStopAfter(event.target.value)}
                />
                <span className="muted">steps</span>
              </span>
              <span className={stopAfterWrong ? "hint wrong" : "hint"} id="stop-after-hint">
                {stopAfterWrong ? "A whole number, 0 or more." : "So many steps start, then it is interrupted again."}
              </span>
            </div>
          </div>
        </details>
      </form>
    </section>
  )
}

const Plan = ({ next }: { readonly next: ReturnType<typeof plan> }) => {
  const parts: Array<ReactNode> = []
  if (next.kept > 0) parts.push(`keeps ${next.kept} done ${next.kept === 1 ? "step" : "steps"}`)
  if (next.again.length > 0)
    parts.push(
      <>
        runs <Names names={next.again} /> again
      </>
    )
  for (const { from, step } of next.cursors.slice(0, 3))
    parts.push(
      <>
        goes on with <b>{step}</b> from {from}
      </>
    )
  if (next.fresh > 0) parts.push(`starts ${next.fresh} that ${next.fresh === 1 ? "has" : "have"} not begun`)
  return (
    <>
      Attempt {next.attempt}{" "}
      {parts.map((part, i) => (
        <span key={i}>
          {i === 0 ? "" : ", "}
          {part}
        </span>
      ))}
      .
    </>
  )
}

const Names = ({ names }: { readonly names: ReadonlyArray<string> }) => (
  <>
    {names.slice(0, 3).map((name, i) => (
      <span key={name}>
        {i === 0 ? "" : ", "}
        <b>{name}</b>
      </span>
    ))}
    {names.length > 3 ? ` and ${names.length - 3} more` : ""}
  </>
)

const Rerun = ({
  onChange,
  rerun,
  steps
}: {
  readonly steps: ReadonlyArray<string>
  readonly rerun: ReadonlySet<string>
  readonly onChange: (step: string, on: boolean) => void
}) => (
  <fieldset className="decide">
    <legend>
      {steps.length === 1 ? "This step" : "These steps"} began and did not complete, and may not simply run twice. Run{" "}
      {steps.length === 1 ? "it" : "them"} again?
    </legend>
    {steps.map((step) => (
      <label className="check" key={step}>
        <input type="checkbox" checked={rerun.has(step)} onChange={(event) => onChange(step, event.target.checked)} />
        <span>
          Run <code>{step}</code> again
        </span>
      </label>
    ))}
  </fieldset>
)

const marks = { added: "+", removed: "−", changed: "~" } as const

const Definition = ({
  chosen,
  onChoose,
  refused
}: {
  readonly refused: Extract<NonNullable<Stopping["problem"]>, { readonly _tag: "CommandRefused" }>
  readonly chosen: "stored" | "current" | undefined
  readonly onChoose: (definition: "stored" | "current") => void
}) => (
  <fieldset className="decide">
    <legend>The flow has changed since this execution began. Which definition counts?</legend>
    {refused.changes === undefined || refused.changes.length === 0 ? (
      <p className="muted">{refused.detail ?? "Its definition is another one."}</p>
    ) : (
      <ul className="changes">
        {refused.changes.map(({ after, before, change, step }) => (
          <li key={step}>
            <b>
              <span aria-hidden="true">{marks[change]}</span> {step} <span className="muted">{change}</span>
            </b>
            {before === undefined ? undefined : <del>{before}</del>}
            {after === undefined ? undefined : <ins>{after}</ins>}
          </li>
        ))}
      </ul>
    )}
    <label className="check">
      <input type="radio" name="definition" checked={chosen === "stored"} onChange={() => onChoose("stored")} />
      <span>Stored: go on as it began</span>
    </label>
    <label className="check">
      <input type="radio" name="definition" checked={chosen === "current"} onChange={() => onChoose("current")} />
      <span>Current: changed steps, and what comes after them, run again</span>
    </label>
  </fieldset>
)

/** What the server says of params, at the fields that it means. */
const fromServer = (
  invalid: Extract<NonNullable<Stopping["problem"]>, { readonly _tag: "InvalidParams" }> | undefined,
  fields: ReadonlyArray<{ readonly name: string }>
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (invalid?.problems ?? []).flatMap(({ detail, pointer }) => {
      const name = fields.find((field) => pointer === `/${field.name}` || pointer.startsWith(`/${field.name}/`))?.name
      return name === undefined ? [] : [[name, detail]]
    })
  )

/** How many steps of a flow there are to start. */
export const notStarted = (state: State): number =>
  FlowDescription.leaves(state.definition).filter(({ id }) => state.steps.get(id)?.status === "Waiting").length
