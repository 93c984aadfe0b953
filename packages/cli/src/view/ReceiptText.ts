/**
 * What a command to an execution did, in a line or two.
 */
import {
  DurationText,
  type ExecutionState,
  ExecutionStatus,
  type Executions,
  type InterruptStrategy,
  Words
} from "@halte/engine/model"
import * as CommandName from "../CommandName.ts"
import * as LocalTime from "./LocalTime.ts"
import { glyph, type Look, plain } from "./Look.ts"
import * as Report from "./Report.ts"
import { wrap } from "./TextWidth.ts"

export interface ReceiptInput {
  readonly look: Look
  readonly columns: number
  readonly now: number
  readonly receipt: Executions.Receipt
  /** Right after the command. */
  readonly state: ExecutionState.ExecutionState
  /** What is added to commands that are shown: `--project …`. */
  readonly again: ReadonlyArray<string>
}

const said = ({ columns, look, state }: ReceiptInput, text: string, ...more: ReadonlyArray<string>) => [
  ...wrap(`${glyph(look, state.status)} ${plain(look, text)}`, columns, "  "),
  // Each ends with a command to copy, which is never broken.
  ...more.map((line) => plain(look, `  ${line}`))
]

const name = ({ state }: ReceiptInput): string => `${Words.title(state)} ${state.id}`

const command = ({ again, state }: ReceiptInput, verb: string): string => CommandName.line([verb, state.id, ...again])

/** Of one that has ended: nothing changed. */
const late = (input: ReceiptInput, recorded: boolean): ReadonlyArray<string> => {
  const { now, state } = input
  const when = state.endedAt === undefined ? "" : ` ${LocalTime.ago(state.endedAt, now)}`
  return said(
    input,
    `${name(input)} had ended as ${state.status}${when}: nothing changed.${recorded ? " The request is recorded as late." : ""}`
  )
}

export const interrupt = (
  input: ReceiptInput,
  strategy: InterruptStrategy.InterruptStrategy | undefined
): ReadonlyArray<string> => {
  const { now, receipt, state } = input
  if (receipt.effect === "late") return late(input, true)
  if (receipt.effect === "repeat") {
    const first = state.requests.find((r) => r.attempt === state.attempt && r.kind === "first")?.signal
    const by =
      first === undefined ? "" : ` by ${Words.who(first.by, first.source)}, ${LocalTime.ago(first.requestedAt, now)}`
    return said(input, `${name(input)} had been asked to stop before${by}: the request is recorded as a repeat.`)
  }
  if (ExecutionStatus.isEnded(state.status)) return ended(input)
  const honoured = state.honoured ?? strategy
  if (honoured?._tag === "IgnoreInterruptions")
    return said(
      input,
      `${name(input)} was asked to stop, but its flow ignores interruptions: it goes on to its end.`,
      `Only force ends it: ${command(input, "terminate")}`
    )
  const more =
    honoured?._tag === "PollNextN" && honoured.n > 0
      ? ` ${DurationText.plural(honoured.n, "more step")} may start first.`
      : ""
  return said(
    input,
    `${name(input)} was asked to stop.${more}${state.bound === undefined ? "" : ` ${Words.willStop(state.bound)}`}`,
    `See it stop: ${command(input, "watch")}`
  )
}

export const pause = (input: ReceiptInput): ReadonlyArray<string> => {
  const { receipt, state } = input
  if (receipt.effect === "none") return said(input, `${name(input)} is ${state.status.toLowerCase()} already.`)
  return said(
    input,
    state.status === "Paused"
      ? `${name(input)} is paused.`
      : `${name(input)} was asked to hold: it does so at its next stopping points.`,
    `It goes on with: ${command(input, "resume")}`
  )
}

export const goOn = (input: ReceiptInput): ReadonlyArray<string> =>
  said(input, `${name(input)} goes on.`, `Follow it: ${command(input, "watch")}`)

export const terminate = (input: ReceiptInput, half: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { receipt, state } = input
  if (receipt.effect === "late" || (receipt.effect === "none" && ExecutionStatus.isEnded(state.status)))
    return late(input, receipt.effect === "late")
  if (receipt.effect === "repeat" || receipt.effect === "none")
    return said(input, `${name(input)} is being terminated already.`)
  if (ExecutionStatus.isEnded(state.status)) return ended(input, half)
  return said(
    input,
    `${name(input)} is being terminated: what still runs is ended by force.${mayBeHalf(half)}`,
    `Look at it: ${command(input, "show")}`
  )
}

const mayBeHalf = (steps: ReadonlyArray<string>): string =>
  steps.length === 0 ? "" : ` May be left half done: ${Words.list(steps, 5)}.`

/** `undefined`: it was rejected. */
export const answer = (
  input: ReceiptInput,
  step: string,
  given: { readonly value: unknown } | undefined
): ReadonlyArray<string> =>
  said(
    input,
    `Step \`${step}\` of ${name(input)} was ${given === undefined ? "rejected" : `answered: ${JSON.stringify(given.value)}`}.`
  )

/** How it ended, and how to go on. */
export const ended = (
  input: ReceiptInput,
  half: ReadonlyArray<string> = input.state.ended?.partition.terminated ?? []
): ReadonlyArray<string> => {
  const { state } = input
  return said(
    input,
    `${Report.summary(state)}.${state.status === "Interrupted" ? ` ${Report.promiseKept(state)}` : ""}${mayBeHalf(half)}`,
    ...(state.status === "Completed" ? [] : [`Resume with: ${command(input, "resume")}`])
  )
}
