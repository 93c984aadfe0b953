/**
 * The answer to a step that waits for a person: yes or no, or what its schema asks for.
 */
import { ControlSequences, type ExecutionId, type Executions, type ExecutionState } from "@halte/engine/model"
import { useMemo, useState } from "react"
import { executions } from "../../bridge/Client.ts"
import { usePending } from "../../bridge/usePending.ts"
import { asker } from "../../settings/Settings.ts"
import { Button } from "../../ui/Button.tsx"
import { Problem } from "../../ui/Notice.tsx"
import { readAll } from "../../start/ParamFields.ts"
import { ParamsForm } from "../../start/ParamsForm.tsx"
import { askedBy } from "./GateFields.ts"

export interface GateFormProps {
  readonly id: ExecutionId.ExecutionId
  readonly step: string
  readonly gate: NonNullable<ExecutionState.StepState["gate"]>
}

export const GateForm = ({ gate, id, step }: GateFormProps) => {
  const { clear, give, pending, problem } = usePending<Executions.Receipt>()
  const [given, setGiven] = useState(false)
  const answer = async (value: unknown) => {
    if ((await give(executions.answer(id, step, value, asker()))) !== undefined) setGiven(true)
  }
  // What was answered is pending until the step has ended: then this form is gone.
  const busy = pending || given
  return (
    <section className="ask">
      <h3>Waits for a person</h3>
      <p className="quote">{ControlSequences.strip(gate.message)}</p>
      {gate.schema === undefined ? (
        <div className="yes-no">
          <Button kind="primary" icon="check" pending={busy} onClick={() => void answer(true)}>
            {busy ? "Answering…" : "Approve"}
          </Button>
          <Button icon="x" disabled={busy} onClick={() => void answer(false)}>
            Reject
          </Button>
        </div>
      ) : (
        <Asked schema={gate.schema} busy={busy} onAnswer={(value) => void answer(value)} />
      )}
      {problem === undefined ? undefined : <Problem error={problem} onClose={clear} />}
    </section>
  )
}

const Asked = ({
  busy,
  onAnswer,
  schema
}: {
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
        problems={tried ? form.problems : {}}
        disabled={busy}
        onChange={(name, text) => setTyped({ ...typed, [name]: text })}
      />
      <Button kind="primary" type="submit" pending={busy}>
        {busy ? "Answering…" : "Answer"}
      </Button>
    </form>
  )
}
