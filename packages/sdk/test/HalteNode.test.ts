/** Halte of Node: executions that are kept, and found by other processes of the project. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { ExecutionsRemote } from "@halte/client"
import { HttpHandler } from "@halte/http"
import { Executions, Flow, Halte as HalteAnywhere, isHalteError, type Step } from "@halte/sdk"
import { EngineRecord, Halte, ProjectDirectory, type ProjectFlows } from "@halte/sdk/node"
import { HandStep } from "@halte/engine/testing"
import { collect } from "./support/Collect.ts"

const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-sdk-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const inProject = (body: (project: string) => Promise<void>) =>
  Effect.gen(function* () {
    const project = yield* scratch
    yield* Effect.promise(() => body(project))
  })

const flowOf = (steps: ReadonlyArray<Step.Any>) => Flow.make("flow", { steps }) as Flow.Flow<unknown, never>

const file = `halte: 1
name: hello
params:
  name: { type: string, default: world }
steps:
  greet: { run: [echo, "hello \${{ params.name }}"], output: text }
`

const begun = (hand: HandStep.HandStep) => Effect.runPromise(hand.begun())

describe("Halte.local of Node", () => {
  it.live("runs a flow file of the project; what ran is found by whoever opens it later", () =>
    inProject(async (project) => {
      writeFileSync(join(project, "hello.flow.yaml"), file)
      const ids: Array<string> = []
      {
        await using halte = await Halte.local({ project, flows: ["hello.flow.yaml"], supervised: false })
        assert.deepStrictEqual([halte.project.directory, halte.project.recovered], [project, []])
        const execution = await halte.start("hello", { name: "sdk" })
        const outcome = await execution.outcome()
        assert.strictEqual(outcome._tag, "Completed", JSON.stringify(outcome))
        assert.deepStrictEqual(await execution.output("greet"), { exitCode: 0, value: "hello sdk" })
        assert.strictEqual((await execution.state()).by, userInfo().username)
        ids.push(execution.id)
      }
      await using later = await Halte.local({ project, engine: false })
      assert.deepStrictEqual(
        (await later.list()).map(({ id, status }) => [id as string, status]),
        [[ids[0]!, "Completed"]]
      )
      const outcome = await later.execution(ids[0]!).outcome()
      assert.deepStrictEqual(outcome.completed, ["greet"])
    })
  )

  it.live("the same idempotency key is the same execution after a restart, and for another engine of the project", () =>
    inProject(async (project) => {
      writeFileSync(join(project, "hello.flow.yaml"), file)
      const open = () => Halte.local({ project, flows: ["hello.flow.yaml"], supervised: false })
      const start = (halte: HalteAnywhere.Halte, name: string) =>
        halte.start("hello", { name }, { idempotencyKey: "nightly-7" })
      let id: string
      {
        await using halte = await open()
        const execution = await start(halte, "sdk")
        await execution.outcome()
        id = execution.id
      }
      await using halte = await open()
      await using other = await open()
      const connected = HalteAnywhere.fromExecutions(
        ExecutionsRemote.make({ transport: HttpHandler.make(other.executions) })
      )
      const messages = new Set<string>()
      for (const one of [halte, other, connected]) {
        assert.strictEqual((await start(one, "sdk")).id, id)
        const error: unknown = await start(one, "other").catch((caught: unknown) => caught)
        assert.isTrue(isHalteError(error, "idempotency-key-reused"), String(error))
        assert.strictEqual((error as { readonly execution: string }).execution, id)
        messages.add((error as Error).message)
      }
      assert.deepStrictEqual(
        [...messages],
        [
          `The key \`nightly-7\` was used for another request before and has started execution \`${id}\`. Use a new key for a new start.`
        ]
      )
      assert.strictEqual((await halte.list()).length, 1)
    })
  )

  it.live(
    "P7, P10: is watched and stopped by its socket and by the project, closed, and goes on when opened again",
    () =>
      inProject(async (project) => {
        const { a, steps } = HandStep.chain("a", "b")
        const open = () => Halte.local({ project, flows: [flowOf(steps)], by: "ada", supervised: false })
        const first = await open()
        const execution = await first.start("flow")
        const hand = await begun(a)
        await using looking = await Halte.local({ project, engine: false })
        const [record] = EngineRecord.all(ProjectDirectory.find({ dir: project }))
        await using socket = await Halte.connect(record!.socket, { by: "bob" })
        assert.strictEqual((await socket.list())[0]?.status, "Running")
        await socket.execution(execution.id).interrupt({ reason: "wait" })
        assert.strictEqual((await looking.execution(execution.id).interrupt({ by: "eve" })).effect, "repeat")
        const closing = first.close()
        await Effect.runPromise(hand.stopHalfWay({ cursor: 3 }))
        await closing
        const state = await looking.execution(execution.id).state()
        assert.deepStrictEqual(
          [state.status, ...state.requests.map(({ kind, signal }) => [kind, signal.source, signal.by])],
          ["Interrupted", ["first", "Sdk", "bob"], ["repeat", "Sdk", "eve"], ["repeat", "Shutdown", undefined]]
        )
        const second = await open()
        await second.execution(execution.id).resume()
        const again = await begun(a)
        assert.strictEqual(again.context.cursor, 3)
        const end = second.close()
        await Effect.runPromise(again.stopHalfWay())
        await end
        assert.strictEqual((await looking.execution(execution.id).state()).attempt, 2)
      })
  )

  it.live("finds the flow files of the project, as they are when they are started, and runs a single command", () =>
    inProject(async (project) => {
      writeFileSync(join(project, "hello.flow.yaml"), file)
      const notices: Array<string> = []
      const onNotice = ({ _tag }: ProjectFlows.Notice) => notices.push(_tag)
      await using halte = await Halte.local({ project, supervised: false, onNotice })
      assert.deepStrictEqual(
        (await halte.flows()).map(({ name }) => name),
        ["hello", "command"]
      )
      await halte.run("hello")
      writeFileSync(join(project, "hello.flow.yaml"), file.replace("hello $", "good morning $"))
      const outcome = await halte.run("hello", { name: "ada" })
      assert.deepStrictEqual(outcome.values["greet"], { exitCode: 0, value: "good morning ada" })
      const command = await halte.start("command", { line: ["echo", "one line"], graceMillis: 500 })
      assert.strictEqual((await command.outcome())._tag, "Completed")
      assert.deepStrictEqual(await collect(command.logs(), ({ text }) => text), ["one line"])
      writeFileSync(join(project, "broken.flow.yaml"), "halte: 1")
      const error = await halte.start("broken").catch((found: unknown) => found)
      assert.isTrue(isHalteError(error, "flow-not-found", "flow-invalid"), String(error))
      assert.deepStrictEqual(notices, ["Wrong"])
    })
  )

  it.live("says what is wrong with a flow file, a flow and a directory, and leaves nothing open", () =>
    inProject(async (project) => {
      writeFileSync(join(project, "broken.flow.yaml"), "halte: 1\nname: broken\nsteps:\n  a: { rum: x }\n")
      const codeOf = async (options: Halte.LocalOptions) => {
        try {
          await Halte.local({ project, supervised: false, ...options })
        } catch (error) {
          return (error as { readonly code: string }).code
        }
        return assert.fail("it was opened")
      }
      assert.strictEqual(await codeOf({ flows: ["broken.flow.yaml"] }), "invalid-flow-file")
      assert.strictEqual(await codeOf({ flows: ["none.flow.yaml"] }), "invalid-flow-file")
      assert.strictEqual(await codeOf({ flows: [flowOf([])] }), "invalid-flow")
      writeFileSync(join(project, "taken"), "")
      assert.strictEqual(await codeOf({ project: join(project, "taken") }), "project-unusable")
      assert.deepStrictEqual(EngineRecord.all(ProjectDirectory.find({ dir: project })), [])
    })
  )

  it.live("refuses to start what was opened to look at only", () =>
    inProject(async (project) => {
      await using halte = await Halte.local({ project, flows: [flowOf(HandStep.chain("a").steps)], engine: false })
      const error = await halte.start("flow").catch((found: unknown) => found)
      assert.isTrue(isHalteError(error, "executions-unavailable"), String(error))
    })
  )

  it.live("R13: is a layer that gives the registry as a service", () =>
    Effect.gen(function* () {
      const project = yield* scratch
      writeFileSync(join(project, "hello.flow.yaml"), file)
      const layer = Halte.layerLocal({ project, flows: ["hello.flow.yaml"], supervised: false })
      const names = Effect.flatMap(Executions.Executions, ({ flows }) =>
        Effect.map(flows, (all) => all.map(({ name }) => name))
      )
      assert.deepStrictEqual(yield* Effect.provide(names, layer), ["hello"])
    })
  )
})
