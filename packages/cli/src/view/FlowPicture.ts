/**
 * What a picture of a flow shows, before it is drawn: boxes with their lines of text, arrows, and which of their kinds
 * there are, for the legend. Drawn by `MermaidGraph`, `DotGraph` and `TextGraph`.
 */
import {
  ControlSequences,
  DurationText,
  FlowDescription,
  StopBound,
  StopFindings,
  StopPromise,
  Words
} from "@halte/engine/model"

type Step = FlowDescription.StepDescription

/** A box: a step, or a group or a map with boxes in it. */
export interface Box {
  /** Short, and of letters and digits. */
  readonly id: string
  readonly step: Step
  readonly title: string
  /** What it does, and how soon it stops: `process · stops within 5.5 s`. */
  readonly kind: string
  /** What else there is to know: a condition, tries, what tidies up. */
  readonly marks: ReadonlyArray<string>
  readonly isConditional: boolean
  /** Nothing bounds the time that it takes to stop. */
  readonly isUnbounded: boolean
  readonly inner: ReadonlyArray<Box> | undefined
}

/** `data`: the second reads what the first gives; else it only comes after it. */
export interface Arrow {
  readonly from: Box
  readonly to: Box
  readonly isData: boolean
}

export interface FlowPicture {
  readonly name: string
  /** `release: stops within 5.5 s`. */
  readonly title: string
  readonly boxes: ReadonlyArray<Box>
  readonly arrows: ReadonlyArray<Arrow>
  /** What is in it, so that a legend explains that and no more. */
  readonly has: {
    readonly order: boolean
    readonly data: boolean
    readonly condition: boolean
    readonly unbounded: boolean
  }
}

export const make = (flow: FlowDescription.FlowDescription): FlowPicture => {
  const byId = new Map<string, Box>()
  let count = 0
  const box = (step: Step): Box => {
    const id = `s${++count}`
    const of = innerOf(step)
    const made: Box = {
      id,
      step,
      title: one(step.label ?? (step.name === "*" ? (step.detail ?? "each item") : step.name)),
      kind: kindText(step),
      marks: marksOf(step),
      isConditional: step.when !== undefined,
      isUnbounded: of === undefined && step.stopsWithinMillis === undefined,
      inner: of?.map(box)
    }
    byId.set(step.id, made)
    // A map whose items are groups is one box: what stands in it is what each item gets.
    if (step.steps === undefined && step.template?.steps !== undefined) byId.set(step.template.id, made)
    return made
  }
  const boxes = flow.steps.map(box)
  const arrows = [...byId.values()].flatMap((to) =>
    to.step.after.flatMap((before): ReadonlyArray<Arrow> => {
      const from = byId.get(before)
      return from === undefined || from === to ? [] : [{ from, to, isData: to.step.inputs?.includes(before) === true }]
    })
  )
  const bound = StopPromise.ofFlow(flow)
  const all = [...byId.values()]
  return {
    name: flow.name,
    title: [
      `${one(flow.label ?? flow.name)}: ${bound._tag === "None" ? "no bound for a stop" : `stops ${StopBound.toText(bound)}`}`,
      ...(flow.stopsWithinMillis === undefined ? [] : [`promised ${DurationText.short(flow.stopsWithinMillis)}`]),
      ...cleanUpMark(flow, false)
    ].join(", "),
    boxes,
    arrows,
    has: {
      order: arrows.some((arrow) => !arrow.isData),
      data: arrows.some((arrow) => arrow.isData),
      condition: all.some((box) => box.isConditional),
      unbounded: all.some((box) => box.isUnbounded)
    }
  }
}

/** The boxes in a group; of a map what each item gets. */
const innerOf = (step: Step): ReadonlyArray<Step> | undefined =>
  step.steps ?? (step.template === undefined ? undefined : (step.template.steps ?? [step.template]))

/** One line without anything that a terminal would obey. */
const one = (text: string): string => ControlSequences.strip(text).trim()

const short = (text: string, most: number): string => {
  const line = one(text)
  return line.length > most ? `${line.slice(0, most - 1).trimEnd()}…` : line
}

const kindText = (step: Step): string => {
  if (step.kind === "group") return ""
  if (step.kind === "map") return "for each item"
  const what =
    step.kind === "gate" && step.detail !== undefined
      ? `gate: ${short(step.detail, 32)}`
      : step.kind === "flow" && step.detail !== undefined
        ? `flow ${short(step.detail, 32)}`
        : step.kind === "sleep" && step.detail !== undefined
          ? `sleep ${short(step.detail, 32)}`
          : step.every !== undefined
            ? `${step.kind}, every ${DurationText.count(step.every)}`
            : step.kind
  return `${what} · ${Words.stops(step)}`
}

const cleanUpMark = (
  { cleanUp, cleanUpMillis }: { readonly cleanUp?: boolean; readonly cleanUpMillis?: number },
  always: boolean
): ReadonlyArray<string> =>
  cleanUp !== true
    ? []
    : [
        `clean-up${cleanUpMillis === undefined ? "" : ` ${DurationText.short(cleanUpMillis)}`}${always ? ", always" : ""}`
      ]

const marksOf = (step: Step): ReadonlyArray<string> => [
  ...(step.when === undefined ? [] : [`when ${short(step.when, 48)}`]),
  ...(step.tries === undefined || step.tries < 2 ? [] : [DurationText.plural(step.tries, "try", "tries")]),
  ...(step.timeoutMillis === undefined ? [] : [`timeout ${DurationText.short(step.timeoutMillis)}`]),
  ...(step.onInterrupt === undefined ? [] : ["runs to its end when stopped"]),
  ...cleanUpMark(step, step.cleanUpAlways === true),
  ...(step.undo === true ? ["undo"] : []),
  ...(step.idempotent === false ? ["not idempotent"] : StopFindings.mayRunTwice(step) ? ["may be sent twice"] : [])
]
