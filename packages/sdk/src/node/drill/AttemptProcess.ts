/**
 * Attempts in processes of their own: for flows with modules, which see the working directory of their process, and where
 * the process of the engine is to be killed.
 *
 * @since 0.1.0
 */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Effect, type Scope } from "effect"
import type { ExecutionId } from "@halte/engine"
import { Survivors } from "@halte/process"
import { SqliteStore } from "@halte/store-sqlite"
import * as EngineRecovery from "../EngineRecovery.ts"
import type { AttemptError, AttemptRequest, AttemptSeen } from "./Attempt.ts"
import * as AttemptRecord from "./AttemptRecord.ts"
import { DrillError } from "./DrillError.ts"

/**
 * What the program is told.
 *
 * @since 0.1.0
 */
export type ToAttempts =
  | {
      readonly type: "run"
      readonly request: AttemptRequest
      /** The path of the flow file. */
      readonly file: string
      readonly env: Readonly<Record<string, string | undefined>> | undefined
    }
  | { readonly type: "interrupt" }
  | { readonly type: "end" }

/**
 * What it says.
 *
 * @since 0.1.0
 */
export type FromAttempts =
  | { readonly type: "ready"; readonly engine: number }
  | { readonly type: "reached" }
  | { readonly type: "seen"; readonly seen: AttemptSeen }
  | { readonly type: "failed"; readonly message: string }

const fromSources = import.meta.url.endsWith(".ts")
const program = fileURLToPath(new URL(fromSources ? "./AttemptMain.ts" : "./AttemptMain.js", import.meta.url))

/** A program that is held up is waited for so much longer than its own limits, and then killed. */
const slackMillis = 20_000

interface Member {
  readonly child: ChildProcess
  readonly engine: number
  /** Settles when it has ended. */
  readonly exited: Promise<NodeJS.Signals | number>
  readonly isAlive: () => boolean
}

/**
 * Makes what runs attempts of a flow file in processes, as many as are asked for at a time. They end with the scope.
 *
 * @since 0.1.0
 */
export const make = (options: {
  readonly fileIn: (place: AttemptRequest["place"]) => string
  readonly env: Readonly<Record<string, string | undefined>> | undefined
  readonly force?: AbortSignal | undefined
}): Effect.Effect<(request: AttemptRequest) => Effect.Effect<AttemptSeen, AttemptError>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const idle: Array<Member> = []
    const all = new Set<Member>()
    yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all([...all].map(end))))

    const take: Effect.Effect<Member, DrillError> = Effect.suspend(() => {
      const member = idle.pop()
      if (member?.isAlive() === true) return Effect.succeed(member)
      return Effect.tap(started, (made) => Effect.sync(() => all.add(made)))
    })
    return (request) =>
      Effect.acquireUseRelease(
        take,
        (member) => within(member, request, options),
        (member) =>
          Effect.sync(() => {
            if (member.isAlive()) idle.push(member)
            else all.delete(member)
          })
      )
  })

const started: Effect.Effect<Member, DrillError> = Effect.callback((resume) => {
  const child = fork(program, [], {
    cwd: "/",
    // Out of the terminal's reach: the drill says when it stops.
    detached: process.platform !== "win32",
    execArgv: fromSources ? ["--conditions=@halte/source"] : [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"]
  })
  let alive = true
  let said = ""
  child.stderr?.on("data", (piece: Buffer) => {
    said = (said + piece.toString()).slice(-2_000)
  })
  const exited = new Promise<NodeJS.Signals | number>((settle) => {
    child.once("exit", (code, signal) => {
      alive = false
      settle(signal ?? code ?? 1)
    })
  })
  const failed = (why: string) =>
    resume(
      Effect.fail(
        new DrillError({
          code: "sandbox-unusable",
          reason: `A process for executions can't be started: ${why}.`,
          hint: "Look at what the system says about it."
        })
      )
    )
  child.once("error", (error) => failed(error.message))
  void exited.then((how) => failed(said.trim().split("\n").at(-1) ?? `it ended with ${how}`))
  child.once("message", (message: FromAttempts) => {
    if (message.type === "ready")
      resume(Effect.succeed({ child, engine: message.engine, exited, isAlive: () => alive }))
  })
})

const end = async (member: Member): Promise<void> => {
  if (!member.isAlive()) return
  if (member.child.connected) member.child.send({ type: "end" } satisfies ToAttempts, () => undefined)
  const late = setTimeout(() => member.child.kill("SIGKILL"), slackMillis)
  await member.exited
  clearTimeout(late)
}

type Ending =
  | { readonly _tag: "Seen"; readonly seen: AttemptSeen }
  | { readonly _tag: "Failed"; readonly message: string }
  | { readonly _tag: "Gone"; readonly how: NodeJS.Signals | number; readonly reached: boolean; readonly stuck: boolean }

const within = (
  member: Member,
  request: AttemptRequest,
  options: Parameters<typeof make>[0]
): Effect.Effect<AttemptSeen, AttemptError> =>
  Effect.gen(function* () {
    const since = Survivors.now()
    const ending = yield* told(member, request, options)
    if (ending._tag === "Seen") return ending.seen
    if (ending._tag === "Failed")
      return yield* new DrillError({
        code: "sandbox-unusable",
        reason: `An attempt could not be made: ${ending.message}.`,
        hint: "Look at the flow and at the directory."
      })
    return yield* afterDeath(member, request, ending, since)
  })

const told = (
  { child, exited, isAlive }: Member,
  request: AttemptRequest,
  { env, fileIn, force }: Parameters<typeof make>[0]
): Effect.Effect<Ending> =>
  Effect.callback<Ending>((resume) => {
    let reached = false
    let stuck = false
    let done = false
    const kill = () => {
      stuck = true
      child.kill("SIGKILL")
    }
    let late = setTimeout(kill, request.timeoutMillis + slackMillis)
    const finish = (ending: Ending): void => {
      if (done) return
      done = true
      clearTimeout(late)
      child.off("message", listen)
      resume(Effect.succeed(ending))
    }
    const listen = (message: FromAttempts): void => {
      if (message.type === "seen") finish({ _tag: "Seen", seen: message.seen })
      else if (message.type === "failed") finish({ _tag: "Failed", message: message.message })
      else if (message.type === "reached") {
        reached = true
        clearTimeout(late)
        late = setTimeout(kill, request.maxStopMillis + slackMillis)
      }
    }
    child.on("message", listen)
    void exited.then((how) => finish({ _tag: "Gone", how, reached, stuck }))
    if (child.connected) child.send({ type: "run", request, file: fileIn(request.place), env } satisfies ToAttempts)
    // It stops what it runs, and says so.
    return Effect.promise(async () => {
      if (!isAlive() || done) return
      child.send({ type: "interrupt" } satisfies ToAttempts, () => undefined)
      // Its supervisor ends its programs.
      const end = () => void child.kill("SIGKILL")
      if (force?.aborted === true) end()
      force?.addEventListener("abort", end, { once: true })
      await new Promise<void>((settle) => {
        child.once("message", () => settle())
        void exited.then(() => settle())
      })
      clearTimeout(late)
    })
  })

/** What the next start does after a crash: what is left is ended, and what was under way is written down as interrupted. */
const afterDeath = (
  { engine }: Member,
  { place, resume, stop }: AttemptRequest,
  { how, reached, stuck }: Extract<Ending, { readonly _tag: "Gone" }>,
  since: number
): Effect.Effect<AttemptSeen, AttemptError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* SqliteStore.open({ file: AttemptRecord.fileOf(place), synchronous: "off" })
      const project = { directory: place.work, state: place.state, exists: true }
      yield* EngineRecovery.recoverAll({ project, store, owner: `${engine}-drill` })
      const id = resume?.execution ?? (yield* store.list({ limit: 1 }))[0]?.id
      const events =
        id === undefined ? [] : yield* store.read(id as ExecutionId.ExecutionId, 0, Number.MAX_SAFE_INTEGER)
      const programs = events.flatMap((event) => (event.type === "process-started" ? [event] : []))
      const orphans = yield* Effect.promise(() =>
        Survivors.find({
          engine,
          marks: new Set(programs.flatMap(({ mark }) => mark ?? [])),
          leaders: programs,
          directories: [place.work, place.temporary],
          seen: [],
          since
        })
      )
      Survivors.end(orphans)
      const isMeant = stop?.how === "crash" && how === "SIGKILL" && !stuck
      if (!isMeant && !stuck)
        return yield* new DrillError({
          code: "sandbox-unusable",
          reason: `The process of an attempt ended by itself (${how}).`,
          hint: "A module may have ended its process, or used up its memory."
        })
      return {
        ...(id === undefined ? undefined : { execution: id }),
        ...(stuck && reached ? { stop: {} } : undefined),
        timedOut: stuck && !reached,
        killed: isMeant,
        orphans,
        ran: {}
      }
    })
  )
