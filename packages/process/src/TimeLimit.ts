/**
 * A time limit for what a file can make slow: a regular expression may need longer than anybody lives for a text of fifty
 * characters, and meanwhile nothing else of the program would run, no Ctrl-C either.
 *
 * @since 0.1.0
 */
import { Option, Predicate } from "effect"
import { createContext, Script } from "node:vm"

/** Far more than an expression needs that is fit for its purpose, in milliseconds. */
export const limitMillis = 1000

const sandbox: { run?: (() => unknown) | undefined } = createContext({})
const script = new Script("run()")

/**
 * Computes something synchronous; `None` when that takes longer than a second.
 *
 * **Details**
 *
 * Costs about 0.1 ms: the limit has a thread of its own.
 *
 * @throws whatever `run` throws
 * @since 0.1.0
 */
export const within = <A>(run: () => A): Option.Option<A> => {
  sandbox.run = run
  try {
    return Option.some(script.runInContext(sandbox, { timeout: limitMillis }) as A)
  } catch (error) {
    // The error comes from the other realm, where `Error` is another class.
    if (Predicate.hasProperty(error, "code") && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return Option.none()
    throw error
  } finally {
    sandbox.run = undefined
  }
}
