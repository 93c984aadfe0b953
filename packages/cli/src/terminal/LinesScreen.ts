/**
 * Plain lines on standard output: changes, heartbeats and what steps write.
 */
import { ControlSequences, type ExecutionState, ExecutionStatus, type LogLine, TimeLeft } from "@halte/engine/model"
import * as LinesView from "../view/LinesView.ts"
import * as ConnectionText from "../view/ConnectionText.ts"
import { lines, type Output, type StreamName } from "./Output.ts"
import type { Screen } from "./Screen.ts"

const heartbeatMillis = 10_000

export const make = (
  output: Output,
  options: {
    readonly now: () => number
    readonly verbose: boolean
    /** `grouped`: the lines of a step come together, when it has ended. */
    readonly logs: "stream" | "grouped"
    /** The last line: how to go on from here. */
    readonly next?: ((state: ExecutionState.ExecutionState) => string | undefined) | undefined
  }
): Screen => {
  const left = TimeLeft.make()
  const held = new Map<string, Array<LogLine.LogLine>>()
  let state: ExecutionState.ExecutionState | undefined
  let beating: ReturnType<typeof setInterval> | undefined

  const print = (text: string) => lines(output, "stdout", [text])
  const printLog = (line: LogLine.LogLine) => {
    const stream: StreamName = line.stream === "stderr" ? "stderr" : "stdout"
    const text = output.isTerminal(stream) ? ControlSequences.strip(line.text) : line.text
    lines(output, stream, [LinesView.ofLog(output.look(stream), line.step, text)])
  }
  const release = (step: string) => {
    for (const line of held.get(step) ?? []) printLog(line)
    held.delete(step)
  }
  const isOver = (step: string): boolean => {
    const found = state?.steps.get(step)
    return found?.endedAt !== undefined && !ExecutionStatus.isActive(found.status)
  }
  const stop = () => clearInterval(beating)

  return {
    logs: true,
    answers: false,
    begin: () => {
      beating = setInterval(() => {
        if (state === undefined || ExecutionStatus.isEnded(state.status)) return
        const now = options.now()
        lines(
          output,
          "stdout",
          LinesView.heartbeat(output.look("stdout"), state, now, (step) => left.of(step, now))
        )
      }, heartbeatMillis)
    },
    event: (event, after, past) => {
      left.observe(event)
      state = after
      if (past) return
      // What is left to say about the end comes after the last output of the steps.
      if (event.type === "execution-ended") return
      if ("step" in event && isOver(event.step)) release(event.step)
      const text = LinesView.ofEvent(output.look("stdout"), after, event, options)
      if (text !== undefined) print(text)
    },
    turn: () => {},
    log: (line) => {
      // The two streams are read apart: a line may come after the end of its step.
      if (options.logs === "stream" || isOver(line.step)) return printLog(line)
      const kept = held.get(line.step)
      if (kept === undefined) held.set(line.step, [line])
      else kept.push(line)
    },
    requested: () => {},
    connection: (news) => lines(output, "stderr", [ConnectionText.text(news)]),
    refused: (command, message) => lines(output, "stderr", [`${command}: ${message}`]),
    say: (texts) => lines(output, "stderr", texts),
    end: (ended) => {
      stop()
      for (const step of [...held.keys()]) release(step)
      if (ended.ended === undefined) return
      const look = output.look("stdout")
      const text = LinesView.ofEvent(look, ended, ended.ended, options)
      if (text !== undefined) print(text)
      const next = options.next?.(ended)
      if (next !== undefined) print(LinesView.line(look, ended.ended.at, next))
    },
    restore: stop
  }
}
