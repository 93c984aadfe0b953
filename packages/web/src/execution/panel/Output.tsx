/**
 * What a step gave: its value, or how much of it there is so far. A large one is kept apart and fetched when it is asked
 * for.
 */
import type { ExecutionState } from "@halte/engine/model"
import { useState } from "react"
import { executions } from "../../bridge/Client.ts"
import { usePending } from "../../bridge/usePending.ts"
import { Button } from "../../ui/Button.tsx"
import { CopyButton } from "../../ui/CopyButton.tsx"
import { Problem } from "../../ui/Notice.tsx"
import { bytesText } from "./Bytes.ts"
import { sizeOf, ValueView } from "./ValueView.tsx"

export interface OutputProps {
  readonly id: ExecutionState.ExecutionState["id"]
  readonly step: ExecutionState.StepState
}

export const Output = ({ id, step }: OutputProps) => {
  const large = step.references?.["value"]
  const [loaded, setLoaded] = useState<{ readonly value: unknown; readonly attempt: number }>()
  const { clear, give, pending, problem } = usePending<unknown>()
  const known = loaded?.attempt === step.attempt ? loaded : undefined
  const partial = step.status !== "Completed"
  const value = known === undefined ? (partial ? (step.partial ?? step.results) : step.value) : known.value
  const apart = large !== undefined && known === undefined && !partial
  if (value === undefined && !apart) return undefined
  const load = async () => {
    const answer = await give(executions.output(id, step.id))
    if (answer !== undefined) setLoaded({ value: answer, attempt: step.attempt })
  }
  return (
    <section>
      <h3>
        Output
        {partial ? <span className="tag">partial</span> : undefined}
        {step.masked === true ? <span className="tag">masked</span> : undefined}
        <small>{bytesText(large?.bytes ?? sizeOf(value))}</small>
        {apart ? undefined : (
          <CopyButton text={typeof value === "string" ? value : JSON.stringify(value, undefined, 2)} what="output" />
        )}
      </h3>
      {apart ? (
        <Button small pending={pending} onClick={() => void load()}>
          {pending ? "Loading…" : `Load ${bytesText(large.bytes)}`}
        </Button>
      ) : (
        <ValueView value={value} />
      )}
      {step.masked === true ? (
        <p className="muted note">A secret in it is not shown, and was not recorded.</p>
      ) : undefined}
      {problem === undefined ? undefined : <Problem error={problem} onClose={clear} />}
    </section>
  )
}
