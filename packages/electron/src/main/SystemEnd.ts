/**
 * The end that nobody of this window has asked for: the system shuts down, the session ends, or a signal arrives, such as
 * a Ctrl-C in the terminal that Halte was started from. There is no question; what runs is asked to stop by `Shutdown`.
 *
 * Electron has handlers of its own for these signals, one shot each, and installs them before the app is ready, over those
 * that are there. So this is installed when the app is ready.
 */
import type { QuitGuard, StopSignal } from "./QuitGuard.ts"
import * as QuitText from "./QuitText.ts"

type Guard = Pick<QuitGuard, "isBusy" | "signalled" | "systemEnds">

type Listener = (...args: Array<unknown>) => void

/** An emitter, of which nothing but this is needed. */
export interface Source {
  readonly on: (event: string, listener: Listener) => unknown
  readonly off: (event: string, listener: Listener) => unknown
}

export interface Options {
  readonly guard: Guard
  /** How many executions run. */
  readonly running: () => number
  /** Electron's `app`: it tells of each new window. */
  readonly app: Source
  readonly powerMonitor: Source
  readonly platform?: NodeJS.Platform | undefined
  /** The process that gets the signals. */
  readonly signals?: Source | undefined
  /** The terminal that it was started from, if any. */
  readonly terminal?: (Source & { readonly write: (text: string) => unknown }) | undefined
}

export const stopSignals: ReadonlyArray<StopSignal> = ["SIGINT", "SIGTERM", "SIGHUP"]

/** In the record, as the way that a request came. */
const shutdown = "shutdown of the system"
const session = "end of the session"

/** Listens until it is told to end: to everything, or, when that can't be, to nothing. */
export const install = (options: Options): { readonly remove: () => void } => {
  const { app, guard, powerMonitor, running } = options
  const platform = options.platform ?? process.platform
  const signals = options.signals ?? (process as unknown as Source)
  const terminal = options.terminal ?? (process.stderr as unknown as NonNullable<Options["terminal"]>)
  const ends: Array<() => void> = []
  const remove = () => {
    for (const end of ends.splice(0)) end()
  }
  const listen = (source: Source, event: string, listener: Listener) => {
    try {
      source.on(event, listener)
    } catch (error) {
      remove()
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(
        `The handler of ${event} could not be installed: ${reason}. Without it nothing could be stopped safely, so nothing was started.`,
        { cause: error }
      )
    }
    ends.push(() => source.off(event, listener))
  }

  // A terminal that is gone is no reason to fail.
  listen(terminal, "error", () => {})
  for (const signal of stopSignals)
    listen(signals, signal, () => {
      const count = running()
      const stage = guard.signalled(signal)
      // After a SIGHUP there is nobody to read it.
      if (stage === undefined || signal === "SIGHUP") return
      terminal.write(`${QuitText.signalled(signal, stage, count)}\n`)
    })

  if (platform === "win32") {
    listen(app, "browser-window-created", (_event, created) => {
      const window = created as Source
      listen(window, "query-session-end", (event) => {
        // With nothing to stop, the session ends when it ends: somebody else may prevent it.
        if (!guard.isBusy) return
        prevent(event)
        guard.systemEnds(session)
      })
      listen(window, "session-end", () => guard.systemEnds(session))
    })
  } else
    listen(powerMonitor, "shutdown", (event) => {
      // Halte leaves by itself, at once where nothing runs. Left to the system, it would be asked to quit as by a person.
      prevent(event)
      guard.systemEnds(shutdown)
    })

  return { remove }
}

/** Electron's types of one of these events don't name it. */
const prevent = (event: unknown): void =>
  (event as { readonly preventDefault?: () => void } | undefined)?.preventDefault?.()
