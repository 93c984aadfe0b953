/** A project directory seen from two engines at once: what one runs, the other finds, watches, stops and goes on with. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ExecutionId, Flow, Recovery, Step } from "@halte/engine"
import { Bounded, Check, HandStep } from "@halte/engine/testing"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import { SqliteStore } from "@halte/store-sqlite"
import {
  EngineRecord,
  FlowSources,
  ProcessIdentity,
  Project,
  ProjectDirectory,
  ServerRecord
} from "../src/node/index.ts"

const services = Layer.mergeAll(
  ProcessRunnerNode.layer({ supervised: false }),
  ModuleRunnerNode.layer(),
  FetchHttpClient.layer
)

const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-project-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const open = (directory: string, flows: ReadonlyArray<Flow.Flow<unknown, never>> = [], engine = true) =>
  Project.open({
    place: ProjectDirectory.find({ dir: directory }),
    flows: flows as ReadonlyArray<Flow.Flow<unknown, FlowSources.Services>>,
    engine,
    synchronous: "normal"
  }).pipe(Effect.provide(services))

const flowOf = (steps: ReadonlyArray<Step.Any>, options: object = {}) =>
  Flow.make("flow", { steps, ...options }) as Flow.Flow<unknown, never>

const ended = (project: Project.Project, id: ExecutionId.ExecutionId) =>
  Bounded.within(Stream.runDrain(project.executions.events(id)), `the end of \`${id}\``)

describe("ProjectDirectory", () => {
  it.effect(
    "is the one that is named, else the nearest with `.halte`, else the nearest with `.git`, else this one",
    () =>
      Effect.gen(function* () {
        const root = yield* scratch
        const deep = join(root, "a", "b")
        mkdirSync(deep, { recursive: true })
        const found = (options: object = {}) => ProjectDirectory.find({ cwd: deep, env: {}, ...options })
        assert.deepStrictEqual(found(), { directory: deep, state: join(deep, ".halte"), exists: false })
        mkdirSync(join(root, ".git"))
        assert.strictEqual(found().directory, root)
        mkdirSync(join(root, "a", ".halte"))
        assert.deepStrictEqual(found(), { directory: join(root, "a"), state: join(root, "a", ".halte"), exists: true })
        assert.strictEqual(found({ env: { HALTE_DIR: root } }).directory, root)
        assert.strictEqual(found({ env: { HALTE_DIR: "" } }).directory, join(root, "a"))
        assert.strictEqual(found({ env: { HALTE_DIR: root }, dir: ".." }).directory, join(root, "a"))
      }).pipe(Effect.scoped)
  )

  it.effect("makes a directory that only its user can enter and that git ignores", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const place = ProjectDirectory.find({ dir: root })
      yield* ProjectDirectory.make(place)
      yield* ProjectDirectory.make(place)
      assert.strictEqual(statSync(place.state).mode & 0o777, 0o700)
      assert.deepStrictEqual(readdirSync(place.state).sort(), [".gitignore", "run"])
    }).pipe(Effect.scoped)
  )

  it.effect.skipIf(process.platform === "win32")("closes one that a copy has left open to others", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const place = ProjectDirectory.find({ dir: root })
      for (const path of [place.state, join(place.state, "run")]) {
        mkdirSync(path)
        chmodSync(path, 0o777)
      }
      yield* ProjectDirectory.make(place)
      for (const path of [place.state, join(place.state, "run")])
        assert.strictEqual(statSync(path).mode & 0o777, 0o700, path)
    }).pipe(Effect.scoped)
  )

  // Only root can give a directory away.
  it.effect.skipIf(process.getuid?.() !== 0)("is not another user's: that is passed over above, and refused here", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const deep = join(root, "a")
      mkdirSync(deep)
      mkdirSync(join(root, ".halte", "run"), { recursive: true })
      chownSync(join(root, ".halte"), 65_534, 65_534)
      assert.strictEqual(ProjectDirectory.find({ cwd: deep, env: {} }).directory, deep)
      for (const engine of [true, false]) {
        const error = yield* Check.failsWith(open(root, [], engine), "ProjectUnusable", "opening")
        assert.include((error as Error).message, "it belongs to another user; name another directory with `HALTE_DIR`")
      }
      const record = { v: 1, url: "http://127.0.0.1:4280", owner: "9-cc", process: ProcessIdentity.own() }
      writeFileSync(join(root, ".halte", "run", "server-4280.json"), JSON.stringify(record))
      writeFileSync(join(root, ".halte", "run", "server-4280.token"), "theirs")
      assert.deepStrictEqual(ServerRecord.all(ProjectDirectory.find({ dir: root })), [])
      assert.isUndefined(ServerRecord.tokenFor(ProjectDirectory.find({ dir: root }), record.url))
      // Root in the project of somebody, as in a container: it is the project's own.
      chownSync(root, 65_534, 65_534)
      yield* open(root)
    }).pipe(Effect.scoped)
  )

  it.effect("says what is in the way when it can't be made", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      writeFileSync(join(root, ".halte"), "")
      const error = yield* Check.failsWith(open(root), "ProjectUnusable", "opening")
      assert.include((error as Error).message, "something that is no directory has its name")
    }).pipe(Effect.scoped)
  )
})

describe("the socket of an engine", () => {
  it.effect("lies among the temporary files where its path would be too long, in a directory of its user alone", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const place = (name: string) => ProjectDirectory.find({ dir: join(root, name) })
      assert.strictEqual(EngineRecord.socketOf(place("p"), "1-a"), join(root, "p", ".halte", "run", "1-a.sock"))
      const far = EngineRecord.socketOf(place("x".repeat(100)), "1-a")
      assert.isAtMost(Buffer.byteLength(far), 100)
      assert.isFalse(far.startsWith(root))
      assert.notStrictEqual(EngineRecord.socketOf(place("y".repeat(100)), "1-a"), far)

      const socket = join(root, "own", "1-a.sock")
      yield* EngineRecord.makePrivate(socket)
      yield* EngineRecord.makePrivate(socket)
      assert.strictEqual(statSync(join(root, "own")).mode & 0o777, 0o700)
      // Somebody else was first, or left it open to all.
      chmodSync(join(root, "own"), 0o777)
      const error = yield* Check.failsWith(EngineRecord.makePrivate(socket), "ProjectUnusable", "an open directory")
      assert.include((error as Error).message, "others can write to it")
      symlinkSync(root, join(root, "link"))
      yield* Check.failsWith(EngineRecord.makePrivate(join(root, "link", "1-a.sock")), "ProjectUnusable", "a link")
    }).pipe(Effect.scoped)
  )
})

describe("Project", () => {
  it.live("is found, watched, stopped and resumed by another engine, each recorded once", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const hand = HandStep.chain("a", "b")
      const first = yield* open(root, [flowOf(hand.steps)])
      const other = yield* open(root, [], false)
      const id = yield* first.executions.start({ flow: "flow", source: "Cli", by: "ada" })
      const a = yield* hand.a.begun()
      const [listed] = yield* other.executions.list({ ending: id.slice(-6) })
      assert.deepStrictEqual([listed?.id, listed?.status, listed?.by], [id, "Running", "ada"])
      const watching = yield* Effect.forkChild(Stream.runCollect(other.executions.events(id)))
      const receipt = yield* other.executions.interrupt(id, { source: "Cli", by: "bob", reason: "wait" })
      assert.deepStrictEqual(receipt, { execution: id, status: "Interrupting", effect: "done" })
      yield* a.check()
      yield* a.stopHalfWay()
      const events = yield* Bounded.within(Fiber.join(watching), "the end, as the other engine sees it")
      assert.strictEqual(events.at(-1)?.type, "execution-ended")
      const state = yield* other.executions.get(id)
      assert.deepStrictEqual(
        state.requests.map((r) => [r.signal.source, r.signal.by, r.signal.reason]),
        [["Cli", "bob", "wait"]]
      )
      // The other one was opened to look; a third has an engine, and no such flow.
      for (const run of [other.executions.resume(id), other.executions.start({ flow: "flow" })])
        yield* Check.failsWith(
          run as Effect.Effect<unknown, unknown>,
          "ExecutionsUnavailable",
          "running where nothing runs"
        )
      const third = yield* open(root)
      const refused = yield* Check.failsWith(third.executions.resume(id), "CommandRefused", "resume without the flow")
      assert.include((refused as Error).message, "does not say where it is defined")
      yield* first.executions.resume(id)
      yield* (yield* hand.a.begun()).succeed()
      yield* (yield* hand.b.begun()).succeed()
      yield* ended(other, id)
      const done = yield* other.executions.get(id)
      assert.deepStrictEqual([done.status, done.attempt], ["Completed", 2])
    }).pipe(Effect.scoped)
  )

  it.live("R70: is paused and let go on by another engine; an interrupt works while it is paused", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const hand = HandStep.chain("a", "b", "c")
      const first = yield* open(root, [flowOf(hand.steps)])
      const other = yield* open(root, [], false)
      const id = yield* first.executions.start({ flow: "flow" })
      const a = yield* hand.a.begun()
      assert.strictEqual((yield* other.executions.pause(id)).status, "Pausing")
      yield* a.succeed()
      yield* Bounded.eventually(
        () =>
          first.executions.get(id).pipe(
            Effect.map((s) => s.status === "Paused"),
            Effect.runSync
          ),
        "the pause"
      )
      assert.strictEqual((yield* other.executions.resume(id)).status, "Running")
      const b = yield* hand.b.begun()
      yield* other.executions.pause(id)
      yield* other.executions.interrupt(id)
      yield* b.check()
      yield* b.stopHalfWay()
      yield* ended(other, id)
      assert.strictEqual((yield* other.executions.get(id)).status, "Interrupted")
    }).pipe(Effect.scoped)
  )

  it.live("leaves neither record nor socket behind, and stays readable", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const done = Step.make("done", { run: () => 1 })
      const id = yield* Effect.scoped(
        Effect.gen(function* () {
          const project = yield* open(root, [flowOf([done])])
          assert.strictEqual(EngineRecord.all(ProjectDirectory.find({ dir: root })).length, 1)
          const started = yield* project.executions.start({ flow: "flow" })
          yield* ended(project, started)
          return started
        })
      )
      assert.deepStrictEqual(readdirSync(join(root, ".halte", "run")), [])
      assert.deepStrictEqual(readdirSync(join(root, ".halte")).sort(), [
        ".gitignore",
        "halte.db",
        "halte.db.lock",
        "run"
      ])
      const later = yield* open(root, [], false)
      assert.strictEqual((yield* later.executions.get(id)).status, "Completed")
      assert.strictEqual(yield* later.executions.output(id, "done"), 1)
    }).pipe(Effect.scoped)
  )

  it.live("asks what runs to stop when it is closed, while others still watch it", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const hand = HandStep.chain("a", "b")
      const scope = yield* Scope.make()
      const first = yield* Scope.provide(open(root, [flowOf(hand.steps)]), scope)
      const other = yield* open(root, [], false)
      const id = yield* first.executions.start({ flow: "flow" })
      const a = yield* hand.a.begun()
      const seen = yield* Deferred.make<void>()
      const watching = yield* Effect.forkChild(
        other.executions.events(id).pipe(
          Stream.tap((event) =>
            event.type === "interrupt-requested" ? Deferred.succeed(seen, undefined) : Effect.void
          ),
          Stream.runCollect
        )
      )
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* Bounded.within(Deferred.await(seen), "the request, seen from outside")
      yield* a.check()
      yield* a.stopHalfWay()
      const events = yield* Bounded.within(Fiber.join(watching), "the end, seen from outside")
      yield* Bounded.within(Fiber.join(closing), "the close")
      const last = events.at(-1)
      assert.deepStrictEqual(last?.type === "execution-ended" && [last.status, last.cause], ["Interrupted", "Shutdown"])
      assert.deepStrictEqual(readdirSync(join(root, ".halte", "run")), [])
    }).pipe(Effect.scoped)
  )

  it.live("P3, R73: recovers what an engine left that is gone: interrupted, cause Crash, resumable", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const hand = HandStep.chain("a", "b")
      const flow = flowOf(hand.steps)
      const first = yield* open(root, [flow])
      const id = yield* first.executions.start({ flow: "flow" })
      yield* (yield* hand.a.begun()).succeed()
      yield* hand.b.begun()
      // What is left of an engine that was killed: claims, and a record of a process that is no more.
      const place = ProjectDirectory.find({ dir: root })
      const [record] = EngineRecord.all(place)
      writeFileSync(
        join(root, ".halte", "run", `${record!.owner}.json`),
        JSON.stringify({ ...record, process: { ...record!.process, startTime: "1" } })
      )
      const next = yield* open(root, [flow])
      assert.deepStrictEqual(
        next.recovered.map((r) => [r.execution, r.flow, r.left]),
        [[id, "flow", []]]
      )
      const state = yield* next.executions.get(id)
      assert.deepStrictEqual([state.status, state.ended?.cause], ["Interrupted", "Crash"])
      assert.deepStrictEqual(state.ended?.partition.completed, ["a"])
      assert.deepStrictEqual(state.ended?.partition.interrupted, [{ step: "b" }])
      assert.strictEqual(EngineRecord.all(place).length, 1)
      yield* next.executions.resume(id)
      yield* (yield* hand.b.begun()).succeed()
      yield* ended(next, id)
      assert.strictEqual((yield* next.executions.get(id)).status, "Completed")
    }).pipe(Effect.scoped)
  )

  it.live("starts with a key that an engine had taken which went before it recorded anything", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const project = yield* open(root, [flowOf([Step.make("done", { run: () => 1 })])])
      const vain = ExecutionId.make(Date.now())
      yield* project.store.claim(vain, "gone", { key: { name: "once", digest: "" } })
      const start = project.executions.start({ flow: "flow", idempotencyKey: "once" })
      const id = yield* Bounded.within(start, "the start")
      assert.notStrictEqual(id, vain)
      yield* ended(project, id)
      assert.strictEqual(yield* start, id)
      // One that lives is not disturbed.
      const other = yield* open(root)
      yield* other.store.claim(ExecutionId.make(Date.now()), other.owner, { key: { name: "twice", digest: "" } })
      const error = yield* Effect.flip(project.executions.start({ flow: "flow", idempotencyKey: "twice" }))
      assert.strictEqual(error.code, "idempotency-key-in-use")
    }).pipe(Effect.scoped)
  )

  it.live("ends the events of an execution that was taken from it with the reason, not with what others found", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const hand = HandStep.chain("a", "b")
      const first = yield* open(root, [flowOf(hand.steps)])
      const id = yield* first.executions.start({ flow: "flow" })
      const a = yield* hand.a.begun()
      const seen = yield* Deferred.make<void>()
      const following = yield* first.executions.events(id).pipe(
        Stream.tap((event) => (event.type === "step-started" ? Deferred.succeed(seen, undefined) : Effect.void)),
        Stream.runDrain,
        Effect.flip,
        Effect.forkChild
      )
      yield* Bounded.within(Deferred.await(seen), "its events")
      const [claimed] = yield* first.store.list()
      const other = yield* SqliteStore.open({ file: join(root, ".halte", "halte.db") })
      yield* Recovery.recover(other, { owner: "other", gone: claimed!.owner! })
      yield* a.succeed()
      const error = yield* Bounded.within(Fiber.join(following), "the end of its events")
      assert.strictEqual(error._tag, "ExecutionsUnavailable")
      assert.match(error.message, /belongs to another engine now .*\. Not recorded: what happened here since\.$/)
      const stored = yield* Stream.runCollect(first.executions.events(id))
      assert.strictEqual(stored.at(-1)?.type, "execution-ended", "who looks later is told what is stored")
    }).pipe(Effect.scoped)
  )

  it.live("is empty where nothing was ever run, and writes nothing to say so", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      const project = yield* open(root, [], false)
      assert.deepStrictEqual(yield* project.executions.list(), [])
      assert.deepStrictEqual(readdirSync(root), [])
    }).pipe(Effect.scoped)
  )
})
