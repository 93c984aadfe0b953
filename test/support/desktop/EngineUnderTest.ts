/**
 * The engine of a desktop in a real process: `EngineProcess` over the stand-in of Electron, the host from its sources. What
 * carries its mark at the end of the scope is ended by force.
 */
import { fileURLToPath } from "node:url"
import { ExecutionsRemote } from "@halte/client"
import type { ExecutionId, Executions } from "@halte/engine/model"
import { Effect, type Scope } from "effect"
import type { OpenProject } from "../../../packages/electron/src/host/HostMessage.ts"
import * as EngineProcess from "../../../packages/electron/src/main/EngineProcess.ts"
import { electronControl } from "../electron/Main.ts"
import { eventually } from "../Eventually.ts"
import * as Marked from "../Marked.ts"
import * as Repository from "../Repository.ts"

export const hostPath = fileURLToPath(new URL("../../../packages/electron/src/host/Main.ts", import.meta.url))

/** The sweep as the desktop's executable does it, by Node. */
const sweeper = [
  process.execPath,
  fileURLToPath(new URL("../../../packages/process/src/process/SweepMain.ts", import.meta.url)),
  "--halte-sweep"
]

type State = EngineProcess.EngineProcess["state"]

export interface EngineUnderTest {
  readonly engine: EngineProcess.EngineProcess
  readonly executions: Executions.ExecutionsShape
  readonly notices: ReadonlyArray<string>
  readonly log: ReadonlyArray<string>
  readonly marked: Marked.Marked
  /** Waits for a state of the engine. */
  readonly is: <Tag extends State["_tag"]>(tag: Tag) => Effect.Effect<Extract<State, { readonly _tag: Tag }>>
  /** Asks for an address of it. */
  readonly get: (path: string) => Effect.Effect<{ readonly status: number; readonly body: unknown }>
  /** SIGKILL from outside, as the system does it when memory runs out; answers when the end has been told. */
  readonly killed: Effect.Effect<void>
}

export interface Options extends Partial<OpenProject> {
  readonly env?: Readonly<Record<string, string>>
  readonly hostPath?: string
  readonly startMillis?: number
}

/** Starts an engine in a directory; it need not be running when this answers. */
export const start = (
  directory: string,
  { env, hostPath: host = hostPath, startMillis, ...project }: Options = {}
): Effect.Effect<EngineUnderTest, never, Scope.Scope> =>
  Effect.gen(function* () {
    const marked = yield* Marked.make
    electronControl.ready()
    const log: Array<string> = []
    const notices: Array<string> = []
    const engine = EngineProcess.make({
      project: { directory, files: [], maxExecutions: null, user: "ada", sweeper, ...project },
      hostPath: host,
      env: Repository.environment({ ...marked.environment, ...env }),
      log: (line) => void log.push(line),
      ...(startMillis === undefined ? {} : { startMillis })
    })
    engine.onNotice((text) => void notices.push(text))
    yield* Effect.acquireRelease(
      Effect.sync(() => engine.start()),
      () =>
        Effect.sync(() => {
          engine.kill()
          electronControl.reset()
        })
    )
    const shown = () => `It is ${JSON.stringify(engine.state)}. It wrote:\n${log.join("\n")}`
    return {
      engine,
      executions: ExecutionsRemote.make({
        transport: engine.fetch,
        url: "halte://app",
        name: "the engine",
        source: "Desktop"
      }),
      notices,
      log,
      marked,
      is: <Tag extends State["_tag"]>(tag: Tag) =>
        eventually(
          () => (engine.state._tag === tag ? (engine.state as Extract<State, { readonly _tag: Tag }>) : undefined),
          `the state ${tag}`,
          { millis: 30_000, detail: shown }
        ),
      get: (path) =>
        Effect.promise(async () => {
          const response = await engine.fetch(new Request(`halte://app${path}`))
          const text = await response.text()
          return { status: response.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) }
        }),
      killed: Effect.gen(function* () {
        const { pid } = engine
        if (pid === undefined) return yield* Effect.die(new Error("There is no process to kill."))
        process.kill(pid, "SIGKILL")
        yield* eventually(() => engine.pid !== pid, "its end", { millis: 10_000, detail: shown })
      })
    }
  })

/** Waits until an execution is in one of these states. */
export const reaches = (
  { executions }: Pick<EngineUnderTest, "executions">,
  id: ExecutionId.ExecutionId,
  ...statuses: ReadonlyArray<string>
) =>
  Effect.gen(function* () {
    const end = performance.now() + 30_000
    for (;;) {
      const state = yield* Effect.orDie(executions.get(id))
      if (statuses.includes(state.status)) return state
      if (performance.now() > end)
        return yield* Effect.die(new Error(`\`${id}\` is ${state.status}, not ${statuses.join(" or ")}.`))
      yield* Effect.sleep(10)
    }
  })
