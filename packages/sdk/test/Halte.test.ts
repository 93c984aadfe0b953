/** What the promise form does beyond the port: sources of requests, waits, loops, closing. An engine in this process. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Schema } from "effect"
import { type Execution, Flow, Halte, isHalteError, Params, Step } from "@halte/sdk"
import { Bounded, HandStep } from "@halte/engine/testing"
import { collect, drain } from "./support/Collect.ts"
import * as LocalHalte from "./support/LocalHalte.ts"

const flowOf = (steps: ReadonlyArray<Step.Any>, options: object = {}) =>
  Flow.make("flow", { steps, ...options }) as Flow.Flow<unknown, never>

const within = <A>(what: string, call: () => Promise<A>): Promise<A> =>
  Effect.runPromise(Bounded.within(Effect.tryPromise({ try: call, catch: (error) => error }), what))

const begun = (hand: HandStep.HandStep): Promise<HandStep.Hand> => Effect.runPromise(hand.begun())

const rejection = async (call: () => Promise<unknown>): Promise<unknown> => {
  try {
    await call()
  } catch (error) {
    return error
  }
  return assert.fail("it did not reject")
}

const codeOf = (error: unknown): string => {
  assert.instanceOf(error, Error)
  return (error as Error & { readonly code: string }).code
}

describe("Halte.start and Halte.run", () => {
  it("R6: run gives what start and then outcome give", async () => {
    const flow = Flow.make("double", {
      params: Schema.Struct({ n: Schema.Number }),
      steps: [Step.make("twice", { run: async (_: object, { params }) => (params as { n: number }).n * 2 })]
    })
    await using halte = await LocalHalte.open({ flows: [flow] })
    const started = await (await halte.start(flow, { n: 4 })).outcome()
    const ran = await halte.run(flow, { n: 4 })
    const named = await halte.run("double", { n: 4 })
    for (const { _tag, completed, values } of [started, ran, named])
      assert.deepStrictEqual([_tag, completed, values], ["Completed", ["twice"], { twice: 8 }])
  })

  it("R38, R39: answers the id before any step ends, and honours an interrupt of that moment", async () => {
    const { a, steps } = HandStep.chain("a", "b")
    await using halte = await LocalHalte.open({ flows: [flowOf(steps)] })
    const execution = await halte.start("flow")
    assert.match(execution.id, /^[0-9A-HJKMNP-TV-Z]{20}$/)
    await execution.interrupt()
    const { _tag, notStarted } = await execution.outcome()
    assert.deepStrictEqual([_tag, notStarted, a.runs()], ["Interrupted", ["a", "b"], 0])
  })

  it("gives params of a flow as they are recorded: what its schema decodes is encoded for the start", async () => {
    const params = Params.make(Schema.Struct({ day: Schema.DateFromString, times: Schema.FiniteFromString }))
    const seen: Array<unknown> = []
    const flow = Flow.make("dated", {
      params,
      steps: [Step.make("look", { input: { params }, run: ({ params }) => void seen.push(params) })]
    })
    await using halte = await LocalHalte.open({ flows: [flow] })
    const day = new Date("2026-01-02T03:04:05.000Z")
    await halte.run(flow, { day, times: 3 })
    await halte.run("dated", { day: day.toISOString(), times: "3" })
    assert.deepStrictEqual(seen, [
      { day, times: 3 },
      { day, times: 3 }
    ])
  })

  it("checks params by the type of the flow", () => {
    const flow = Flow.make("typed", {
      params: Schema.Struct({ version: Schema.String }),
      steps: [Step.sleep("wait", { duration: 1 })]
    })
    const untyped = flowOf([Step.sleep("wait", { duration: 1 })])
    const calls = (halte: Halte.Halte) => [
      () => halte.start(flow, { version: "1" }, { by: "ada" }),
      () => halte.run(untyped),
      () => halte.run(untyped, { anything: true }),
      // @ts-expect-error its params are required
      () => halte.start(flow),
      // @ts-expect-error `version` is a text
      () => halte.run(flow, { version: 1 }),
      // @ts-expect-error no option is called `signal`: what a signal does to a start would be anybody's guess
      () => halte.start(flow, { version: "1" }, { signal: new AbortController().signal })
    ]
    assert.isFunction(calls)
  })

  it("refuses a flow that is another one there, by its fingerprint, and one that can't run", async () => {
    const there = flowOf([Step.make("a", { run: () => 1 })])
    await using halte = await LocalHalte.open({ flows: [there] })
    const other = flowOf([Step.make("a", { run: () => 2 })])
    const error = await rejection(() => halte.start(other))
    assert.isTrue(isHalteError(error, "flow-differs"))
    assert.strictEqual((await halte.run(there))._tag, "Completed")
    const broken = flowOf([Step.make("a", { after: "b", run: () => 1 })])
    assert.strictEqual(codeOf(await rejection(() => halte.start(broken))), "invalid-flow")
    assert.strictEqual(codeOf(await rejection(() => Halte.local({ flows: [broken] }))), "invalid-flow")
  })

  it("the same key starts one execution; stopAfter and a strategy are passed on", async () => {
    const steps = ["a", "b", "c"].map((name, i, all) =>
      Step.make(name, { run: () => name, ...(i === 0 ? {} : { after: all[i - 1]! }) })
    )
    await using halte = await LocalHalte.open({ flows: [flowOf(steps)] })
    const [one, two] = await Promise.all([
      halte.start("flow", {}, { idempotencyKey: "k", stopAfter: 2 }),
      halte.start("flow", {}, { idempotencyKey: "k", stopAfter: 2 })
    ])
    assert.strictEqual(one.id, two.id)
    const { _tag, completed, notStarted } = await one.outcome()
    assert.deepStrictEqual([_tag, completed, notStarted], ["Interrupted", ["a", "b"], ["c"]])
    assert.strictEqual((await halte.list()).length, 1)
  })
})

describe("interruptOn", () => {
  it("R14: an AbortSignal asks to stop gracefully: the step under way ends by itself", async () => {
    const { a, steps } = HandStep.chain("a", "b")
    await using halte = await LocalHalte.open({ flows: [flowOf(steps)] })
    const stop = new AbortController()
    const execution = await halte.start("flow", {}, { interruptOn: stop.signal })
    const hand = await begun(a)
    stop.abort("Ctrl-C in my own program")
    await within("the request", () => execution.until("Interrupting"))
    await Effect.runPromise(hand.succeed())
    const outcome = await execution.outcome()
    assert.strictEqual(outcome._tag, "Interrupted")
    if (outcome._tag !== "Interrupted") return
    assert.deepStrictEqual([outcome.completed, outcome.notStarted], [["a"], ["b"]])
    assert.deepStrictEqual(
      [outcome.signal.source, outcome.signal.via, outcome.signal.reason],
      ["Sdk", "AbortSignal", "Ctrl-C in my own program"]
    )
  })

  it("R14: one that is aborted already lets no step start, of a start and of a resume", async () => {
    const { a, steps } = HandStep.chain("a", "b")
    await using halte = await LocalHalte.open({ flows: [flowOf(steps)] })
    const execution = await halte.start("flow", {}, { interruptOn: AbortSignal.abort() })
    assert.deepStrictEqual((await execution.outcome()).notStarted, ["a", "b"])
    await execution.resume({ interruptOn: AbortSignal.abort() })
    const { attempt, notStarted } = await execution.outcome()
    assert.deepStrictEqual([attempt, notStarted, a.runs()], [2, ["a", "b"], 0])
  })

  it("R14, R27: an Effect is a source as well; one that fails interrupts nothing", async () => {
    const { a, steps } = HandStep.chain("a")
    await using halte = await LocalHalte.open({ flows: [flowOf(steps)], by: "ada" })
    const door = Deferred.makeUnsafe<{ readonly reason: string }>()
    const execution = await halte.start("flow", {}, { interruptOn: Deferred.await(door) })
    const hand = await begun(a)
    await Effect.runPromise(Deferred.succeed(door, { reason: "the office closes" }))
    const state = await execution.until("Interrupting")
    assert.strictEqual(state.requests[0]?.signal.reason, "the office closes")
    await Effect.runPromise(hand.stopHalfWay())
    await execution.outcome()

    const deaf = await halte.start("flow", {}, { interruptOn: Effect.fail("gone") })
    await Effect.runPromise((await begun(a)).succeed())
    const { _tag } = await deaf.outcome()
    assert.strictEqual(_tag, "Completed")
    assert.deepStrictEqual((await deaf.state()).requests, [])
  })

  it("R12, R14: lets go of the signal when the attempt has ended or Halte is closed, and installs no handler", async () => {
    const before = ["SIGINT", "SIGTERM", "SIGHUP"].map((name) => process.listenerCount(name))
    const { a, steps } = HandStep.chain("a")
    const halte = await Halte.local({ flows: [flowOf(steps)] })
    const counted = counting()
    const execution = await halte.start("flow", {}, { interruptOn: counted.signal })
    const hand = await begun(a)
    assert.strictEqual(counted.listeners(), 1)
    await Effect.runPromise(hand.succeed())
    await execution.outcome()
    await Effect.runPromise(Bounded.eventually(() => counted.listeners() === 0, "the listener to go"))
    await halte.close()
    assert.deepStrictEqual(
      ["SIGINT", "SIGTERM", "SIGHUP"].map((name) => process.listenerCount(name)),
      before
    )
  })
})

describe("watching", () => {
  it("R27: leaving a loop stops watching and nothing else", async () => {
    const { a, steps } = HandStep.chain("a")
    await using halte = await LocalHalte.open({ flows: [flowOf(steps)] })
    const execution = await halte.start("flow")
    for await (const event of execution.events()) if (event.type === "step-started") break
    await Effect.runPromise((await begun(a)).succeed())
    assert.strictEqual((await execution.outcome())._tag, "Completed")
    assert.deepStrictEqual((await execution.state()).requests, [])
  })

  it("gives every event in order from any sequence on, to each loop anew, and to calls of next that overlap", async () => {
    await using halte = await LocalHalte.open({ flows: [flowOf([Step.make("a", { run: () => 1 })])] })
    const execution = await halte.start("flow")
    await execution.outcome()
    const events = execution.events()
    const once = await collect(events, (event) => event.sequence)
    assert.deepStrictEqual(
      once,
      once.map((_, i) => i + 1)
    )
    assert.deepStrictEqual(await collect(events, (event) => event.sequence), once)
    assert.deepStrictEqual(await collect(execution.events({ after: 2 }), (event) => event.sequence), once.slice(2))
    const iterator = events[Symbol.asyncIterator]()
    const overlapping = await Promise.all([...once, 0].map(() => iterator.next()))
    assert.deepStrictEqual(
      overlapping.map(({ done, value }) => (done === true ? "end" : value.sequence)),
      [...once, "end"]
    )
  })

  it("R27: a signal gives up a wait or a loop with its reason, also before it began; the execution hears nothing", async () => {
    const { a, steps } = HandStep.chain("a")
    await using halte = await LocalHalte.open({ flows: [flowOf(steps)] })
    const execution = await halte.start("flow")
    const hand = await begun(a)
    const gone = new AbortController()
    const reason = new Error("enough")
    const waits: ReadonlyArray<(signal: AbortSignal) => Promise<unknown>> = [
      (signal) => execution.outcome({ signal }),
      (signal) => execution.until("Completed", { signal }),
      (signal) => execution.stepStarted("never", { signal }),
      (signal) => drain(execution.events({ signal })),
      (signal) => drain(execution.logs({ signal }))
    ]
    const pending = waits.map((wait) => rejection(() => wait(gone.signal)))
    await execution.state()
    gone.abort(reason)
    for (const error of await within("the waits to be given up", () => Promise.all(pending)))
      assert.strictEqual(error, reason)
    for (const wait of waits) assert.strictEqual(await rejection(() => wait(gone.signal)), reason)
    await Effect.runPromise(hand.succeed())
    assert.deepStrictEqual([(await execution.outcome())._tag, (await execution.state()).requests], ["Completed", []])
  })

  it("R40: reads state, output, logs and lists during and after the execution", async () => {
    const say = Step.make("say", {
      run: (_, { log }) => {
        log("hello")
        return { said: "hello" }
      }
    })
    const hold = HandStep.make("hold", { after: say })
    await using halte = await LocalHalte.open({ flows: [flowOf([say, hold.step])], by: "ada" })
    const execution = await halte.start("flow")
    const hand = await begun(hold)
    // What a step does is recorded a moment after it did it.
    await execution.stepStarted("hold")
    const during = await execution.state()
    assert.deepStrictEqual(
      [during.status, during.by, during.steps.get("say")?.status, during.steps.get("hold")?.status],
      ["Running", "ada", "Completed", "Running"]
    )
    assert.deepStrictEqual(await execution.output("say"), { said: "hello" })
    assert.strictEqual(await execution.output("hold"), undefined)
    assert.deepStrictEqual(
      (await halte.list({ status: ["Running"] })).map(({ id }) => id),
      [execution.id]
    )
    assert.deepStrictEqual(await halte.counts(), { Running: 1 })
    await Effect.runPromise(hand.succeed())
    await execution.outcome()
    const lines = await collect(execution.logs({ step: "say" }), ({ step, text }) => [step, text])
    assert.deepStrictEqual(lines, [["say", "hello"]])
    const [flow] = await halte.flows()
    assert.deepStrictEqual([flow?.name, flow?.steps.map(({ id }) => id)], ["flow", ["say", "hold"]])
  })

  it("lists all, page after page, and no more than it was asked for", async () => {
    await using halte = await LocalHalte.open({ flows: [flowOf([Step.make("a", { run: () => 1 })])] })
    const started: Array<string> = []
    for (let i = 0; i < 405; i++) started.unshift((await halte.start("flow")).id)
    const read = (limit?: number) => collect(halte.listAll({ limit }), ({ id }) => id as string)
    started.sort().reverse()
    assert.deepStrictEqual(await read(), started)
    assert.deepStrictEqual(await read(201), started.slice(0, 201))
    assert.deepStrictEqual(await read(0), [])
    assert.strictEqual((await halte.list()).length, 50)
    for await (const { id } of halte.listAll()) {
      assert.strictEqual(id, started[0])
      break
    }
  })
})

describe("commands", () => {
  it("R70, P7: pauses, answers a gate, stops, goes on and terminates", async () => {
    const { a, b, steps } = HandStep.chain("a", "b")
    const gate = Step.gate("ask", { message: "Ship it?", after: steps[1]! })
    const stuck = HandStep.make("stuck", { after: gate })
    await using halte = await LocalHalte.open({ flows: [flowOf([...steps, gate, stuck.step])] })
    const execution = await halte.start("flow")
    const hand = await begun(a)
    assert.strictEqual((await execution.pause()).effect, "done")
    await Effect.runPromise(hand.succeed())
    assert.strictEqual((await within("the pause", () => execution.until(["Paused", "Interrupted"]))).status, "Paused")
    await execution.resume()
    const inside = await begun(b)
    assert.deepStrictEqual(
      [(await execution.interrupt({ by: "bob" })).effect, (await execution.interrupt()).effect],
      ["done", "repeat"]
    )
    await Effect.runPromise(inside.stopHalfWay({ cursor: 7 }))
    assert.strictEqual((await execution.outcome())._tag, "Interrupted")
    assert.strictEqual((await execution.interrupt()).effect, "late")

    await execution.resume({ by: "bob" })
    const again = await begun(b)
    assert.strictEqual(again.context.cursor, 7)
    await Effect.runPromise(again.succeed())
    for await (const event of execution.events()) if (event.type === "gate-opened") break
    await execution.answer("ask", true)
    await execution.stepStarted("stuck")
    assert.strictEqual((await execution.terminate()).effect, "done")
    const { _tag, terminated } = await execution.outcome()
    assert.deepStrictEqual([_tag, terminated], ["Terminated", ["stuck"]])
  })

  it("R16, R41, P8: rejects with the typed error itself, which is told apart by its code", async () => {
    const { a, steps } = HandStep.chain("a")
    const params = Schema.Struct({ version: Schema.String })
    await using halte = await LocalHalte.open({
      flows: [
        flowOf(steps, { single: true }),
        Flow.make("strict", { params, steps: [Step.sleep("s", { duration: 1 })] })
      ]
    })
    const execution = await halte.start("flow")
    const hand = await begun(a)
    const unknown = halte.execution("01ARZ3NDEKTSV4RRFFQ6")
    const refused: ReadonlyArray<readonly [string, () => Promise<unknown>]> = [
      ["flow-busy", () => halte.start("flow")],
      ["flow-not-found", () => halte.run("flwo")],
      ["invalid-params", () => halte.start("strict", { version: 1 })],
      ["already-running", () => execution.resume()],
      ["gate-not-open", () => execution.answer("a", true)],
      ["execution-not-found", () => unknown.state()],
      ["execution-not-found", () => unknown.interrupt()],
      ["execution-not-found", () => unknown.outcome()],
      ["execution-not-found", () => unknown.until("Running")],
      ["execution-not-found", () => drain(unknown.events())],
      ["execution-not-found", () => drain(unknown.logs())]
    ]
    for (const [code, call] of refused) {
      const error = await rejection(call)
      assert.strictEqual(codeOf(error), code)
      assert.isTrue(isHalteError(error))
      assert.isTrue(isHalteError(error, code as "flow-busy"))
      assert.isFalse(isHalteError(error, "unauthorized", "secret-missing"))
    }
    const busy = await rejection(() => halte.start("flow"))
    if (isHalteError(busy, "flow-busy")) assert.strictEqual(busy.execution, execution.id)
    for (const other of [undefined, null, "flow-busy", new Error("flow-busy"), { _tag: "FlowBusy", code: "flow-busy" }])
      assert.isFalse(isHalteError(other))
    await Effect.runPromise(hand.succeed())
  })
})

describe("closing", () => {
  it("asks what runs to stop, waits for it, and then rejects whatever is asked", async () => {
    const { a, steps } = HandStep.chain("a", "b")
    const halte = await Halte.local({ flows: [flowOf(steps)] })
    const execution = await halte.start("flow")
    const hand = await begun(a)
    const watched = collect(execution.events(), ({ type }) => type)
    let isClosed = false
    const closing = halte.close().then(() => (isClosed = true))
    const state = await execution.until("Interrupting")
    assert.strictEqual(state.signal?.source, "Shutdown")
    assert.isFalse(isClosed)
    await Effect.runPromise(hand.stopHalfWay())
    await within("closing", () => Promise.all([closing, halte.close(), halte[Symbol.asyncDispose]()]))
    assert.strictEqual((await watched).at(-1), "execution-ended")
    const calls: ReadonlyArray<() => Promise<unknown>> = [
      () => halte.start("flow"),
      () => halte.flows(),
      () => execution.state(),
      () => drain(execution.events())
    ]
    for (const call of calls) assert.match(String(await rejection(call)), /was closed by `close\(\)`/)
  })

  it("rejects what is still waited for around executions that somebody else has opened", async () => {
    const { a, steps } = HandStep.chain("a")
    await using engine = await LocalHalte.open({ flows: [flowOf(steps)] })
    const halte = Halte.fromExecutions(engine.executions)
    const execution = await halte.start("flow")
    const hand = await begun(a)
    const iterator = execution.events({ after: (await execution.state()).sequence })[Symbol.asyncIterator]()
    const pending = [() => execution.outcome(), () => iterator.next()].map(rejection)
    await halte.close()
    for (const error of await within("the waits to end", () => Promise.all(pending)))
      assert.strictEqual(codeOf(error), "executions-unavailable")
    await Effect.runPromise(hand.succeed())
    assert.strictEqual((await engine.execution(execution.id).outcome())._tag, "Completed")
  })
})

/** A signal whose listeners are counted. */
const counting = () => {
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--
    remove(...args)
  }
  return { signal, listeners: () => listeners }
}

export type { Execution }
