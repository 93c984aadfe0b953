import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ExecutionHandle, type ExecutionId, type Executions, Flow, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import { Effect, Fiber, Stream } from "effect"
import * as Repository from "../../../test/support/Repository.ts"
import { follow } from "../src/Follow.ts"
import * as Executing from "../src/command/Executing.ts"
import * as LinesScreen from "../src/terminal/LinesScreen.ts"
import type { Output, StreamName } from "../src/terminal/Output.ts"
import * as RemoteServer from "./RemoteServer.ts"
import { plain } from "./Screens.ts"

/** `build`, then `serve` driven by hand, then `ship`. */
const release = () => {
  const build = Step.make("build", { run: () => 1 })
  const serve = HandStep.make("serve", { after: build })
  const ship = Step.make("ship", { run: () => 1, after: serve.step })
  return { serve, flow: Flow.make("release", { steps: [build, serve.step, ship] }) as Flow.Flow<unknown, never> }
}

const make = (options?: RemoteServer.Options) =>
  Effect.gen(function* () {
    const { flow, serve } = release()
    const server = yield* RemoteServer.make([flow], options)
    // A file that a run here needs; what runs is the flow of the engine.
    const file = join(yield* Repository.scratch("remote"), "release.flow.yaml")
    writeFileSync(file, "halte: 1\nname: release\nsteps:\n  build: { run: echo }\n")
    yield* Effect.addFinalizer(() =>
      Effect.flatMap(server.executions.list(), (all) =>
        Effect.forEach(all, ({ id }) => server.executions.terminate(id), { discard: true })
      ).pipe(Effect.ignore)
    )
    return { ...server, serve, file }
  })

const listeners = () => process.listenerCount("SIGINT")

type Made = Effect.Success<ReturnType<typeof make>>

/** `halte run release` by the server or here, at the moment at which `serve` runs. */
const running = (
  { executions, file, here, serve }: Made,
  halte: RemoteServer.RemoteServer["halte"],
  args: ReadonlyArray<string> = ["--progress", "lines"]
) =>
  Effect.gen(function* () {
    const written = RemoteServer.written()
    const fiber = yield* Effect.forkChild(
      halte(["run", halte === here ? file : "release", ...args], { onWrite: written.onWrite })
    )
    const hand = yield* serve.begun()
    if (!args.includes("quiet"))
      yield* written.until("stdout", args.includes("--json") ? '"step":"serve"' : "serve running")
    const [first] = yield* executions.list({ limit: 1 })
    return { written, fiber, hand, id: first!.id, handle: ExecutionHandle.make(executions, first!.id) }
  })

/** Waits until the request has got to the engine: what is said about it may be said before. */
const asked = (executions: Executions.ExecutionsShape, id: ExecutionId.ExecutionId) =>
  executions.events(id).pipe(
    Stream.takeUntil((event) => event.type === "interrupt-requested"),
    Stream.runDrain
  )

const statusOf = (executions: Executions.ExecutionsShape, id: ExecutionId.ExecutionId) =>
  Effect.map(executions.get(id), ({ status }) => status)

describe("a run of a server", () => {
  it.live("R45 R46 is asked to interrupt by the first signal, shown to its stop, and says what one here says", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const stopped = (halte: RemoteServer.RemoteServer["halte"]) =>
        Effect.gen(function* () {
          const before = listeners()
          const { fiber, hand, id, written } = yield* running(server, halte)
          process.emit("SIGINT")
          yield* written.until("stderr", "A second signal terminates now.")
          yield* asked(server.executions, id)
          yield* hand.stopHalfWay({ cursor: 3 })
          const said = yield* Fiber.join(fiber)
          assert.strictEqual(listeners(), before)
          const { requests, status } = yield* server.executions.get(id)
          assert.strictEqual(status, "Interrupted")
          assert.lengthOf(requests, 1)
          assert.deepInclude(requests[0]!.signal, { source: "Cli", via: "SIGINT" })
          assert.isString(requests[0]!.signal.by)
          return said
        })
      const [there, here] = [yield* stopped(server.byVariable), yield* stopped(server.here)]
      const mask = ({ code, stderr, stdout }: typeof there) => ({
        code,
        stdout: RemoteServer.masked(stdout),
        stderr: RemoteServer.masked(stderr)
      })
      assert.deepStrictEqual(mask(there), mask(here))
      assert.strictEqual(there.code, 130)
      // The server is there as before.
      assert.strictEqual((yield* server.halte(["list"])).code, 0)
    })
  )

  it.live("R46 writes the same events as JSON", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const done = (halte: RemoteServer.RemoteServer["halte"]) =>
        Effect.gen(function* () {
          const { fiber, hand } = yield* running(server, halte, ["--json"])
          yield* hand.succeed("up")
          return yield* Fiber.join(fiber)
        })
      const [there, here] = [yield* done(server.byVariable), yield* done(server.here)]
      assert.strictEqual(RemoteServer.masked(there.stdout), RemoteServer.masked(here.stdout))
      assert.deepStrictEqual(
        [there.code, RemoteServer.masked(there.stderr)],
        [here.code, RemoteServer.masked(here.stderr)]
      )
    })
  )

  it.live("R35 is terminated by the second signal", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { fiber, hand, handle, id, written } = yield* running(server, server.halte)
      process.emit("SIGINT")
      yield* written.until("stderr", "A second signal terminates now.")
      yield* asked(server.executions, id)
      process.emit("SIGINT")
      yield* hand.interrupted
      const { code, stderr } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 137)
      assert.include(stderr, "Terminating (SIGINT).")
      assert.strictEqual((yield* handle.outcome)._tag, "Terminated")
    })
  )

  it.live("R45 goes on when its terminal is gone", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { fiber, hand, handle } = yield* running(server, server.halte)
      yield* Fiber.interrupt(fiber)
      yield* hand.succeed()
      assert.strictEqual((yield* handle.outcome)._tag, "Completed")
    })
  )
})

describe("a connection that is lost", () => {
  it.live("R45 is said once, comes back, and stops nothing: every event is shown once", () =>
    Effect.gen(function* () {
      const server = yield* make()
      for (const args of [["--progress", "lines"], ["--json"]]) {
        const { fiber, hand, written } = yield* running(server, server.halte, args)
        yield* server.way.cut
        yield* written.until("stderr", "trying again…")
        // What happens meanwhile is seen afterwards.
        yield* hand.succeed()
        yield* server.way.mend
        const { code, stderr, stdout } = yield* Fiber.join(fiber)
        assert.strictEqual(code, 0)
        assert.deepStrictEqual(
          stderr.split("\n").filter((line) => line.includes("Connection")),
          [`Connection to ${server.url} lost; trying again…`, `Connection to ${server.url} is back.`]
        )
        if (!args.includes("--json")) {
          for (const line of ["serve running", "serve completed", "ship completed", "release completed"])
            assert.lengthOf(stdout.split(line), 2, line)
          continue
        }
        const sequences = stdout
          .trimEnd()
          .split("\n")
          .slice(1)
          .map((line) => (JSON.parse(line) as { readonly sequence: number }).sequence)
        assert.deepStrictEqual(
          sequences,
          sequences.map((_, i) => i + 1)
        )
      }
    })
  )

  it.live("is given up after a while: exit code 69, the id, and the command that looks at it again", () =>
    Effect.gen(function* () {
      const server = yield* make({ reconnect: "500 millis" })
      const { fiber, hand, handle, id } = yield* running(server, server.halte)
      yield* server.way.cut
      const { code, stderr } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 69)
      assert.include(
        stderr,
        `Execution ${id} was not stopped by this.\nLook at it again:  halte watch ${id} --server ${server.url}\n`
      )
      assert.match(stderr, /was lost after sequence \d+ and did not come back within 0.5 s: /)
      assert.include(stderr, "(code: executions-unavailable)")
      assert.strictEqual(yield* statusOf(server.executions, id), "Running")
      yield* hand.succeed()
      assert.strictEqual((yield* handle.outcome)._tag, "Completed")
    })
  )

  it.live("is shown by commands without a screen as well, which go on", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const id = yield* server.executions.start({ flow: "release" })
      const hand = yield* server.serve.begun(id)
      const [logs, stop] = [RemoteServer.written(), RemoteServer.written()]
      const following = yield* Effect.forkChild(server.halte(["logs", id, "--follow"], { onWrite: logs.onWrite }))
      const stopping = yield* Effect.forkChild(server.halte(["interrupt", id, "--wait"], { onWrite: stop.onWrite }))
      yield* hand.perform(Effect.sync(() => hand.context.log("before")))
      yield* logs.until("stdout", "before")
      const waits = () => server.way.passed().includes("event: interrupt-requested")
      yield* Bounded.eventually(waits, "somebody who waits for the end")
      yield* server.way.cut
      yield* logs.until("stderr", "trying again…")
      yield* stop.until("stderr", "trying again…")
      yield* hand.perform(Effect.sync(() => hand.context.log("meanwhile")))
      yield* server.way.mend
      yield* hand.stopHalfWay()
      const [log, waited] = [yield* Fiber.join(following), yield* Fiber.join(stopping)]
      assert.deepStrictEqual([log.code, waited.code], [0, 0])
      for (const line of ["before", "meanwhile"]) assert.lengthOf(log.stdout.split(line), 2)
      assert.include(waited.stdout, "release interrupted after 1 of 3 steps")
    })
  )

  it.live("lets who only watches leave", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const id = yield* server.executions.start({ flow: "release" })
      const hand = yield* server.serve.begun(id)
      const written = RemoteServer.written()
      const fiber = yield* Effect.forkChild(
        server.halte(["watch", id, "--progress", "lines"], { onWrite: written.onWrite })
      )
      yield* written.until("stdout", "serve running")
      yield* server.way.cut
      yield* written.until("stderr", "trying again…")
      process.emit("SIGINT")
      const { code, stderr } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 0)
      assert.include(
        stderr,
        `Left. The execution goes on.\nInterrupt it with:  halte interrupt ${id} --server ${server.url}\n`
      )
      yield* hand.succeed()
    })
  )
})

/** `follow` itself, which would leave the process of the test: over a server, with plain lines. */
const followed = (server: Made) =>
  Effect.gen(function* () {
    const assembly = yield* server.connect
    const written = RemoteServer.written()
    const output: Output = {
      look: () => plain,
      isTerminal: () => false,
      write: (stream: StreamName, more) => written.onWrite(stream, more),
      size: () => ({ columns: 200, rows: 24 }),
      onResize: () => () => {},
      drained: () => Effect.void
    }
    const left: Array<number> = []
    const killed: Array<ReadonlyArray<number>> = []
    const again = ["--server", server.url]
    const fiber = yield* follow({
      executions: assembly.executions,
      begin: Effect.map(assembly.executions.start({ flow: "release", source: "Cli" }), (id) => ({ id, attempt: 1 })),
      screen: LinesScreen.make(output, { now: () => 0, verbose: false, logs: "stream" }),
      output,
      by: "anna",
      killGroups: (groups) => (killed.push(groups), groups.length),
      leave: (code) => void left.push(code),
      lostHint: Executing.outOfSight(again),
      server: Executing.serverOf({ again, server: assembly.server }),
      notices: true
    }).pipe(Effect.forkChild)
    const hand = yield* server.serve.begun()
    yield* written.until("stdout", "serve running")
    const [first] = yield* server.executions.list({ limit: 1 })
    return { fiber, hand, id: first!.id, killed, left, written }
  })

describe("a request to stop that can't be sent", () => {
  it.live("R45 is said to be none; the next one leaves, since nobody can be asked, and stops nothing", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { fiber, hand, id, killed, left, written } = yield* followed(server)
      yield* server.way.cut
      yield* written.until("stderr", "trying again…")
      process.emit("SIGTERM")
      yield* written.until("stderr", "leaves; what runs there is not stopped by that.")
      assert.include(
        written.text.stderr,
        `Interrupt requested (SIGTERM). Asking ${server.url} to interrupt it, though the connection is lost…\nThe request could not be sent: \`${server.url}\` can't be reached: the connection broke off before there was an answer. A second signal leaves; what runs there is not stopped by that.\n`
      )
      assert.deepStrictEqual(left, [])
      process.emit("SIGTERM")
      assert.deepStrictEqual([left, killed], [[69], []])
      assert.include(
        written.text.stderr,
        `Left. What runs on ${server.url} is not stopped by that.\nLook at it again:  halte watch ${id} --server ${server.url}\n`
      )
      assert.strictEqual(yield* statusOf(server.executions, id), "Running")
      yield* server.way.mend
      yield* hand.succeed()
      const { state } = yield* Fiber.join(fiber)
      assert.deepStrictEqual([state.status, state.requests.length], ["Completed", 0])
    })
  )

  it.live("is forgotten when the connection is back: the next one interrupts, the one after it terminates", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { fiber, hand, id, left, written } = yield* followed(server)
      yield* server.way.cut
      yield* written.until("stderr", "trying again…")
      process.emit("SIGTERM")
      yield* written.until("stderr", "could not be sent")
      yield* server.way.mend
      yield* written.until("stderr", "What was asked meanwhile is forgotten: the next signal interrupts.")
      process.emit("SIGINT")
      yield* written.until("stderr", "A second signal terminates now.")
      yield* asked(server.executions, id)
      process.emit("SIGINT")
      yield* hand.interrupted
      const { signal, state } = yield* Fiber.join(fiber)
      assert.deepStrictEqual([state.status, left, signal], ["Terminated", [], "SIGINT"])
      assert.deepStrictEqual(
        state.requests.map((request) => request.signal.via),
        // To interrupt, and to terminate.
        ["SIGINT", "SIGINT"]
      )
    })
  )

  it.live("R45 R35 the third leaves at once: nothing here is killed, and the server goes on stopping it", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const { fiber, hand, id, killed, left, written } = yield* followed(server)
      process.emit("SIGINT")
      yield* written.until("stderr", "A second signal terminates now.")
      yield* asked(server.executions, id)
      process.emit("SIGINT")
      yield* hand.interrupted
      process.emit("SIGINT")
      assert.deepStrictEqual([left, killed], [[137], []])
      assert.include(written.text.stderr, "Leaving at once. ")
      assert.include(written.text.stderr, `Look at it again:  halte watch ${id} --server ${server.url}`)
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* statusOf(server.executions, id), "Terminated")
    })
  )
})

describe("a server that is started again", () => {
  it.live("is followed on by who finds its new token in a file", () =>
    Effect.gen(function* () {
      const server = yield* make()
      const id = yield* server.executions.start({ flow: "release" })
      const hand = yield* server.serve.begun(id)
      const file = yield* server.tokenFile
      const written = RemoteServer.written()
      const fiber = yield* Effect.forkChild(
        server.halte(["watch", id, "--token-file", file.path, "--progress", "lines"], {
          onWrite: written.onWrite,
          env: { HALTE_TOKEN: "" }
        })
      )
      yield* written.until("stdout", "serve running")
      yield* server.way.cut
      yield* written.until("stderr", "trying again…")
      // Under another token, on another port behind the same address; who comes first finds the old one in the file.
      const other = yield* server.again
      yield* server.way.mend
      yield* Bounded.eventually(() => other.refused() > 0, "a request with the old token")
      file.write(other.token)
      yield* written.until("stderr", "is back.")
      yield* hand.succeed()
      const { code } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 0)
    })
  )
})
