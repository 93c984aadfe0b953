/**
 * The live tree: header, one line per step, the keys that work. Lines never wrap; steps that don't fit are counted.
 */
import {
  DurationText,
  ExecutionState,
  ExecutionStatus,
  FlowDescription,
  StepId,
  StopBound,
  StopPromise,
  UndoPlan,
  Waiting,
  Words
} from "@halte/engine/model"
import { glyph, paint, plain, styleOf, word } from "./Look.ts"
import * as Picture from "./Picture.ts"
import * as StepRow from "./StepRow.ts"
import { ends, truncate, width } from "./TextWidth.ts"

/** The lines of the tree, at most `size.rows - 1`: the last row stays free, so that the screen never scrolls. */
export const render = (picture: Picture.Picture): ReadonlyArray<string> => {
  const head = [header(picture), statusLine(picture), noticeLine(picture)]
  const keys = footer(picture)
  // A very low terminal keeps the steps.
  const tail = keys === "" || picture.size.rows < 8 ? [] : ["", keys]
  const rows = visible(picture, Math.max(1, picture.size.rows - 1 - head.length - tail.length))
  return [...head, ...rows, ...tail].slice(0, Math.max(1, picture.size.rows - 1))
}

/** Name, id and time: the first line of the screen. */
export const header = ({ look, now, size, state }: Picture.Picture): string => {
  const name = Words.title(state)
  const time = DurationText.text((state.endedAt ?? now) - state.attemptStartedAt)
  const room = size.columns - width(time) - 2
  const ids = [`  ${state.id}`, `  ${plain(look, "…")}${state.id.slice(-6)}`, ""]
  const id = ids.find((text) => width(name) + width(text) <= room) ?? ""
  return ends(
    look,
    paint(look, "bold", truncate(look, name, room)) + paint(look, "dim", id),
    paint(look, "dim", time),
    size.columns
  )
}

/** The line under the status: mostly blank, so that nothing moves when something has to be said there. */
export const noticeLine = ({ look, notice, size }: Picture.Picture): string =>
  notice === undefined ? "" : paint(look, "yellow", truncate(look, plain(look, notice), size.columns))

/** State, steps, time left and promise: as much of it as fits. */
export const statusLine = (picture: Picture.Picture): string => {
  const { look, now, size, state } = picture
  const turn = Math.floor(Math.max(0, now - state.attemptStartedAt) / 400) % 4
  const lead = `${glyph(look, state.status, turn)} ${paint(look, styleOf(state.status), word(look, state.status))}`
  const room = size.columns - width(lead) - 2
  const options = sentences(picture).map((parts) => plain(look, parts.filter((part) => part !== "").join(" · ")))
  const text = options.find((option) => width(option) <= room) ?? truncate(look, options.at(-1) ?? "", room)
  return text === "" ? lead : `${lead}  ${paint(look, "dim", text)}`
}

/** What the status line may say, the longest first. */
const sentences = (picture: Picture.Picture): ReadonlyArray<ReadonlyArray<string>> => {
  const { now, size, state } = picture
  const undo = UndoPlan.progress(state)
  const count = undo === undefined ? Words.stepCount(state) : UndoPlan.progressText(undo)
  if (state.status === "Interrupting") {
    const asked =
      state.requests.findLast((r) => r.attempt === state.attempt && r.kind === "first")?.signal.requestedAt ?? now
    const since = DurationText.text(Math.max(0, now - asked))
    const promised = state.bound?._tag === "Within" ? `${since} of ${DurationText.short(state.bound.millis)}` : since
    const waiting = undo === undefined ? active(state) : undo.running === undefined ? [] : [undo.running.step]
    if (state.honoured?._tag === "IgnoreInterruptions") return [[count, "this flow ignores interruptions"], ["ignored"]]
    if (state.honoured?._tag === "PollNextN" && state.honoured.n > 0)
      return [[count, `may start ${DurationText.plural(state.honoured.n, "more step")} first`], [promised]]
    return [
      [promised, waiting.length === 0 ? "" : `waiting for ${Words.list(waiting, 3)}`],
      [promised, `waiting for ${DurationText.plural(waiting.length, "step")}`],
      [promised]
    ]
  }
  if (state.status === "Terminating") return [["ending what is still running"], []]
  if (state.status === "Paused") return [[count, "p goes on", promise(state)], [count]]
  if (state.status === "Pausing") return [[count, "holds at the next stopping points"], [count]]
  if (state.status === "Pending") {
    const { waits } = state
    if (waits === undefined) return [["waits for a slot of the engine"], []]
    return [[Waiting.text(waits, state.id)], [`waits for ${waits.limit}`], []]
  }
  if (undo !== undefined)
    return [
      [count, undo.running === undefined ? "" : `undoing ${undo.running.step}`, promise(state)],
      [count, undo.running === undefined ? "" : `undoing ${undo.running.step}`],
      [count]
    ]
  const tidying = tidyingUp(state)
  if (tidying !== "") return [[count, tidying, promise(state)], [count, tidying], [count]]
  const gate = openGate(state)
  const until = gate === undefined ? timeLeft(picture, size.columns >= 100) : `${gate} waits for an answer`
  const short = StopPromise.now(state)
  return [
    [count, until, promise(state)],
    [count, promise(state)],
    [
      count,
      short._tag === "None"
        ? "no bound"
        : short.millis === 0
          ? "stops at once"
          : `stops in ${DurationText.short(short.millis)}`
    ],
    [count]
  ]
}

const active = (state: ExecutionState.ExecutionState): ReadonlyArray<string> =>
  [...state.steps.values()].filter((s) => ExecutionStatus.isActive(s.status)).map((s) => s.id)

/** The clean-up under way that belongs to no step: of a group, or of the flow. */
const tidyingUp = ({ cleanUps = [], steps }: ExecutionState.ExecutionState): string => {
  const found = cleanUps.find(({ status, step }) => status === "running" && !steps.has(step))
  return found === undefined ? "" : `cleaning up ${StepId.toText(found.step)}`
}

const promise = (state: ExecutionState.ExecutionState): string => {
  const bound = StopPromise.now(state)
  return bound._tag === "Within"
    ? `would stop ${StopBound.toText(bound)}`
    : `no bound: ${Words.list(
        bound.steps.map((s) => `\`${s}\``),
        2
      )}`
}

const openGate = (state: ExecutionState.ExecutionState): string | undefined =>
  [...state.steps.values()].find((s) => s.gate !== undefined && ExecutionStatus.isActive(s.status))?.id

/**
 * The time until everything is done, or a person has to answer: at least as long as the slowest running step needs. It
 * is exact only when nothing else has to run before.
 */
const timeLeft = ({ state, timeLeft: of }: Picture.Picture, wide: boolean): string => {
  let longest: number | undefined
  let known = true
  let gate: string | undefined
  for (const step of FlowDescription.leaves(state.definition)) {
    const status = state.steps.get(step.id)?.status ?? "Waiting"
    if (status === "Waiting") {
      if (step.kind === "gate") gate ??= step.name
      else if (gate === undefined) known = false
    } else if (ExecutionStatus.isActive(status)) {
      const left = of(step.id)
      if (left === undefined) known = false
      else longest = Math.max(longest ?? 0, left)
    }
  }
  if (longest === undefined) return ""
  const time = `${known ? (wide ? "about " : "") : wide ? "at least " : "≥ "}${Words.left(longest)}`
  return gate === undefined ? `${time} left` : `${time} until ${gate} waits${wide ? " for a person" : ""}`
}

const footer = ({ asked, keys, look, size, state }: Picture.Picture): string => {
  if (ExecutionStatus.isEnded(state.status)) return ""
  if (state.status === "Terminating") return paint(look, "dim", truncate(look, "Ctrl-C leave at once", size.columns))
  if (state.status === "Interrupting" && asked > 0) {
    const half = [...state.steps.values()].filter((s) => ExecutionStatus.isActive(s.status)).map((s) => s.id)
    const texts = [
      ...(half.length === 0 ? [] : [`Ctrl-C terminate now (may leave ${Words.list(half, 2)} half done)`]),
      "Ctrl-C terminate now"
    ]
    return paint(look, "dim", texts.find((text) => width(text) <= size.columns) ?? "Ctrl-C terminate")
  }
  let text = ""
  for (const key of keys) {
    const next = text === "" ? key : `${text}   ${key}`
    if (width(plain(look, next)) > size.columns) break
    text = next
  }
  return paint(look, "dim", plain(look, text))
}

/** Every row of the tree, groups before their steps. */
export const rows = (state: ExecutionState.ExecutionState): ReadonlyArray<StepRow.Row> => {
  const out: Array<StepRow.Row> = []
  const visit = (steps: ReadonlyArray<FlowDescription.StepDescription>, depth: number) => {
    for (const step of steps) {
      const status =
        step.steps === undefined
          ? (state.steps.get(step.id)?.status ?? "Waiting")
          : ExecutionState.groupStatus(state, step)
      out.push({ step, depth, status })
      if (step.steps !== undefined) visit(step.steps, depth + 1)
    }
  }
  visit(state.definition.steps, 0)
  return out
}

const visible = (picture: Picture.Picture, room: number): ReadonlyArray<string> => {
  const { look, selected, size, state } = picture
  const all = rows(state)
  const longest = all.reduce((most, row) => Math.max(most, 2 * row.depth + 2 + width(StepRow.nameOf(row.step))), 0)
  const cols = Picture.columns(size.columns, longest)
  const line = (row: StepRow.Row) =>
    StepRow.render(picture, cols, row, row.step.steps === undefined ? undefined : done(state, row.step.steps))
  if (all.length <= room) return all.map(line)
  if (room < 3) return [truncate(look, `${DurationText.plural(all.length, "step")}`, size.columns)]
  if (selected !== undefined) {
    // Someone looks around: every row, in a window around the chosen one.
    const at = Math.max(
      0,
      all.findIndex((row) => row.step.id === selected)
    )
    const inner = room - 2
    const from = Math.max(0, Math.min(at - Math.floor(inner / 2), all.length - inner))
    return framed(picture, all.slice(from, from + inner).map(line), from, all.length - from - inner)
  }
  const finished = all.filter(
    (row) => row.step.steps === undefined && (row.status === "Completed" || row.status === "Skipped")
  )
  const waiting = all.filter((row) => row.step.steps === undefined && row.status === "Waiting")
  const active = all.filter((row) => row.status !== "Completed" && row.status !== "Skipped" && row.status !== "Waiting")
  const first = finished.length === 0 ? [] : [count(picture, "Completed", finished.length, "done")]
  const held = state.status === "Interrupting" || state.status === "Terminating"
  const last = waiting.length === 0 ? [] : [count(picture, "Waiting", waiting.length, held ? "held" : "waiting")]
  const inner = room - first.length - last.length
  if (active.length <= inner) return [...first, ...active.map(line), ...last]
  const more = active.length - (inner - 1)
  return [
    ...first,
    ...active.slice(0, inner - 1).map(line),
    paint(look, "dim", truncate(look, plain(look, `  … ${DurationText.count(more)} more at work`), size.columns)),
    ...last
  ]
}

const count = ({ look, size }: Picture.Picture, status: "Completed" | "Waiting", n: number, what: string): string =>
  truncate(
    look,
    `${glyph(look, status)} ${paint(look, "dim", `${DurationText.plural(n, "step")} ${what}`)}`,
    size.columns
  )

const framed = ({ look, size }: Picture.Picture, lines: ReadonlyArray<string>, above: number, below: number) => {
  const mark = (n: number, arrow: string) =>
    paint(look, "dim", truncate(look, n > 0 ? plain(look, `${arrow} ${DurationText.count(n)} more`) : "", size.columns))
  return [mark(above, "↑"), ...lines, mark(below, "↓")]
}

const done = (state: ExecutionState.ExecutionState, steps: ReadonlyArray<FlowDescription.StepDescription>) => {
  const leaves = FlowDescription.leaves({ steps })
  const finished = leaves.filter((leaf) => {
    const status = state.steps.get(leaf.id)?.status
    return status === "Completed" || status === "Skipped"
  })
  return { done: finished.length, all: leaves.length }
}
