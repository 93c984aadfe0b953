/**
 * The scenes of the front-end suite: a flow, a moment of the request, and where everything must have stopped.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import * as Flow from "../Flow.ts"
import type { ExecutionId } from "../model/ExecutionId.ts"
import type { CommandRefused } from "../model/ExecutionsError.ts"
import * as InterruptStrategy from "../model/InterruptStrategy.ts"
import type { Outcome } from "../model/Outcome.ts"
import type { Partition } from "../model/Partition.ts"
import * as Step from "../StepKinds.ts"
import * as Check from "./Check.ts"
import type { FrontEnd } from "./FrontEndTest.ts"
import * as HandStep from "./HandStep.ts"
import * as Watch from "./Watch.ts"

type Expected = { readonly _tag: Outcome["_tag"] } & Partial<Partition>

/**
 * One scene: `play` answers the executions to look at, `expected` their outcomes.
 *
 * @since 0.1.0
 */
export interface Scene {
  readonly title: string
  readonly flows: ReadonlyArray<Flow.Flow<unknown, never>>
  readonly maxExecutions?: number
  readonly play: (front: FrontEnd) => Effect.Effect<ReadonlyArray<ExecutionId>, unknown>
  readonly expected: ReadonlyArray<Expected>
}

/**
 * The lists of a partition that a scene does not state.
 *
 * @since 0.1.0
 */
export const nothing: Partition = {
  completed: [],
  failed: [],
  interrupted: [],
  notStarted: [],
  skipped: [],
  terminated: []
}

const flow = (steps: ReadonlyArray<Step.Any>, strategy?: InterruptStrategy.InterruptStrategy) =>
  Flow.make("scene", { steps, strategy }) as Flow.Flow<unknown, never>

const start = (front: FrontEnd, name = "scene") => front.executions.start({ flow: name })

const breaks = (hand: HandStep.Hand, cursor?: unknown) =>
  Effect.map(hand.check(cursor), (answer) => Check.same(answer._tag, "Break", "what the stopping point says"))

const queued = (): Scene => {
  const holder = HandStep.make("hold")
  const { a, steps } = HandStep.chain("a", "b")
  return {
    title: "R5, P10: a request to one that waits for its turn leaves every step not started",
    flows: [Flow.make("holder", { steps: [holder.step] }), flow(steps)],
    maxExecutions: 1,
    play: (front) =>
      Effect.gen(function* () {
        const first = yield* start(front, "holder")
        const hand = yield* holder.begun(first)
        const id = yield* start(front)
        yield* Watch.status(front.executions, id, "Pending")
        yield* front.interrupt(id)
        yield* Watch.status(front.executions, id, "Interrupted")
        yield* hand.succeed()
        yield* Watch.status(front.executions, first, "Completed")
        Check.same(a.runs(), 0, "how often the first step ran")
        return [id]
      }),
    expected: [{ _tag: "Interrupted", notStarted: ["a", "b"] }]
  }
}

const insideStep = (): Scene => {
  const { a, steps } = HandStep.chain("a", "b", "c")
  return {
    title: "R7, P10: a request inside a step lets it run to its end and starts no other",
    flows: [flow(steps)],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        const hand = yield* a.begun(id)
        yield* front.interrupt(id)
        yield* Watch.status(front.executions, id, "Interrupting")
        yield* hand.succeed(1)
        return [id]
      }),
    expected: [{ _tag: "Interrupted", completed: ["a"], notStarted: ["b", "c"] }]
  }
}

const insideLoop = (): Scene => {
  const { a, steps } = HandStep.chain("a", "b")
  return {
    title: "R25, P10: a request inside a loop stops it at its cursor and keeps what it has",
    flows: [flow(steps)],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        const hand = yield* a.begun(id)
        Check.same((yield* hand.check(1))._tag, "Continue", "what the first stopping point says")
        yield* front.interrupt(id)
        yield* breaks(hand, 2)
        yield* hand.stopHalfWay({ partial: { sum: 3 } })
        return [id]
      }),
    expected: [{ _tag: "Interrupted", interrupted: [{ step: "a", cursor: 2 }], notStarted: ["b"] }]
  }
}

const inParallel = (): Scene => {
  const a = HandStep.make("a")
  const b = HandStep.make("b")
  const c = HandStep.make("c", { after: [a.step, b.step] })
  return {
    title: "R26, P10: a request while two steps run reaches both",
    flows: [flow([a.step, b.step, c.step])],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        const first = yield* a.begun(id)
        const second = yield* b.begun(id)
        yield* front.interrupt(id)
        yield* breaks(first)
        yield* breaks(second, "here")
        yield* first.stopHalfWay()
        yield* second.stopHalfWay()
        return [id]
      }),
    expected: [{ _tag: "Interrupted", interrupted: [{ step: "a" }, { step: "b", cursor: "here" }], notStarted: ["c"] }]
  }
}

const lastStep = (): Scene => {
  const { a, b, steps } = HandStep.chain("a", "b")
  return {
    title: "R19, P10: a request in the last step, which runs to its end, comes too late",
    flows: [flow(steps)],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        yield* (yield* a.begun(id)).succeed()
        const hand = yield* b.begun(id)
        yield* front.interrupt(id)
        yield* hand.succeed()
        return [id]
      }),
    expected: [{ _tag: "Completed", completed: ["a", "b"] }]
  }
}

const afterTheEnd = (): Scene => {
  const { a, steps } = HandStep.chain("a")
  return {
    title: "R9, R64, P10: a request after the end is accepted and changes nothing",
    flows: [flow(steps)],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        yield* (yield* a.begun(id)).succeed()
        yield* Watch.status(front.executions, id, "Completed")
        yield* front.interrupt(id)
        const { requests } = yield* front.executions.get(id)
        Check.same(
          requests.map((r) => r.kind),
          ["late"],
          "the requests on record"
        )
        return [id]
      }),
    expected: [{ _tag: "Completed", completed: ["a"] }]
  }
}

const twice = (): Scene => {
  const { a, steps } = HandStep.chain("a", "b")
  return {
    title: "R42, P10: a second request succeeds, is recorded as a repeat and changes nothing",
    flows: [flow(steps)],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        const hand = yield* a.begun(id)
        yield* front.interrupt(id)
        yield* front.interrupt(id)
        const { requests } = yield* front.executions.get(id)
        Check.same(
          requests.map((r) => r.kind),
          ["first", "repeat"],
          "the requests on record"
        )
        yield* hand.succeed()
        return [id]
      }),
    expected: [{ _tag: "Interrupted", completed: ["a"], notStarted: ["b"] }]
  }
}

const whilePaused = (): Scene => {
  const { a, steps } = HandStep.chain("a", "b")
  return {
    title: "R70, P10: a request while it is paused stops it where it holds",
    flows: [flow(steps)],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        const hand = yield* a.begun(id)
        yield* front.executions.pause(id)
        const answer = yield* hand.begin(4)
        yield* Watch.status(front.executions, id, "Paused")
        yield* front.interrupt(id)
        Check.same((yield* answer)._tag, "Break", "what the stopping point says")
        yield* hand.stopHalfWay()
        return [id]
      }),
    expected: [{ _tag: "Interrupted", interrupted: [{ step: "a", cursor: 4 }], notStarted: ["b"] }]
  }
}

const inGroup = (): Scene => {
  const { "part-1": part, steps } = HandStep.chain("part-1", "part-2", "part-3")
  const upload = Step.group("upload", { steps })
  const ship = HandStep.make("ship", { after: upload })
  return {
    title: "R29, P10: a request inside a nested step stops within the group",
    flows: [flow([upload, ship.step])],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        const hand = yield* part.begun(id)
        yield* front.interrupt(id)
        yield* hand.succeed()
        return [id]
      }),
    expected: [
      { _tag: "Interrupted", completed: ["upload/part-1"], notStarted: ["upload/part-2", "upload/part-3", "ship"] }
    ]
  }
}

const waits = (): Scene => ({
  title: "P2, P10: a request to steps that wait, for a person or a failed try's delay, stops them at once",
  flows: [
    flow([
      Step.gate("ask", { message: "Ship it?" }),
      Step.make("again", {
        retry: { tries: 2, delay: "1 hour" },
        run: () => Effect.fail(new Error("not yet"))
      })
    ])
  ],
  play: (front) =>
    Effect.gen(function* () {
      const id = yield* start(front)
      yield* Watch.event(front.executions, id, "gate-opened")
      yield* Watch.event(front.executions, id, "step-retrying")
      yield* front.interrupt(id)
      return [id]
    }),
  expected: [{ _tag: "Interrupted", interrupted: [{ step: "ask" }, { step: "again" }] }]
})

const someMore = (): Scene => {
  const { a, b, steps } = HandStep.chain("a", "b", "c")
  return {
    title: "P1, P10: a request to a flow that lets one more step start lets exactly one start",
    flows: [flow(steps, InterruptStrategy.PollNextN(1))],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        const hand = yield* a.begun(id)
        yield* front.interrupt(id)
        Check.same((yield* hand.check())._tag, "Continue", "what a stopping point says meanwhile")
        yield* hand.succeed()
        yield* (yield* b.begun(id)).succeed()
        return [id]
      }),
    expected: [{ _tag: "Interrupted", completed: ["a", "b"], notStarted: ["c"] }]
  }
}

const ignoring = (): Scene => {
  const { a, b, steps } = HandStep.chain("a", "b")
  return {
    title: "R17, P10: a request to a flow that ignores interruptions is recorded and nothing else",
    flows: [flow(steps, InterruptStrategy.IgnoreInterruptions)],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        const hand = yield* a.begun(id)
        yield* front.interrupt(id)
        yield* hand.succeed()
        yield* (yield* b.begun(id)).succeed()
        return [id]
      }),
    expected: [{ _tag: "Completed", completed: ["a", "b"] }]
  }
}

const oneOfTwo = (): Scene => {
  const { a, b, steps } = HandStep.chain("a", "b")
  return {
    title: "R3, P9: a request names one execution and never touches another",
    flows: [flow(steps)],
    play: (front) =>
      Effect.gen(function* () {
        const first = yield* start(front)
        const second = yield* start(front)
        const one = yield* a.begun(first)
        const two = yield* a.begun(second)
        yield* front.interrupt(first)
        yield* two.succeed()
        yield* (yield* b.begun(second)).succeed()
        yield* one.succeed()
        Check.same((yield* front.executions.get(second)).requests, [], "the requests to the other")
        return [first, second]
      }),
    expected: [
      { _tag: "Interrupted", completed: ["a"], notStarted: ["b"] },
      { _tag: "Completed", completed: ["a", "b"] }
    ]
  }
}

const thenResumed = (): Scene => {
  const { a, b, steps } = HandStep.chain("a", "b")
  return {
    title: "P7, R59: what was stopped goes on where it stopped, and no request of before is seen",
    flows: [flow(steps)],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        const hand = yield* a.begun(id)
        yield* front.interrupt(id)
        yield* breaks(hand, { page: 2 })
        yield* hand.stopHalfWay()
        yield* Watch.status(front.executions, id, "Interrupted")
        yield* front.executions.resume(id)
        const again = yield* a.begun(id)
        Check.same(again.context.cursor, { page: 2 }, "where the second attempt goes on")
        Check.same((yield* again.check())._tag, "Continue", "what a stopping point says")
        yield* again.succeed()
        yield* (yield* b.begun(id)).succeed()
        return [id]
      }),
    expected: [{ _tag: "Completed", completed: ["a", "b"] }]
  }
}

const answered = (): Scene => {
  const where = Step.gate("where", {
    message: "Where to?",
    schema: Schema.Struct({ region: Schema.Literals(["eu", "us"]), servers: Schema.Int })
  })
  const ship = Step.gate("ship", { after: where, message: "Ship it?", schema: Schema.String })
  return {
    title:
      "R30, P10: a gate takes a value that fits, says of one that does not what is wrong, and is rejected with a reason",
    flows: [flow([where, ship])],
    play: (front) =>
      Effect.gen(function* () {
        const id = yield* start(front)
        const { answer } = front.executions
        yield* Watch.event(front.executions, id, "gate-opened")
        const wrong = answer(id, "where", { region: "mars", servers: 2 })
        const refused = yield* Check.failsWith(wrong, "CommandRefused", "a wrong answer")
        const { code, problems } = refused as CommandRefused
        Check.same([code, problems?.map(({ pointer }) => pointer)], ["invalid-answer", ["/region"]], "the refusal")
        yield* answer(id, "where", { region: "eu", servers: 2 })
        yield* Watch.event(front.executions, id, "gate-opened", { step: "ship" })
        yield* answer(id, "ship", undefined, { reject: true, reason: "not on a Friday" })
        return [id]
      }),
    expected: [{ _tag: "Failed", completed: ["where"], failed: ["ship"] }]
  }
}

/**
 * Every scene, made anew for each play.
 *
 * @since 0.1.0
 */
export const all: ReadonlyArray<() => Scene> = [
  queued,
  insideStep,
  insideLoop,
  inParallel,
  lastStep,
  afterTheEnd,
  twice,
  whilePaused,
  inGroup,
  waits,
  someMore,
  ignoring,
  oneOfTwo,
  thenResumed,
  answered
]
