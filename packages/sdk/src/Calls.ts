/**
 * Effects for callers who have promises: every call is a fiber, and what is open is known, so that closing ends it.
 * Rejections are the errors themselves.
 *
 * @since 0.1.0
 */
import { Cause, Effect, Exit, Fiber, Pull, Scope, Stream } from "effect"
import { ExecutionsError } from "@halte/engine/model"

/**
 * Waiting that its caller may give up.
 *
 * @since 0.1.0
 */
export interface Waiting {
  /**
   * Gives up waiting, or watching, when it is aborted: the promise rejects with the signal's reason. The execution hears
   * nothing of it, and goes on.
   */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs the calls of one `Halte`.
 *
 * @since 0.1.0
 */
export class Calls {
  private readonly running = new Set<Fiber.Fiber<unknown, unknown>>()
  private readonly reading = new Set<() => Promise<void>>()
  private closed: Error | undefined

  /** The value of an effect, or its error as a rejection. */
  readonly run = async <A, E>(effect: Effect.Effect<A, E>, { signal }: Waiting = {}): Promise<A> => {
    this.check(signal)
    const fiber = this.fork(effect)
    const abort = () => fiber.interruptUnsafe()
    signal?.addEventListener("abort", abort, { once: true })
    const exit = await holding(signal, ended(fiber))
    signal?.removeEventListener("abort", abort)
    return this.valueOf(exit, signal)
  }

  /** Runs beside everything else, until it ends or all of it is closed. */
  readonly background = (effect: Effect.Effect<unknown, unknown>): void => void this.fork(effect)

  /**
   * A stream to be read by `for await`, from its beginning by each loop. Nothing is opened before the first item is asked
   * for; leaving the loop closes it.
   */
  readonly iterate = <A, E>(stream: Stream.Stream<A, E>, waiting: Waiting = {}): AsyncIterable<A> => ({
    [Symbol.asyncIterator]: () => new Reading(this, stream, waiting.signal)
  })

  /** Waits until nothing is asked for any more, with a bound: who follows what has just ended reads it to its end. */
  async settled(boundMillis: number): Promise<void> {
    const end = performance.now() + boundMillis
    for (let quiet = 0; quiet < 2 && performance.now() < end; quiet = this.running.size === 0 ? quiet + 1 : 0)
      await new Promise((resolve) => setTimeout(resolve, 0))
  }

  /** Ends what is open: it rejects with `reason`, and so does every later call. */
  async close(reason: Error): Promise<void> {
    this.closed = reason
    const running = [...this.running]
    for (const fiber of running) fiber.interruptUnsafe()
    await Promise.all([...running.map(ended), ...[...this.reading].map((stop) => stop())])
  }

  check(signal: AbortSignal | undefined): void {
    if (this.closed !== undefined) throw this.closed
    signal?.throwIfAborted()
  }

  /** Calls `stop` when all of it is closed, until the returned function is called. */
  onClose(stop: () => Promise<void>): () => void {
    this.reading.add(stop)
    return () => void this.reading.delete(stop)
  }

  fork<A, E>(effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> {
    const fiber = Effect.runFork(effect)
    this.running.add(fiber)
    fiber.addObserver(() => this.running.delete(fiber))
    return fiber
  }

  valueOf<A, E>(exit: Exit.Exit<A, E>, signal: AbortSignal | undefined): A {
    if (Exit.isSuccess(exit)) return exit.value
    if (Cause.hasInterruptsOnly(exit.cause)) this.check(signal)
    throw Cause.squash(exit.cause)
  }
}

/**
 * That a `Halte` was closed, as the error of what was still waited for.
 *
 * @since 0.1.0
 */
export const wasClosed = (): ExecutionsError.ExecutionsUnavailable =>
  new ExecutionsError.ExecutionsUnavailable({ reason: "it was closed by `close()`" })

const ended = <A, E>(fiber: Fiber.Fiber<A, E>): Promise<Exit.Exit<A, E>> =>
  new Promise((resolve) => void fiber.addObserver(resolve))

/** Node ends while only the timer of `AbortSignal.timeout` is left, and that is what somebody waits for here. */
const holding = async <A>(signal: AbortSignal | undefined, pending: Promise<A>): Promise<A> => {
  const hold = signal === undefined ? undefined : setInterval(() => {}, 1 << 30)
  try {
    return await pending
  } finally {
    clearInterval(hold)
  }
}

const over: IteratorResult<never, undefined> = { done: true, value: undefined }

class Reading<A, E> implements AsyncIterator<A, undefined> {
  private readonly calls: Calls
  private readonly signal: AbortSignal | undefined
  private readonly scope = Scope.makeUnsafe()
  private readonly page: Effect.Effect<ReadonlyArray<A> | undefined, E>
  private readonly forget: () => void
  private items: Iterator<A> = [][Symbol.iterator]()
  private fiber: Fiber.Fiber<unknown, unknown> | undefined
  private isOver = false
  /** Each `next` waits for the one before it: what is asked for twice at once is two items. */
  private last: Promise<unknown> = Promise.resolve()

  constructor(calls: Calls, stream: Stream.Stream<A, E>, signal: AbortSignal | undefined) {
    this.calls = calls
    this.signal = signal
    let pull: Pull.Pull<ReadonlyArray<A>, E> | undefined
    const open = Effect.map(Scope.provide(Stream.toPull(stream), this.scope), (opened) => (pull = opened))
    this.page = Pull.catchDone(
      Effect.suspend((): Pull.Pull<ReadonlyArray<A> | undefined, E> => pull ?? Effect.flatten(open)),
      () => Effect.succeed(undefined)
    )
    const stop = () => this.stop()
    const unregister = calls.onClose(stop)
    signal?.addEventListener("abort", stop, { once: true })
    this.forget = () => {
      unregister()
      signal?.removeEventListener("abort", stop)
    }
  }

  next(): Promise<IteratorResult<A, undefined>> {
    const item = this.last.then(
      () => this.take(),
      () => over
    )
    this.last = item
    return item
  }

  async return(): Promise<IteratorResult<A, undefined>> {
    this.isOver = true
    await this.stop()
    return over
  }

  private async take(): Promise<IteratorResult<A, undefined>> {
    if (this.isOver) return over
    const item = this.items.next()
    if (item.done !== true) return item
    try {
      this.calls.check(this.signal)
      const fiber = this.calls.fork(this.page)
      this.fiber = fiber
      const exit = await holding(this.signal, ended(fiber))
      // Whoever has left the loop meanwhile wants neither an item nor an error.
      if (this.isOver) return over
      const items = this.calls.valueOf(exit, this.signal)
      if (items === undefined) return this.return()
      this.items = items[Symbol.iterator]()
      return this.take()
    } catch (error) {
      await this.return()
      throw error
    }
  }

  private async stop(): Promise<void> {
    this.forget()
    this.fiber?.interruptUnsafe()
    if (this.fiber !== undefined) await ended(this.fiber)
    await Effect.runPromise(Scope.close(this.scope, Exit.void))
  }
}
