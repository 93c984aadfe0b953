/**
 * The name that every process of one step carries from its first instant, chosen before it is started.
 *
 * A mark is an engine's number and a step's number, in two forms. The *limit mark* is set as the limit of resident memory,
 * which Linux has ignored since 2.4.30: fork, exec, a new session, a cleared environment and closed descriptors all keep
 * it, and only the privileged can take it off. The *environment mark* is the variable `HALTE_MARK`, the second net, and
 * the only one where limits can't be read.
 *
 * @since 0.1.0
 */
import { randomInt } from "node:crypto"

const stepBits = 2 ** 20
/** Engines not inside another one: KiB values from 2^50 to 2^51, far over any memory there is. */
const lowest = 2 ** 30
const highest = 2 ** 31
/** Below this a number could be a limit that means something: 2^20 × 2^20 KiB is a pebibyte. */
const smallest = 2 ** 20

/**
 * The variable that holds the marks of a process, the innermost engine's last, separated by commas.
 *
 * @since 0.1.0
 */
export const variable = "HALTE_MARK"

/**
 * The mark of one step of one engine.
 *
 * @since 0.1.0
 */
export interface ProcessMark {
  readonly engine: number
  readonly step: number
}

/**
 * `engine.step`, as it stands in the environment and in events.
 *
 * @since 0.1.0
 */
export const text = (mark: ProcessMark): string => `${mark.engine}.${mark.step}`

/**
 * The limit in KiB, as `ulimit -m` takes it.
 *
 * @since 0.1.0
 */
export const kibibytes = (mark: ProcessMark): number => mark.engine * stepBits + mark.step

/**
 * The limit in bytes, as `/proc/PID/limits` shows it.
 *
 * @since 0.1.0
 */
export const bytes = (mark: ProcessMark): string => String(BigInt(kibibytes(mark)) * 1024n)

/**
 * Reads a mark back from a limit in bytes; `undefined` when it is none.
 *
 * @since 0.1.0
 */
export const fromBytes = (limit: string): ProcessMark | undefined => {
  if (!/^\d+$/.test(limit)) return undefined
  const kib = Number(BigInt(limit) / 1024n)
  const engine = Math.floor(kib / stepBits)
  return engine >= smallest && engine < highest ? { engine, step: kib % stepBits } : undefined
}

/**
 * A number for an engine that starts. `hardLimit` is the engine's own hard limit of resident memory in bytes when it is
 * finite: it runs inside a step of another engine then, takes a number below that one's, and sets only soft limits.
 *
 * @since 0.1.0
 */
export const newEngine = (hardLimit?: string): number => {
  if (hardLimit === undefined) return randomInt(lowest, highest)
  const outer = Math.floor(Number(BigInt(hardLimit) / 1024n) / stepBits)
  return outer > 2 * smallest ? randomInt(Math.max(smallest, Math.floor(outer / 2)), outer) : randomInt(lowest, highest)
}

/**
 * Numbers the steps of an engine from 1, over and over after 1,048,575, leaving out those in use.
 *
 * @since 0.1.0
 */
export const counter = (engine: number) => {
  const live = new Set<number>()
  let last = 0
  return {
    take: (): ProcessMark => {
      do last = last === stepBits - 1 ? 1 : last + 1
      while (live.has(last))
      live.add(last)
      return { engine, step: last }
    },
    giveBack: (mark: ProcessMark): void => {
      live.delete(mark.step)
    }
  }
}

/**
 * The value of `HALTE_MARK` for a step: the marks that the engine itself carries stay in front, so that an outer engine
 * finds the processes of an inner one.
 *
 * @since 0.1.0
 */
export const inEnvironment = (mark: ProcessMark, own: string | undefined): string =>
  own === undefined || own === "" ? text(mark) : `${own},${text(mark)}`

/**
 * Whether the text of a process environment (entries separated by NUL, or by spaces as `ps` shows it) carries a mark.
 *
 * @since 0.1.0
 */
export const environmentHas = (environment: string, mark: ProcessMark): boolean =>
  environmentMarks(environment).includes(text(mark))

/**
 * The mark of an engine that a process carries: in one of its limits (an engine inside a step sets the soft one only), or
 * in its environment among those of engines around and inside. `undefined` when it carries none.
 *
 * @since 0.1.0
 */
export const ofEngine = (
  engine: number,
  limits: ReadonlyArray<string>,
  environment: () => string | undefined
): ProcessMark | undefined => {
  for (const limit of limits) {
    const mark = fromBytes(limit)
    if (mark?.engine === engine) return mark
  }
  const prefix = `${engine}.`
  const found = environmentMarks(environment() ?? "").find((mark) => mark.startsWith(prefix))
  return found === undefined ? undefined : fromText(found)
}

/**
 * Reads a mark from its text; `undefined` when it is none.
 *
 * @since 0.1.0
 */
export const fromText = (mark: string): ProcessMark | undefined => {
  const match = /^(\d{1,10})\.(\d{1,7})$/.exec(mark)
  return match === null ? undefined : { engine: Number(match[1]), step: Number(match[2]) }
}

const environmentMarks = (environment: string): ReadonlyArray<string> => {
  const marks: Array<string> = []
  for (let at = environment.indexOf(`${variable}=`); at >= 0; at = environment.indexOf(`${variable}=`, at + 1)) {
    if (at > 0 && environment[at - 1] !== "\0" && environment[at - 1] !== " ") continue
    const value = /^[\d.,]*/.exec(environment.slice(at + variable.length + 1, at + variable.length + 1 + 1024))![0]
    marks.push(...value.split(","))
  }
  return marks
}
