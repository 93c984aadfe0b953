/**
 * One line of the tree: a step, what it does and how soon it stops.
 */
import {
  ControlSequences,
  DurationText,
  type ExecutionState,
  ExecutionStatus,
  type FlowDescription,
  ParentStep,
  Waiting,
  Words
} from "@halte/engine/model"
import { bar, glyph, paint, plain } from "./Look.ts"
import type { Columns, Picture } from "./Picture.ts"
import { padEnd, truncate, width } from "./TextWidth.ts"

export interface Row {
  readonly step: FlowDescription.StepDescription
  readonly depth: number
  readonly status: ExecutionStatus.StepStatus
}

/** What stands after the name: at the left, and at the right end of the line. */
interface Detail {
  readonly left: string
  readonly right?: string
}

/** Its name; of what a map has made, the index and the item. */
export const nameOf = ({ label, name }: FlowDescription.StepDescription): string =>
  label !== undefined && /^\d+$/.test(name) ? `${name} ${ControlSequences.strip(label)}` : name

export const render = (picture: Picture, cols: Columns, row: Row, group?: { done: number; all: number }): string => {
  const { look, now, state } = picture
  const { depth, status, step } = row
  const turn = Math.floor(Math.max(0, now - state.attemptStartedAt) / 400) % 4
  const indent = "  ".repeat(depth)
  const chosen = picture.selected === step.id
  const name = truncate(look, nameOf(step), Math.max(4, cols.detail - 4 - indent.length))
  const head = `${indent}${glyph(look, status, turn)} ${chosen && look.color ? `\u001b[7m${name}\u001b[27m` : paint(look, "bold", name)}${chosen && !look.color ? " <" : ""}`
  const { left, right = "" } =
    group === undefined
      ? ofStep(picture, cols, row)
      : { left: `${DurationText.count(group.done)} of ${DurationText.plural(group.all, "part")}` }
  if (left === "" && right === "") return truncate(look, head, cols.width)
  const room = cols.width - cols.detail
  return truncate(look, padEnd(head, cols.detail) + fit(picture, left, right, room), cols.width)
}

/** Both ends when they fit; else the left one alone, which says more. */
const fit = (picture: Picture, left: string, right: string, room: number): string => {
  const { look } = picture
  const shown = plain(look, right)
  if (right === "") return dim(picture, truncate(look, left, room))
  const space = room - width(shown) - 2
  if (space < Math.min(width(left), 8)) return dim(picture, truncate(look, left, room))
  return dim(picture, padEnd(truncate(look, left, space), room - width(shown)) + shown)
}

// Bars bring their own colors, and a nested style would end the dim one.
const dim = (picture: Picture, text: string): string =>
  !picture.look.color || text.includes("\u001b") ? text : paint(picture.look, "dim", text)

const ofStep = (picture: Picture, cols: Columns, row: Row): Detail => {
  const { now, state } = picture
  const s = state.steps.get(row.step.id)
  if (s === undefined) return { left: "" }
  const undone = ofUndo(picture, cols, s.id)
  if (undone !== undefined) return undone
  const took = s.tookMillis === undefined ? "" : DurationText.text(s.tookMillis)
  switch (s.status) {
    case "Waiting": {
      const asked = state.status === "Interrupting" || state.status === "Terminating"
      if (asked && state.honoured?._tag !== "IgnoreInterruptions") return { left: "held" }
      if (s.waits !== undefined && !ExecutionStatus.isEnded(state.status))
        return { left: plain(picture.look, Waiting.text(s.waits, state.id)) }
      return { left: ExecutionStatus.isEnded(state.status) ? "not started" : row.step.kind === "gate" ? "gate" : "" }
    }
    case "Skipped":
      return { left: s.skipped === "input-skipped" ? "skipped: reads a skipped step" : "skipped: condition not met" }
    case "Completed":
      return { left: took }
    case "Failed":
      return { left: time(cols, took) + ControlSequences.sentence(s.failure?.message ?? "failed") }
    case "Terminated":
      return { left: time(cols, took) + ControlSequences.strip(s.detail ?? "ended by force, may be half done") }
    case "Interrupted":
      return interrupted(picture, cols, row, s, took)
    case "Paused": {
      if (row.step.kind === "flow")
        return { left: `${time(cols, elapsed(s, now))}paused at ${ofTotal(s)}, ${subFlow(row, s)[0]}` }
      return s.total === undefined || !cols.wide
        ? { left: `${time(cols, elapsed(s, now))}paused${s.total === undefined ? "" : ` at ${ofTotal(s)}`}` }
        : { left: time(cols, elapsed(s, now)) + withBar(picture, cols, s, `paused at ${ofTotal(s)}`, 0) }
    }
    case "Running":
    case "Interrupting":
      return working(picture, cols, row, s)
  }
}

/** What an attempt that takes back says of a step. */
const ofUndo = ({ now, state }: Picture, cols: Columns, id: string): Detail | undefined => {
  if (state.undo === undefined) return undefined
  const told = state.cleanUps?.findLast(({ kind, step }) => kind === "undo" && step === id)
  if (told === undefined) return undefined
  const took = (millis: number) => time(cols, DurationText.text(Math.max(0, millis)))
  switch (told.status) {
    case "running":
      return { left: `${took(now - told.startedAt)}undoing, at most ${DurationText.short(told.deadlineMillis)}` }
    case "done":
      return { left: `${took(told.tookMillis ?? 0)}undone` }
    case "failed":
      return {
        left: `${took(told.tookMillis ?? 0)}not undone: ${ControlSequences.sentence(told.failure?.message ?? "")}`
      }
  }
}

/** ``sub-flow `notes` …KKHG  3 of 7``, and what it waits for; then the same in fewer columns. */
const subFlow = ({ step }: Row, s: ExecutionState.StepState): ReadonlyArray<string> => {
  const whole = ParentStep.toText(step, s) ?? ""
  const id = ParentStep.childOf(step, s)
  const far = [
    ...(s.total === undefined ? [] : [`${DurationText.count(s.done ?? 0)} of ${DurationText.count(s.total)}`]),
    ...(s.message === undefined || s.message === "" ? [] : [ControlSequences.strip(s.message)])
  ]
  const named = [whole, `${step.detail ?? ""}${id === undefined ? "" : ` …${id.slice(-4)}`}`]
  return [...named.map((name) => [name, ...far].join("  ")), far.join("  ")]
}

const killIn = (millis: number): string => `SIGKILL in ${DurationText.text(Math.max(0, millis))}`

const time = (cols: Columns, text: string): string => (text === "" ? "" : padEnd(text, cols.time))

const elapsed = (s: ExecutionState.StepState, now: number): string =>
  s.startedAt === undefined ? "" : DurationText.text(Math.max(0, now - s.startedAt))

/** The narrowest bar that still says something. */
const leastBar = 6

const progressBar = (picture: Picture, s: ExecutionState.StepState, cells: number): string =>
  bar(picture.look, s.status, s.total === undefined || s.total <= 0 ? 0 : (s.done ?? 0) / s.total, cells)

const ofTotal = (s: ExecutionState.StepState): string =>
  `${DurationText.count(s.done ?? 0)} / ${DurationText.count(s.total ?? 0)}`

const interrupted = (picture: Picture, cols: Columns, row: Row, s: ExecutionState.StepState, took: string): Detail => {
  const after = s.stopMillis === undefined ? "" : DurationText.text(s.stopMillis)
  if (row.step.kind === "flow")
    return { left: `${time(cols, took)}${ofTotal(s)}, ${ControlSequences.strip(s.detail ?? "stopped")}` }
  if (s.total === undefined || row.step.kind === "gate")
    return { left: time(cols, took) + ControlSequences.strip(s.detail ?? "at a stopping point"), right: "" }
  const at = `stopped at ${ofTotal(s)}`
  const elapsedText =
    s.startedAt === undefined || s.endedAt === undefined ? took : DurationText.text(s.endedAt - s.startedAt)
  if (!cols.wide) return { left: withBar(picture, cols, s, at, width(after)), right: after }
  const rest = `${at}${after === "" ? "" : `, ${after} after the request`}`
  return { left: time(cols, elapsedText) + withBar(picture, cols, s, rest, 0) }
}

/** A bar and a text, the bar left out where both don't fit beside `right` columns. */
const withBar = (picture: Picture, cols: Columns, s: ExecutionState.StepState, text: string, right: number): string => {
  const room = cols.width - cols.detail - (cols.wide ? cols.time : 0) - (right === 0 ? 0 : right + 2)
  const words = plain(picture.look, text)
  const shown = paint(picture.look, "dim", words)
  const cells = Math.min(cols.bar, room - width(words) - 2)
  return cells < leastBar ? shown : `${progressBar(picture, s, cells)}  ${shown}`
}

const working = (picture: Picture, cols: Columns, row: Row, s: ExecutionState.StepState): Detail => {
  const { look, now, state } = picture
  const stopping = s.status === "Interrupting" || state.status === "Terminating"
  const right = cols.wide || cols.width >= 60 ? Words.stops(row.step) : Words.stopsShort(row.step)
  const since = time(cols, elapsed(s, now))
  const signalled = stopping
    ? state.processes.findLast((p) => p.step === s.id && p.attempt === state.attempt && p.exited === undefined)
        ?.signalled
    : undefined
  if (signalled !== undefined) {
    const to = cols.wide ? ` to ${DurationText.plural(signalled.count, "process", "processes")}` : ""
    if (cols.width < 60)
      return {
        left: `${signalled.signal} sent`,
        right: signalled.killAt === undefined ? "" : killIn(signalled.killAt - now)
      }
    return {
      left: `${since}${signalled.signal} sent ${DurationText.text(Math.max(0, now - signalled.at))} ago${to}`,
      right: signalled.killAt === undefined ? "" : killIn(signalled.killAt - now)
    }
  }
  if (s.cleanUp === "running") return { left: `${since}cleaning up` }
  if (s.gate !== undefined)
    return {
      left: `${since}waits for an answer: ${ControlSequences.strip(s.gate.message)}`,
      right: stopping ? right : ""
    }
  if (s.retryAt !== undefined && s.retryAt > now)
    return {
      left: `${since}waits ${DurationText.text(s.retryAt - now)} before the next try: ${ControlSequences.sentence(s.failure?.message ?? "")}`,
      right
    }
  if (s.overdueMillis !== undefined)
    return { left: `${since}no stopping point for ${DurationText.text(s.overdueMillis)}`, right }
  if (row.step.kind === "flow") {
    const room = cols.width - cols.detail - width(since) - 2
    const promise = cols.wide ? right : Words.stopsShort(row.step)
    const texts = subFlow(row, s)
    const text = texts.find((one) => width(one) + width(promise) <= room) ?? texts.at(-1)!
    return { left: since + text, right: promise }
  }
  if (s.total === undefined) {
    const said =
      (s.message === undefined ? undefined : ControlSequences.strip(s.message)) ??
      picture.lastLine(s.id) ??
      (s.done === undefined ? "" : DurationText.count(s.done))
    return { left: since + said, right: stopping ? Words.stops(row.step) : right }
  }
  const left = picture.timeLeft(s.id)
  const percent = Words.percent(s.done ?? 0, s.total)
  if (cols.wide) {
    const text = [ofTotal(s), percent, ...(left === undefined ? [] : [`${Words.left(left)} left`])].join("  ")
    // The promise may come one space after the rest here: it is the last thing to give up.
    const promise = plain(look, right)
    const body = since + withBar(picture, cols, s, text, width(promise) - 1)
    const gap = cols.width - cols.detail - width(body) - width(promise)
    return { left: gap < 1 ? body : body + " ".repeat(gap) + paint(look, "dim", promise) }
  }
  const tail = [percent, ...(left === undefined ? [] : [Words.left(left)]), Words.stopsShort(row.step)].join("  ")
  const both = plain(look, `${ofTotal(s)}  ${tail}`)
  const room = cols.width - cols.detail
  const cells = Math.min(cols.bar, room - width(both) - 2)
  if (cells >= leastBar) {
    const end = plain(look, tail)
    const words = padEnd(ofTotal(s), room - cells - 2 - width(end)) + end
    return { left: `${progressBar(picture, s, cells)}  ${paint(look, "dim", words)}` }
  }
  if (width(both) <= room) return { left: both }
  return { left: `${percent}  ${left === undefined ? ofTotal(s) : `${Words.left(left)} left`}` }
}
