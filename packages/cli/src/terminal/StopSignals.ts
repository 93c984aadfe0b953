/**
 * The signals of the system that ask to stop, counted as requests of a person: handlers are installed for one run and
 * taken away after it.
 *
 * A Ctrl-C may arrive more than once. The launcher tells its own count over IPC, and each kind goes by whichever count is
 * higher. A package manager that the terminal's Ctrl-C reaches too sends it on, so that it arrives a second time a few
 * milliseconds later: under one, each request swallows one such echo. A terminal that is closed tells it twice, once by the
 * system and once by the shell, so a SIGHUP counts once.
 */
import { Effect, Schema } from "effect"
import type { StopSignal } from "../ExitCode.ts"

export const kinds: ReadonlyArray<StopSignal> = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]

/** The handlers of signals could not be installed. */
export class SignalsUnavailable extends Schema.TaggedError<SignalsUnavailable>()("SignalsUnavailable", {
  signal: Schema.String,
  reason: Schema.String
}) {
  readonly code = "signals-unavailable"
  override get message() {
    return `The handler of ${this.signal} could not be installed: ${this.reason}. Without it nothing could be stopped safely, so nothing was started.`
  }
}

/** One request: the n-th of this run, over all kinds. */
export interface StopRequest {
  readonly count: number
  readonly signal: StopSignal
  /** It was a key in this terminal, not a signal. */
  readonly fromKey: boolean
}

/** What this needs of a process. */
export interface SignalSource {
  readonly on: (event: string, listener: (...args: ReadonlyArray<never>) => void) => unknown
  readonly off: (event: string, listener: (...args: ReadonlyArray<never>) => void) => unknown
  readonly channel?: { readonly ref?: () => void; readonly unref: () => void } | null | undefined
  readonly connected?: boolean
}

export interface StopSignals {
  /** Counts a Ctrl-C that came as a key. */
  readonly press: () => void
  /** Takes the handlers away; where an echo is still to be expected, it is swallowed first. */
  readonly remove: () => void
}

export interface Options {
  readonly onRequest: (request: StopRequest) => void
  readonly source?: SignalSource | undefined
  /** How long the echo of a Ctrl-C may take, in milliseconds; `undefined` where nobody sends it on. */
  readonly echoMillis?: number | undefined
  readonly now?: (() => number) | undefined
}

/** Installs the handlers: all of them, or none. */
export const install = (options: Options): Effect.Effect<StopSignals, SignalsUnavailable> =>
  Effect.suspend(() => {
    const source = options.source ?? (process as unknown as SignalSource)
    const now = options.now ?? (() => performance.now())
    const own = new Map<string, number>()
    const launcher = new Map<string, number>()
    let counted = 0
    let echoUntil = Number.NEGATIVE_INFINITY

    const request = (signal: StopSignal, fromKey: boolean) => {
      counted++
      options.onRequest({ count: counted, signal, fromKey })
    }
    let hungUp = false
    let listens = false
    const arrived = (signal: StopSignal) => {
      if (signal === "SIGHUP") {
        if (hungUp) return
        hungUp = true
      }
      if (signal === "SIGINT" && options.echoMillis !== undefined) {
        const at = now()
        if (at < echoUntil) {
          echoUntil = Number.NEGATIVE_INFINITY
          return
        }
        echoUntil = at + options.echoMillis
      }
      request(signal, false)
    }
    const seen = (signal: StopSignal) => Math.max(own.get(signal) ?? 0, launcher.get(signal) ?? 0)
    const raise = (counts: Map<string, number>, signal: StopSignal, to: number) => {
      const before = seen(signal)
      counts.set(signal, Math.max(to, counts.get(signal) ?? 0))
      for (let n = before; n < seen(signal); n++) arrived(signal)
    }

    /** The echo of the last press may be on its way still: it would end a program that is just saying how it went. */
    const swallowEcho = () => {
      const rest = echoUntil - now()
      if (!(rest > 0)) return
      echoUntil = Number.NEGATIVE_INFINITY
      const over = () => {
        clearTimeout(late)
        source.off("SIGINT", over)
      }
      const late = setTimeout(over, rest)
      late.unref()
      source.on("SIGINT", over)
    }

    const handlers = kinds.map((signal) => [signal, () => raise(own, signal, (own.get(signal) ?? 0) + 1)] as const)
    const onMessage = (message: unknown) => {
      if (typeof message !== "object" || message === null) return
      const { counts, type } = message as {
        readonly type?: unknown
        readonly counts?: Readonly<Record<string, unknown>>
      }
      if (type !== "halte-signals" || typeof counts !== "object") return
      for (const signal of kinds) {
        const count = counts[signal]
        if (typeof count === "number") raise(launcher, signal, count)
      }
    }
    const remove = () => {
      for (const [signal, handler] of handlers) source.off(signal, handler)
      swallowEcho()
      source.off("message", onMessage)
      // As it was found: whoever else listens there is to be heard.
      if (listens) source.channel?.ref?.()
      listens = false
    }
    for (const [signal, handler] of handlers) {
      try {
        source.on(signal, handler)
      } catch (error) {
        remove()
        return Effect.fail(
          new SignalsUnavailable({ signal, reason: error instanceof Error ? error.message : String(error) })
        )
      }
    }
    if (source.connected === true) {
      source.on("message", onMessage)
      listens = true
      // Listening to the launcher must not keep the process alive.
      source.channel?.unref()
    }
    return Effect.succeed({ press: () => request("SIGINT", true), remove })
  })
