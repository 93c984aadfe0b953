/**
 * Where a step may stop next, and how soon: from what its definition declares and how far it has come.
 */
import { DurationText, type ExecutionState, ExecutionStatus } from "@halte/engine/model"
import * as StopWords from "../StopWords.ts"

const { count, plural, short } = DurationText

export interface Line {
  readonly text: string
  readonly when: string
}

export interface NextStop {
  /** The next stopping point; without one, why there is none. */
  readonly first: Line
  readonly more: ReadonlyArray<Line>
  /** Whether anything is promised. */
  readonly bound: boolean
}

const within = (millis: number | undefined): string =>
  millis === undefined ? "no bound" : millis === 0 ? "at once" : `within ${short(millis)}`

/** How many items a loop takes between two stopping points; `undefined` where the definition doesn't say. */
export const every = (stops: string | undefined): number | undefined => {
  if (stops === undefined) return undefined
  if (/^every item\b/.test(stops)) return 1
  const found = /^every ([\d,]+) items/.exec(stops)?.[1]
  return found === undefined ? undefined : Number(found.replaceAll(",", ""))
}

/** `undefined` for a step that has ended: it stops no more. */
export const nextStop = (
  state: ExecutionState.ExecutionState,
  id: string,
  /** Items, or whatever it counts, in a second. */
  rate?: number
): NextStop | undefined => {
  const description = StopWords.describe(state, id)
  const step = state.steps.get(id)
  if (description === undefined || step === undefined || ExecutionStatus.isEnded(state.status)) return undefined
  const { kind, stops, stopsWithinMillis } = description
  const { strategy } = state
  if (step.status === "Waiting" || step.status === "Skipped" || step.status === "Completed") {
    if (step.status !== "Waiting") return undefined
    return strategy._tag === "IgnoreInterruptions"
      ? ignores
      : { first: { text: "Before it starts", when: "at once" }, more: [], bound: true }
  }
  if (!ExecutionStatus.isActive(step.status)) return undefined
  if (strategy._tag === "IgnoreInterruptions") return ignores
  const cleanUp: ReadonlyArray<Line> =
    description.cleanUp === true ? [{ text: "then its clean-up", when: "counted in the bound" }] : []
  if (strategy._tag === "PollNextN" && state.honoured?._tag !== "FinishCurrent")
    return {
      first: { text: "When it has completed", when: "no bound" },
      more: [
        {
          text: strategy.n === 0 ? "no further step starts" : `${plural(strategy.n, "more step")} may start`,
          when: "as its flow says"
        },
        ...cleanUp
      ],
      bound: false
    }
  switch (kind) {
    case "for-each": {
      const n = every(stops)
      const [signal, grace] = ladder(stops)
      // Its items are processes.
      if (signal !== undefined)
        return {
          first: { text: `${signal} to the items under way`, when: "at once" },
          more: [
            grace === undefined
              ? { text: "and no SIGKILL", when: "no bound" }
              : { text: "SIGKILL for what is still running", when: `after ${grace}` },
            { text: "saves its cursor", when: "for Resume" },
            ...cleanUp
          ],
          bound: stopsWithinMillis !== undefined
        }
      const next = n === undefined ? undefined : (Math.floor((step.done ?? 0) / n) + 1) * n + 1
      const last = next !== undefined && step.total !== undefined && next > step.total
      return {
        first: {
          text: next === undefined ? "Before a next item" : last ? "After its last item" : `Before item ${count(next)}`,
          when: within(stopsWithinMillis)
        },
        more: [
          ...(n === undefined || last
            ? []
            : [
                {
                  text: n === 1 ? "then at every item" : `then every ${count(n)} items`,
                  when: rate === undefined || rate <= 0 ? "" : about(rate / n)
                }
              ]),
          ...(stops?.includes("cursor") === true ? [{ text: "saves its cursor at each", when: "for Resume" }] : []),
          ...cleanUp
        ],
        bound: stopsWithinMillis !== undefined
      }
    }
    case "process": {
      const [signal, grace] = ladder(stops)
      if (signal === undefined)
        return {
          first: { text: "When its process has ended", when: within(stopsWithinMillis) },
          more: [{ text: "an interrupt lets it run to its end", when: "" }, ...cleanUp],
          bound: stopsWithinMillis !== undefined
        }
      return {
        first: { text: `${signal} to its processes`, when: "at once" },
        more: [
          grace === undefined
            ? { text: "and no SIGKILL", when: "no bound" }
            : { text: "SIGKILL for what is still running", when: `after ${grace}` },
          ...(stopsWithinMillis === undefined
            ? []
            : [{ text: "stopped, at the latest", when: within(stopsWithinMillis) }]),
          ...cleanUp
        ],
        bound: stopsWithinMillis !== undefined
      }
    }
    case "gate":
      return { first: { text: "While it waits for an answer", when: "at once" }, more: cleanUp, bound: true }
    case "sleep":
      return { first: { text: "While it sleeps", when: "at once" }, more: cleanUp, bound: true }
    case "http":
      return {
        first: { text: "Its request is ended", when: within(stopsWithinMillis) },
        more: cleanUp,
        bound: stopsWithinMillis !== undefined
      }
    case "flow":
      return {
        first: { text: "Its sub-flow is asked to stop", when: "at once" },
        more: [
          { text: "stopped when the sub-flow is, at the latest", when: within(stopsWithinMillis) },
          { text: "Resume goes on with the same one", when: "" },
          ...cleanUp
        ],
        bound: stopsWithinMillis !== undefined
      }
    default:
      return stopsWithinMillis === undefined
        ? {
            first: { text: "It declares no stopping point", when: "no bound" },
            more: [{ text: "if it looks at none, only Terminate now ends it", when: "" }, ...cleanUp],
            bound: false
          }
        : {
            first: { text: "At its next stopping point", when: within(stopsWithinMillis) },
            more: cleanUp,
            bound: true
          }
  }
}

const ignores: NextStop = {
  first: { text: "Nowhere: its flow ignores interruptions", when: "no bound" },
  more: [{ text: "only Terminate now ends it", when: "" }],
  bound: false
}

/** `SIGTERM → 5 s → SIGKILL` as its signal and its grace. */
const ladder = (stops: string | undefined): readonly [signal?: string, grace?: string] => {
  const found = /^(SIG[A-Z0-9]+)(?: → (.+?) → SIGKILL)?/.exec(stops ?? "")
  if (found === null) return []
  return found[2] === undefined ? [found[1]!] : [found[1]!, found[2]]
}

const about = (perSecond: number): string =>
  perSecond >= 1 ? `about ${count(Math.round(perSecond))} per s` : `about every ${short(Math.round(1000 / perSecond))}`
