/**
 * Where the executions of one engine wait for places of limits that executions share. Nobody is told by the store when a
 * place is given: within a process whoever gives one back wakes the others, over processes it is looked again and again,
 * at most every 250 ms, and only while somebody waits.
 *
 * @since 0.1.0
 */
import { Clock, Deferred, Effect, type Exit, type Fiber } from "effect"
import { type Claim, type Fenced, StoreUnavailable } from "./ExecutionStore.ts"
import type { Waiting } from "./model/Waiting.ts"
import { isSame, type Place, type SharedLimitsShape, type TakenPlace } from "./SharedLimits.ts"

/**
 * Who asks for a place.
 *
 * @since 0.1.0
 */
export interface Asker {
  readonly claim: Claim
  readonly place: Place & { readonly size: number }
  /** It has its place. Within `ask`, when there was one at once. */
  readonly taken: () => void
  /** It waits; called again when that has changed, but not within 5 s. */
  readonly waits: (waiting: Waiting) => void
  /** It has lost its claim, or the store can't be used. */
  readonly failed: (error: Fenced | StoreUnavailable) => void
}

/** Milliseconds before the first look, and before the last ones; each is half as long again as the one before. */
const firstPause = 10
const longestPause = 250
/** Between looks whether an engine that holds a place is gone. */
const recoverMillis = 1_000
/** Between two words about one that waits. */
const toldMillis = 5_000

interface Request {
  readonly asker: Asker
  state: "asking" | "waiting" | "over"
  told: string
  toldAt: number
}

// A function, for the compiler does not know who else may end it.
const isOver = (request: Request): boolean => request.state === "over"

/** All over the same store, in this process. */
const lines = new WeakMap<SharedLimitsShape, Set<PlaceLine>>()

/**
 * Lets all who wait in this process look at once: a place may be free.
 *
 * @since 0.1.0
 */
export const wake = (limits: SharedLimitsShape): void => {
  for (const line of lines.get(limits) ?? []) line.wake()
}

/**
 * The line of one engine.
 *
 * @since 0.1.0
 */
export class PlaceLine {
  private readonly limits: SharedLimitsShape
  private readonly fork: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>
  private readonly recover: Effect.Effect<unknown, unknown>
  private readonly waiting = new Set<Request>()
  private woken = Deferred.makeUnsafe<void>()
  private looking = false

  /** What is done to each place, one after the other: who asks again must not be given what it is about to give back. */
  private readonly orders = new Map<string, Array<(done: () => void) => void>>()
  private readonly now: () => number

  /** `recover` takes what engines that are gone have left from them; `now`: milliseconds since 1970. */
  constructor(options: {
    readonly limits: SharedLimitsShape
    readonly now: () => number
    readonly fork: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>
    readonly recover?: Effect.Effect<unknown, unknown> | undefined
  }) {
    this.limits = options.limits
    this.fork = options.fork
    this.now = options.now
    this.recover = options.recover ?? Effect.void
  }

  /** Asks for a place. The function that it answers leaves the line again, or gives the place back. */
  ask(asker: Asker): () => void {
    const request: Request = { asker, state: "asking", told: "", toldAt: 0 }
    this.take(request)
    return () => this.leave(request)
  }

  /** Gives back a place that was taken. */
  giveBack(asker: Pick<Asker, "claim" | "failed" | "place">): void {
    this.inOrder(asker, (done) => this.giveBackNow(asker, done))
  }

  /** Looks at once. */
  wake(): void {
    Deferred.doneUnsafe(this.woken, Effect.void)
  }

  private take(request: Request): void {
    const { asker } = request
    request.state = "asking"
    this.waiting.delete(request)
    this.inOrder(asker, (done) => {
      if (isOver(request)) return done()
      this.follow(
        this.limits.take(asker.claim, asker.place),
        (places) => {
          // It has left before it was known whether there is something to give back.
          if (isOver(request)) return this.giveBackNow(asker, done)
          done()
          this.update(request, places, this.now())
        },
        (error) => {
          done()
          if (isOver(request)) return
          request.state = "over"
          asker.failed(error)
        }
      )
    })
  }

  private giveBackNow({ claim, failed, place }: Pick<Asker, "claim" | "failed" | "place">, done: () => void): void {
    this.follow(
      this.limits.giveBack(claim, place),
      () => {
        done()
        wake(this.limits)
      },
      (error) => {
        done()
        failed(error)
      }
    )
  }

  private inOrder({ claim, place }: Pick<Asker, "claim" | "place">, run: (done: () => void) => void): void {
    const key = `${claim.execution} ${place.limit} ${place.step ?? ""}`
    const waiting = this.orders.get(key)
    if (waiting !== undefined) return void waiting.push(run)
    this.orders.set(key, [])
    const next = (): void => {
      const first = this.orders.get(key)?.shift()
      if (first === undefined) this.orders.delete(key)
      else first(next)
    }
    run(next)
  }

  private leave(request: Request): void {
    const { state } = request
    request.state = "over"
    this.waiting.delete(request)
    if (state === "waiting") this.giveBack(request.asker)
  }

  private update(request: Request, places: ReadonlyArray<TakenPlace>, now: number): void {
    const { asker } = request
    const own = { ...asker.place, execution: asker.claim.execution }
    const at = places.findIndex((place) => isSame(place, own))
    // Only with its claim, which the store will say.
    if (at < 0) return this.take(request)
    if (places[at]!.held) {
      request.state = "over"
      this.waiting.delete(request)
      return asker.taken()
    }
    request.state = "waiting"
    this.waiting.add(request)
    this.lookOn()
    const waiting: Waiting = {
      limit: own.limit,
      holders: places
        .filter((place) => place.held)
        .map(({ execution, step }) => (step === undefined ? { execution } : { execution, step })),
      ahead: places.slice(0, at).filter((place) => !place.held).length
    }
    const told = JSON.stringify(waiting)
    if (request.told === told || (request.told !== "" && now - request.toldAt < toldMillis)) return
    request.told = told
    request.toldAt = now
    asker.waits(waiting)
  }

  private lookOn(): void {
    if (this.looking) return
    this.looking = true
    const others = lines.get(this.limits) ?? new Set()
    lines.set(this.limits, others.add(this))
    this.fork(
      Effect.ensuring(
        this.look,
        Effect.sync(() => {
          this.looking = false
          others.delete(this)
        })
      )
    )
  }

  private get look(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      let pause = firstPause
      let recoveredAt = yield* Clock.currentTimeMillis
      while (this.waiting.size > 0) {
        yield* Effect.raceFirst(Effect.sleep(pause), Deferred.await(this.woken))
        this.woken = Deferred.makeUnsafe()
        pause = Math.min(longestPause, pause * 1.5)
        const now = yield* Clock.currentTimeMillis
        if (now - recoveredAt >= recoverMillis) {
          recoveredAt = now
          yield* Effect.ignore(this.recover)
        }
        for (const limit of new Set(Array.from(this.waiting, ({ asker }) => asker.place.limit))) {
          // A store that can't be read at the moment is read again.
          const places = yield* Effect.orElseSucceed(this.limits.look(limit), () => undefined)
          if (places === undefined) continue
          for (const request of [...this.waiting])
            if (request.asker.place.limit === limit && request.state === "waiting") this.update(request, places, now)
        }
      }
    })
  }

  private follow<A>(
    effect: Effect.Effect<A, Fenced | StoreUnavailable>,
    then: (value: A) => void,
    failed: (error: Fenced | StoreUnavailable) => void
  ): void {
    const fiber = this.fork(effect)
    const done = (exit: Exit.Exit<A, Fenced | StoreUnavailable>): void => {
      if (exit._tag === "Success") return then(exit.value)
      const reason = exit.cause.reasons[0]
      const isError = reason !== undefined && reason._tag === "Fail"
      failed(isError ? reason.error : new StoreUnavailable({ reason: "a place could not be asked for" }))
    }
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) done(exit)
    else fiber.addObserver(done)
  }
}
