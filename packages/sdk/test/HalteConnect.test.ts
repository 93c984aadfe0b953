/** The promise form over a server on a port: reaching it, losing it, and coming back. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, type Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { ExecutionsLocal, Flow, isHalteError, type Step } from "@halte/sdk"
import { type Change, Halte } from "@halte/sdk"
import { Halte as HalteNode, ProjectDirectory, ServerRecord } from "@halte/sdk/node"
import { Bounded, FrontEndTest, HandStep } from "@halte/engine/testing"
import { drain } from "./support/Collect.ts"
import * as PromiseDoor from "./support/PromiseDoor.ts"
import * as Serving from "./support/Serving.ts"

const flowOf = (steps: ReadonlyArray<Step.Any>) => Flow.make("flow", { steps }) as Flow.Flow<unknown, never>

/** An engine with one flow of hand-driven steps, on a port. */
const served = (steps: ReadonlyArray<Step.Any>): Effect.Effect<Serving.Serving, never, Scope.Scope> =>
  Effect.flatMap(Effect.orDie(ExecutionsLocal.make({ flows: [flowOf(steps)] })), (engine) => Serving.make(engine))

const opened = (open: () => Promise<Halte.Halte>): Effect.Effect<Halte.Halte, never, Scope.Scope> =>
  Effect.acquireRelease(Effect.promise(open), (halte) => Effect.promise(() => halte.close()))

const rejection = (call: () => Promise<unknown>): Effect.Effect<{ readonly code: string; readonly message: string }> =>
  Effect.promise(() =>
    call().then(
      () => assert.fail("it did not reject"),
      (error: Error & { readonly code: string }) => {
        assert.isTrue(isHalteError(error), String(error))
        return error
      }
    )
  )

const within = <A>(what: string, call: () => Promise<A>) => Bounded.within(Effect.promise(call), what)

FrontEndTest.suite({ describe, it }, "R5, Halte of a server on a port in promises", {
  source: "Sdk",
  open: (engine) =>
    Effect.gen(function* () {
      const { token, url } = yield* Serving.make(engine)
      const executions = PromiseDoor.make(yield* opened(() => Halte.connect(url, { token: token() })))
      return { executions, interrupt: (id) => executions.interrupt(id) }
    })
})

describe("Halte.connect", () => {
  it.live("finds out at once that nobody is there, that an address is none, and that a token is wrong", () =>
    Effect.gen(function* () {
      const { a } = HandStep.chain("a")
      const server = yield* served([a.step])
      const none = yield* rejection(() => Halte.connect("127.0.0.1:4280"))
      assert.match(none.message, /`127.0.0.1:4280` is no address of a server; one reads like `http:/)
      for (const url of ["", "ftp://127.0.0.1", "not an address"])
        assert.strictEqual((yield* rejection(() => Halte.connect(url))).code, "executions-unavailable", url)
      assert.strictEqual((yield* rejection(() => Halte.connect(server.url))).code, "unauthorized")
      const wrong = yield* rejection(() => Halte.connect(server.url, { token: "x".repeat(32) }))
      assert.strictEqual(wrong.code, "unauthorized")
      yield* Effect.promise(() => Halte.connect(`${server.url}/?q=1#top`, { token: Redacted.make(server.token()) }))
      yield* server.stop
      const gone = yield* rejection(() => Halte.connect(server.url, { token: server.token() }))
      assert.match(gone.message, new RegExp(`\`${server.url}\` can't be reached: .*ECONNREFUSED`))
    })
  )

  it.live("fails in time when nobody answers", () =>
    Effect.gen(function* () {
      const transport = () => new Promise<Response>(() => {})
      const error = yield* rejection(() => Halte.connect("http://127.0.0.1:1", { transport, timeout: "20 millis" }))
      assert.match(error.message, /did not answer within 20 ms/)
    })
  )

  it.live("R14: an AbortSignal of this program stops an execution of the server", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { token, url } = yield* served(steps)
      const halte = yield* opened(() => Halte.connect(url, { token: token(), by: "ada" }))
      const stop = new AbortController()
      const execution = yield* Effect.promise(() => halte.start("flow", {}, { interruptOn: stop.signal }))
      const hand = yield* a.begun()
      stop.abort("enough")
      const state = yield* within("the request", () => execution.until("Interrupting"))
      assert.deepStrictEqual(
        [state.by, state.signal?.source, state.signal?.via, state.signal?.reason],
        ["ada", "Sdk", "AbortSignal", "enough"]
      )
      yield* hand.succeed()
      const outcome = yield* within("the outcome", () => execution.outcome())
      assert.deepStrictEqual([outcome._tag, outcome.completed, outcome.notStarted], ["Interrupted", ["a"], ["b"]])
    })
  )

  it.live("R27: closing it rejects what is waited for and stops nothing", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { token, url } = yield* served(steps)
      const connect = () => Halte.connect(url, { token: token() })
      const halte = yield* opened(connect)
      const stop = new AbortController()
      const execution = yield* Effect.promise(() => halte.start("flow", {}, { interruptOn: stop.signal }))
      const hand = yield* a.begun()
      const watched = rejection(() => drain(execution.events()))
      yield* Effect.promise(() => halte.close())
      assert.match((yield* watched).message, /was closed by `close\(\)`/)
      // Nobody listens to it any more.
      stop.abort()
      const other = yield* opened(connect)
      yield* hand.succeed()
      const outcome = yield* within("the outcome", () => other.execution(execution.id).outcome())
      assert.strictEqual(outcome._tag, "Completed")
      const { requests } = yield* Effect.promise(() => other.execution(execution.id).state())
      assert.deepStrictEqual(requests, [])
    })
  )

  it.live("comes back after the server was started again, tells of it, and gives no event twice", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b")
      const server = yield* served(steps)
      const changes: Array<Change["_tag"]> = []
      // As a program that reads the token from where the server has written it.
      const token = () => server.token()
      const halte = yield* opened(() =>
        Halte.connect(server.url, { token, onConnection: ({ _tag }) => changes.push(_tag) })
      )
      const execution = yield* Effect.promise(() => halte.start("flow"))
      const hand = yield* a.begun()
      const seen: Array<number> = []
      const watching = yield* Effect.forkChild(
        within("the end of the events", async () => {
          for await (const { sequence } of execution.events()) seen.push(sequence)
        })
      )
      yield* Bounded.eventually(() => seen.length >= 2, "the first events")
      yield* server.stop
      yield* Bounded.eventually(() => changes.includes("Lost"), "the connection to be lost")
      const refused = yield* rejection(() => execution.interrupt())
      assert.strictEqual(refused.code, "executions-unavailable")
      yield* hand.succeed()
      const second = yield* b.begun()
      yield* server.start()
      yield* Bounded.eventually(() => changes.includes("Back"), "the connection to be back")
      yield* second.succeed()
      yield* Fiber.join(watching)
      assert.deepStrictEqual(changes, ["Lost", "Back"])
      assert.deepStrictEqual(
        seen,
        seen.map((_, i) => i + 1)
      )
      assert.strictEqual((yield* Effect.promise(() => execution.outcome()))._tag, "Completed")
    })
  )

  it.live("a token that is stated, and not the one of the server that was started again, is refused at once", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const server = yield* served(steps)
      const halte = yield* opened(() => Halte.connect(server.url, { token: server.token() }))
      const execution = yield* Effect.promise(() => halte.start("flow"))
      const hand = yield* a.begun()
      const { sequence } = yield* Effect.promise(() => execution.state())
      const iterator = execution.events()[Symbol.asyncIterator]()
      for (let i = 0; i < sequence; i++) yield* Effect.promise(() => iterator.next())
      const next = rejection(() => iterator.next())
      yield* server.stop
      yield* server.start()
      assert.strictEqual((yield* Bounded.within(next, "the refusal")).code, "unauthorized")
      yield* hand.succeed()
    })
  )
})

describe("Halte.connect of Node", () => {
  it.live("finds the token of a server of the project by itself, anew after a restart, and says who asks", () =>
    Effect.gen(function* () {
      const root = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-sdk-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const place = ProjectDirectory.find({ dir: root })
      yield* ProjectDirectory.make(place)
      const { a, steps } = HandStep.chain("a", "b")
      const server = yield* served(steps)
      const record = () =>
        ServerRecord.write(place, { url: server.url, token: Redacted.make(server.token()), owner: "1-a" })
      assert.strictEqual(
        (yield* rejection(() => HalteNode.connect(server.url, { project: root }))).code,
        "unauthorized"
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* record()
          const halte = yield* opened(() => HalteNode.connect(server.url, { project: root }))
          const execution = yield* Effect.promise(() => halte.start("flow"))
          const hand = yield* a.begun()
          assert.strictEqual((yield* Effect.promise(() => execution.state())).by, userInfo().username)
          yield* Effect.promise(() => execution.interrupt())
          const types: Array<string> = []
          const watching = yield* Effect.forkChild(
            within("the end of the events", async () => {
              for await (const { type } of execution.events()) types.push(type)
            })
          )
          yield* Bounded.eventually(() => types.includes("interrupt-requested"), "the request")
          yield* server.stop
          yield* server.start()
          yield* record()
          yield* hand.succeed()
          yield* Fiber.join(watching)
          const outcome = yield* Effect.promise(() => execution.outcome())
          assert.deepStrictEqual([outcome._tag, types.at(-1)], ["Interrupted", "execution-ended"])
        })
      )
    })
  )

  it.live("says of a path without a socket that there is none", () =>
    Effect.gen(function* () {
      const error = yield* rejection(() => HalteNode.connect("no/such.sock"))
      assert.match(error.message, /`no\/such.sock` can't be reached: there is no such socket/)
    })
  )
})
