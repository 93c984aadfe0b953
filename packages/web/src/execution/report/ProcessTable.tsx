/**
 * The programs that the attempt started, and how each of them ended.
 */
import { ControlSequences, DurationText, type ExecutionState } from "@halte/engine/model"
import { useState } from "react"
import { Button } from "../../ui/Button.tsx"
import { Glyph, stateClass } from "../../ui/Glyph.tsx"
import * as StopWords from "../StopWords.ts"

const most = 12

/** What was asked to stop, or did not end well, comes first; of the others the latest. */
const inOrder = (processes: ReadonlyArray<ExecutionState.ProcessState>): ReadonlyArray<ExecutionState.ProcessState> => {
  const plain = ({ exited, signalled }: ExecutionState.ProcessState) =>
    signalled === undefined && exited?.exitCode === 0 ? 1 : 0
  return processes.toReversed().sort((a, b) => plain(a) - plain(b))
}

export const ProcessTable = ({ state }: { readonly state: ExecutionState.ExecutionState }) => {
  const [shown, setShown] = useState(most)
  const mine = inOrder(state.processes.filter(({ attempt }) => attempt === state.attempt))
  if (mine.length === 0) return undefined
  return (
    <section className="card" aria-labelledby="processes-title">
      <h2 id="processes-title">
        How each process ended{" "}
        <small>
          {DurationText.count(mine.length)} started, {StopWords.alive(state).length} alive
        </small>
      </h2>
      <table className="tb">
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col">Step</th>
            <th scope="col">Asked with</th>
            <th scope="col">Ended</th>
          </tr>
        </thead>
        <tbody>
          {mine.slice(0, shown).map((process) => {
            const { status, text } = StopWords.processEnd(state, process)
            return (
              <tr key={`${process.pid}.${process.startedAt}`}>
                <td>
                  <code>
                    {process.pid} {ControlSequences.strip(process.command)}
                  </code>
                </td>
                <td>{process.step}</td>
                <td className={process.signalled === undefined ? "muted" : undefined}>
                  {StopWords.askedWith(process)}
                </td>
                <td>
                  <span className={`state ${stateClass(status)}`}>
                    <Glyph status={status} />
                    {text}
                  </span>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {mine.length > shown ? (
        <p className="more">
          <Button small kind="quiet" onClick={() => setShown(shown + 200)}>
            {DurationText.count(mine.length - shown)} more
          </Button>
        </p>
      ) : undefined}
    </section>
  )
}
