/**
 * One execution, live: what the server says about it at first, then every event of it from the first on, folded by the
 * same fold as everywhere. Two views of one execution share one feed.
 */
import { ExecutionsRemote } from "@halte/client"
import {
  type ExecutionEvent,
  ExecutionHistory,
  type ExecutionId,
  ExecutionState,
  ExecutionStatus,
  TimeLeft
} from "@halte/engine/model"
import { Effect, Fiber, Stream } from "effect"
import { Atom } from "effect/reactivity"
import { type Failure, origin, serverName, transport } from "../bridge/Client.ts"
import { useAtomValue } from "../bridge/Registry.ts"
import { oncePerFrame } from "./Frame.ts"

export interface Feed {
  readonly state: ExecutionState.ExecutionState | undefined
  /** Attempts, requests and tries as far as they were read; its parts change in place, and `sequence` with them. */
  readonly history: ExecutionHistory.History
  readonly timeLeft: TimeLeft.TimeLeft
  /** The last event that was folded. */
  readonly sequence: number
  readonly connection: "connecting" | "live" | "lost" | "ended"
  readonly problem: Failure | undefined
}

const follow = (id: string) =>
  Atom.readable<Feed>((get) => {
    const reader = ExecutionHistory.make()
    const timeLeft = TimeLeft.make()
    const feed: { -readonly [K in keyof Feed]: Feed[K] } = {
      state: undefined,
      history: reader.history,
      timeLeft,
      sequence: 0,
      connection: "connecting",
      problem: undefined
    }
    const frame = oncePerFrame(() => get.setSelf({ ...feed }))
    // What the server says at once, until the events have come as far.
    let glance: ExecutionState.ExecutionState | undefined
    let folded: ExecutionState.ExecutionState | undefined
    const change = (changes: Partial<Feed>) => {
      Object.assign(feed, changes)
      frame.ask()
    }
    const receive = (events: ReadonlyArray<ExecutionEvent.ExecutionEvent>) => {
      folded = ExecutionState.fold(folded, events)
      for (const event of events) {
        reader.observe(event)
        timeLeft.observe(event)
      }
      const behind = glance !== undefined && (folded?.sequence ?? 0) < glance.sequence
      change({
        state: behind ? glance : folded,
        sequence: folded?.sequence ?? 0,
        connection: folded !== undefined && !behind && ExecutionStatus.isEnded(folded.status) ? "ended" : "live"
      })
    }
    const remote = ExecutionsRemote.make({
      url: origin,
      name: serverName,
      transport,
      reconnect: "365 days",
      onConnection: (now) => change({ connection: now._tag === "Lost" ? "lost" : "live" })
    })
    const read = Effect.gen(function* () {
      glance = yield* remote.get(id as ExecutionId.ExecutionId)
      if ((folded?.sequence ?? 0) < glance.sequence) {
        change({ problem: undefined, ...(folded === undefined ? { state: glance } : undefined), connection: "live" })
        yield* Stream.runForEachArray(remote.events(glance.id, folded?.sequence ?? 0), (events) =>
          Effect.sync(() => receive(events))
        )
      }
      // Of an execution that has ended the stream is over, until it is resumed, or asked to stop too late.
      for (;;) {
        const [now] = yield* remote.list({ ending: id, limit: 1 })
        if ((now?.sequence ?? 0) > (folded?.sequence ?? 0)) return
        change({ connection: "ended", problem: undefined })
        yield* untilAsked(id, resumedMillis)
      }
    })
    const run = Effect.gen(function* () {
      for (;;) {
        const answer = yield* Effect.result(read)
        if (answer._tag === "Success") continue
        change({ problem: answer.failure, connection: "lost" })
        // Whoever is not there now may come back; what does not exist won't.
        if (answer.failure._tag !== "ExecutionsUnavailable") return
        yield* untilAsked(id, againMillis)
      }
    })
    const fiber = Effect.runFork(run)
    get.addFinalizer(() => {
      frame.stop()
      void Effect.runFork(Fiber.interrupt(fiber))
    })
    return { ...feed }
  })

/** How soon the page sees that another front end has resumed an execution that had ended. */
const resumedMillis = 2000

/** How soon it looks again for a server that is away. */
const againMillis = 1000

const waiting = new Map<string, Set<() => void>>()

/** Waits for a while, or until this page has given the execution a command. */
const untilAsked = (id: string, millis: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const own = waiting.get(id) ?? new Set()
    waiting.set(id, own)
    const stop = () => {
      clearTimeout(timer)
      own.delete(go)
      if (own.size === 0) waiting.delete(id)
    }
    const go = () => {
      stop()
      resume(Effect.void)
    }
    const timer = setTimeout(go, millis)
    own.add(go)
    return Effect.sync(stop)
  })

/** What was just asked for may have changed an execution: those who wait to look again look now. */
export const lookAgain = (id: string): void => {
  for (const go of [...(waiting.get(id) ?? [])]) go()
}

const feeds = Atom.family(follow)

/** Of no execution. */
const nothing = Atom.readable<Feed>(() => ({
  state: undefined,
  history: { attempts: [], tries: new Map() },
  timeLeft: TimeLeft.make(),
  sequence: 0,
  connection: "connecting",
  problem: undefined
}))

export const useExecution = (id: string | undefined): Feed => useAtomValue(id === undefined ? nothing : feeds(id))
