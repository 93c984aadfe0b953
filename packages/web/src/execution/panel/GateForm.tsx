/**
 * The answer to a step that waits for a person: yes or no, or what its schema asks for. Either can be rejected, with a
 * reason for the record.
 */
import { ControlSequences, type ExecutionId, type Executions, type ExecutionState } from "@halte/engine/model"
import { useId, useMemo, useState } from "react"
import { executions, type Failure } from "../../bridge/Client.ts"
import { usePending } from "../../bridge/usePending.ts"
import { asker } from "../../settings/Settings.ts"
import { Button } from "../../ui/Button.tsx"
import { Problem } from "../../ui/Notice.tsx"
import { readAll } from "../../start/ParamFields.ts"
import { ParamsForm } from "../../start/ParamsForm.tsx"
import { askedBy, single } from "./GateFields.ts"

export interface GateFormProps {
  readonly id: ExecutionId.ExecutionId
  readonly step: string
  readonly gate: NonNullable<ExecutionState.StepState["gate"]>
}

export const GateForm = ({ gate, id, step }: GateFormProps) => {
  const { clear, give, pending, problem } = usePending<Executions.Receipt>()
  const [given, setGiven] = useState(false)
  const [reason, setReason] = useState("")
  const reasonId = useId()
  const answer = async (value: unknown, request?: Executions.AnswerRequest) => {
    if ((await give(executions.answer(id, step, value, { ...asker(), ...request }))) !== undefined) setGiven(true)
  }
  const reject = () =>
    void answer(false, { reject: true, ...(reason.trim() === "" ? undefined : { reason: reason.trim() }) })
  // What was answered is pending until the step has ended: then this form is gone.
  const busy = pending || given
  return (
    <section className="ask">
      <h3>Waits for a person</h3>
      <p className="quote">{ControlSequences.strip(gate.message)}</p>
      {gate.schema === undefined ? (
        <Button kind="primary" icon="check" pending={busy} onClick={() => void answer(true)}>
          {busy ? "Answering…" : "Approve"}
        </Button>
      ) : (
        <Asked schema={gate.schema} busy={busy} refused={refusedAt(problem)} onAnswer={(value) => void answer(value)} />
      )}
      <form
        className="reject"
        onSubmit={(event) => {
          event.preventDefault()
          reject()
        }}
      >
        <label htmlFor={reasonId}>
          Reason <span className="req">optional</span>
        </label>
        <span className="field">
          <input
            id={reasonId}
            value={reason}
            disabled={busy}
            autoComplete="off"
            onChange={(event) => setReason(event.target.value)}
          />
        </span>
        <Button icon="x" type="submit" disabled={busy}>
          Reject
        </Button>
      </form>
      {problem === undefined ? undefined : <Problem error={problem} onClose={clear} />}
    </section>
  )
}

/** What was refused of an answer, by the field that it stands in. */
const refusedAt = (problem: Failure | undefined): Readonly<Record<string, string>> =>
  problem?._tag !== "CommandRefused"
    ? {}
    : Object.fromEntries(
        (problem.problems ?? []).map(({ detail, pointer }) => {
          const [, name = single, ...inner] = pointer
            .split("/")
            .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
          return [name, inner.length === 0 ? detail : `${inner.join(".")}: ${detail}`]
        })
      )

const Asked = ({
  busy,
  onAnswer,
  refused,
  schema
}: {
  readonly refused: Readonly<Record<string, string>>
  readonly schema: Readonly<Record<string, unknown>>
  readonly busy: boolean
  readonly onAnswer: (value: unknown) => void
}) => {
  const { fields, valueOf } = useMemo(() => askedBy(schema), [schema])
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const [tried, setTried] = useState(false)
  const form = readAll(fields, typed)
  return (
    <form
      className="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (Object.keys(form.problems).length === 0) onAnswer(valueOf(form.params))
      }}
    >
      <ParamsForm
        fields={fields}
        typed={typed}
        problems={tried ? { ...refused, ...form.problems } : {}}
        disabled={busy}
        onChange={(name, text) => setTyped({ ...typed, [name]: text })}
      />
      <Button kind="primary" type="submit" pending={busy}>
        {busy ? "Answering…" : "Answer"}
      </Button>
    </form>
  )
}
