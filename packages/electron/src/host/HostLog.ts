/**
 * What the engine says of itself: over the port to the main process, since its stdout and stderr are also those of
 * programs and modules, and what these say is not for the log.
 */
import { format } from "node:util"
import type { FromHost } from "./HostMessage.ts"

const methods = ["debug", "error", "info", "log", "trace", "warn"] as const

/** From now on what is said by `console` in this thread is told. Answers what tells in the same way. */
export const over = (
  parent: { readonly postMessage: (message: unknown) => void },
  target: Pick<Console, (typeof methods)[number]> = console
): ((...said: ReadonlyArray<unknown>) => void) => {
  const say = (...said: ReadonlyArray<unknown>): void => {
    const text = format(...said)
    try {
      parent.postMessage({ _tag: "Log", text } satisfies FromHost)
    } catch {
      // The main process is gone, and with it whoever would read it.
    }
  }
  for (const method of methods) target[method] = say
  return say
}
