/**
 * What is promised about a stop before anybody has said yes to it.
 */
import { DurationText, type ExecutionState, InterruptStrategy, StopBound, StopPromise } from "@halte/engine/model"

/** `within 5.5 s, can be resumed`; `after 2 more steps, can be resumed`. */
export const promiseOf = (
  state: ExecutionState.ExecutionState,
  requested?: InterruptStrategy.InterruptStrategy
): string => {
  const strategy = InterruptStrategy.resolve(state.strategy, requested)
  switch (strategy._tag) {
    case "FinishCurrent":
      return `${StopBound.toText(bound(state, strategy)).replaceAll("`", "")}, can be resumed`
    case "PollNextN":
      return `${strategy.n === 0 ? "when the running steps have ended" : `after ${DurationText.plural(strategy.n, "more step")}`}, can be resumed`
    case "IgnoreInterruptions":
      return "this flow ignores interruptions"
  }
}

const bound = (state: ExecutionState.ExecutionState, strategy: InterruptStrategy.InterruptStrategy) =>
  StopPromise.now({ ...state, strategy })
