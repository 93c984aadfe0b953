/**
 * Failures of modules, made in the worker without loading the engine there.
 *
 * @since 0.1.0
 */
import type { StepFailure } from "@halte/engine"

type Failure = StepFailure.StepFailure

/**
 * A failure that names its code.
 *
 * @since 0.1.0
 */
export class WorkerFailure extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
  toStepFailure(): Failure {
    return this.failure
  }
}

/**
 * Describes anything that a module threw, as the engine does for a step in its own thread: an error that describes itself
 * by `toStepFailure`, an `Error`, a tagged error, any value.
 *
 * @since 0.1.0
 */
export const describe = (error: unknown): Failure => {
  try {
    if (isObject(error) && typeof error["toStepFailure"] === "function") {
      const own: unknown = error["toStepFailure"]()
      if (isObject(own) && typeof own["code"] === "string" && typeof own["message"] === "string") {
        return JSON.parse(JSON.stringify(own)) as Failure
      }
    }
    const tag = isObject(error) && typeof error["_tag"] === "string" ? error["_tag"] : undefined
    const code = tag === undefined ? "step-failed" : toKebab(tag)
    if (error instanceof Error || (isObject(error) && typeof error["message"] === "string")) {
      const { message, name, stack } = error as Error
      return { code, message: message || tag || name, ...(typeof stack === "string" ? { stack } : undefined) }
    }
    if (tag !== undefined) return { code, message: JSON.stringify(error) }
    return { code, message: typeof error === "string" ? error : String(JSON.stringify(error) ?? error) }
  } catch {
    return { code: "step-failed", message: "It threw a value that can't be shown." }
  }
}

const isObject = (u: unknown): u is Record<string, unknown> => typeof u === "object" && u !== null

const toKebab = (tag: string): string =>
  tag
    .slice(tag.lastIndexOf("/") + 1)
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
