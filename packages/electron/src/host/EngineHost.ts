/**
 * The engine of one project, in a process of its own: it opens the project, answers requests over a port, and ends when
 * the desktop's main process says so. It opens no port of the network.
 *
 * It ends in order: nothing begins any more, what runs is asked to stop, and while it does requests are answered, so that
 * a window shows it. Then the project is closed. By force only what is asked for by force: SIGKILL of this process is for
 * the one who started it, and what it ran is then ended by its supervisor.
 */
import { statSync } from "node:fs"
import { basename, resolve } from "node:path"
import { Cause, Deferred, Effect, Exit, Layer, Option } from "effect"
import { FetchHttpClient } from "effect/http"
import { Version } from "@halte/api"
import type { ExecutionId, Executions } from "@halte/engine"
import { HttpHandler } from "@halte/http"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import { ProjectDirectory, ServedProject } from "@halte/sdk/node"
import { type Port, type PortServer, serve } from "../bridge/RequestPort.ts"
import * as EngineNotice from "./EngineNotice.ts"
import * as ExitCode from "./ExitCode.ts"
import type { FromHost, OpenProject, ToHost } from "./HostMessage.ts"
import * as LiveExecutions from "./LiveExecutions.ts"
import * as NamedAsker from "./NamedAsker.ts"

/** The main process, as `process.parentPort` of a utility process is it. */
export interface ParentPort {
  on(
    event: "message",
    listener: (event: { readonly data: unknown; readonly ports: ReadonlyArray<Port> }) => void
  ): unknown
  postMessage(message: unknown): void
}

export interface Options {
  readonly parent: ParentPort
  /** Ends this process. */
  readonly exit: (code: number) => void
  /** Makes the project's directory that of this process, as it is that of a terminal there. */
  readonly enter: (directory: string) => void
}

/** How long the main process may take to read the last word, and a reader to read the end of what it reads. */
const lastMillis = 1_000

/** Waits to be told what to open, and does as it is told. */
export const run = ({ enter, exit, parent }: Options): void => {
  const tell = (message: FromHost) => parent.postMessage(message)
  let host: EngineHost | undefined
  parent.on("message", ({ data, ports: [port] }) => {
    const message = data as ToHost
    if (host !== undefined) return host.hear(message)
    if (message._tag === "Open" && port !== undefined) {
      host = new EngineHost({ project: message.project, port, enter, exit, tell })
      host.run()
    } else if (message._tag === "Stop" || message._tag === "Terminate") {
      tell({ _tag: "Stopped" })
      exit(0)
    }
  })
}

type Stop = Extract<ToHost, { readonly _tag: "Stop" | "Terminate" }>

interface Given extends Pick<Options, "enter" | "exit"> {
  readonly project: OpenProject
  readonly port: Port
  readonly tell: (message: FromHost) => void
}

class EngineHost {
  private readonly given: Given
  private readonly asked = Deferred.makeUnsafe<Stop>()
  private readonly portClosed = Deferred.makeUnsafe<void>()
  /** The request that everything is to end, and that by force. */
  private stop: Stop | undefined
  private forced: Stop | undefined
  private served: ServedProject.ServedProject | undefined
  private handler: HttpHandler.HttpHandler | undefined
  private server: PortServer | undefined
  private isTellingLive = false
  private empty: Deferred.Deferred<void> | undefined
  private readonly live = LiveExecutions.make({
    began: (id) => this.began(id),
    changed: () => this.liveChanged(),
    whenEnded: (id, ended) => {
      // In a later turn: the engine is just telling of it.
      const outcome = Effect.suspend(() => this.served?.project.local.outcome(id) ?? Effect.void)
      this.fork(Effect.andThen(Effect.yieldNow, Effect.exit(outcome)), ended)
    }
  })

  constructor(given: Given) {
    this.given = given
    // Nobody is there any more who could say it. That is best effort: where the main process is gone, Chromium may end
    // this one before it hears of it, and what is promised is that the sweep ends what ran.
    given.port.on("close", () => {
      Deferred.doneUnsafe(this.portClosed, Effect.void)
      this.hear({ _tag: "Stop", via: "the desktop ended" })
    })
  }

  hear(message: ToHost): void {
    switch (message._tag) {
      case "Open":
        return
      case "AddFile":
        if (this.served === undefined) this.added.push(message.file)
        else this.addFile(this.served, message.file)
        return
      case "Stop":
        if (this.stop !== undefined) return
        this.stop = message
        this.handler?.drain()
        this.interrupt(this.ids)
        Deferred.doneUnsafe(this.asked, Effect.succeed(message))
        return
      case "Terminate":
        if (this.forced !== undefined) return
        this.stop ??= message
        this.forced = message
        this.handler?.drain()
        this.terminate(this.ids)
        Deferred.doneUnsafe(this.asked, Effect.succeed(message))
        return
    }
  }

  /** Files that came while the project was being opened. */
  private readonly added: Array<string> = []
  /** Those of which somebody waits to hear which flow they are, absolute. */
  private readonly opening = new Set<string>()

  run(): void {
    const { exit, project, tell } = this.given
    const [sweeper, ...args] = project.sweeper
    const services = Layer.mergeAll(
      ProcessRunnerNode.layer(sweeper === undefined ? {} : { sweeper: [sweeper, ...args] }),
      ModuleRunnerNode.layer(),
      FetchHttpClient.layer
    )
    const whole = Effect.scoped(this.main).pipe(Effect.provide(services))
    Effect.runFork(whole).addObserver((done) => {
      const code = Exit.match(done, {
        onSuccess: () => {
          tell({ _tag: "Stopped" })
          return 0
        },
        onFailure: (cause) => {
          const error = Option.getOrUndefined(Cause.findErrorOption(cause))
          if (error === undefined) {
            // A mistake of this program: what it is stands in the log, and the end of the process is told by itself.
            this.log(cause)
            return ExitCode.broken
          }
          tell({ _tag: "Failed", code: error.code, message: error.message })
          return ExitCode.unusable
        }
      })
      // Whoever has heard it closes the port: an exit right away may come before the last word.
      this.fork(Effect.timeoutOption(Deferred.await(this.portClosed), lastMillis), () => {
        this.server?.close()
        exit(code)
      })
    })
  }

  private get main() {
    return Effect.gen({ self: this }, function* () {
      const opened = yield* Effect.raceFirst(
        Effect.asSome(this.open),
        Effect.as(Deferred.await(this.asked), Option.none())
      )
      if (Option.isNone(opened)) return
      const { handler, server, served } = opened.value
      yield* Deferred.await(this.asked)
      // What runs was asked when it was said; and what has begun since, when it did.
      yield* this.allEnded
      yield* served.project.stop
      handler.endStreams()
      yield* Effect.timeoutOption(
        Effect.promise(() => server.idle()),
        lastMillis
      )
    })
  }

  private get open() {
    return Effect.gen({ self: this }, function* () {
      const { enter, port, project, tell } = this.given
      const { directory, files, maxExecutions, user } = project
      if (!isDirectory(directory))
        return yield* new ProjectDirectory.ProjectUnusable({
          path: directory,
          reason: "there is no such directory any more; it was moved or removed. Open another one"
        })
      // As a terminal there finds it; but a person who opens a directory has named it, whatever the environment says.
      const place = ProjectDirectory.find({ cwd: directory, env: {} })
      const served = yield* ServedProject.open({
        place,
        places: [place.directory, ...files],
        maxExecutions: maxExecutions ?? undefined,
        observe: this.live.observe,
        notify: (notice, text) => {
          // What is wrong with a file that is being opened is the answer to that.
          const isAnswer = EngineNotice.wrong(notice).some((file) => this.opening.has(resolve(place.directory, file)))
          if (!isAnswer) tell({ _tag: "Notice", text: EngineNotice.text(notice, text) })
        },
        report: (text) => tell({ _tag: "Notice", text })
      })
      this.served = served
      enter(place.directory)
      const handler = HttpHandler.make(NamedAsker.make(served.executions, user), {
        info: { version: Version.version, api: Version.api, project: basename(place.directory), command: true }
      })
      this.handler = handler
      const server = serve(port, (request) => handler(request, { door: "Desktop" }))
      this.server = server
      const { recovered } = served.project
      tell({ _tag: "Opened", directory: place.directory, recovered: recovered.map((one) => ({ ...one })) })
      for (const text of served.notices) tell({ _tag: "Notice", text })
      for (const file of this.added) this.addFile(served, file)
      // What is wrong in flow files is told as soon as it is known, and nobody waits for that.
      this.fork(served.files.served)
      return { handler, server, served }
    })
  }

  private addFile({ files }: ServedProject.ServedProject, file: string): void {
    const path = resolve(file)
    this.opening.add(path)
    const answer = Effect.matchCause(files.flowOf(path), {
      onSuccess: ({ name }): FromHost => ({ _tag: "File", file, flow: name }),
      onFailure: (cause): FromHost => {
        const error = Option.getOrUndefined(Cause.findErrorOption(cause))
        if (error === undefined) this.log(cause)
        return {
          _tag: "FileRefused",
          file,
          text:
            error?.message ??
            `\`${basename(file)}\` could not be opened: an error of Halte itself, which is in the log. Open it once more.`
        }
      }
    })
    this.fork(Effect.map(answer, this.given.tell), () => this.opening.delete(path))
  }

  // ── What runs ───────────────────────────────────────────────────────────────────────────────────────────────────

  private get ids(): ReadonlyArray<ExecutionId.ExecutionId> {
    return this.live.all().map(({ id }) => id as ExecutionId.ExecutionId)
  }

  private began(id: ExecutionId.ExecutionId): void {
    if (this.forced !== undefined) this.terminate([id])
    else if (this.stop !== undefined) this.interrupt([id])
  }

  private interrupt(ids: ReadonlyArray<ExecutionId.ExecutionId>): void {
    this.each(ids, this.stop, (executions, id, request) => executions.interrupt(id, request))
  }

  private terminate(ids: ReadonlyArray<ExecutionId.ExecutionId>): void {
    this.each(ids, this.forced, (executions, id, request) => executions.terminate(id, request))
  }

  private each(
    ids: ReadonlyArray<ExecutionId.ExecutionId>,
    stop: Stop | undefined,
    ask: (
      executions: Executions.ExecutionsShape,
      id: ExecutionId.ExecutionId,
      request: NonNullable<Parameters<Executions.ExecutionsShape["interrupt"]>[1]>
    ) => Effect.Effect<unknown, unknown>
  ): void {
    const { served } = this
    if (served === undefined || stop === undefined) return
    const { by, via } = stop
    const request = {
      ...(by === undefined
        ? ({ source: "Shutdown", reason: "the desktop ends" } as const)
        : ({ source: "Desktop", by } as const)),
      ...(via === undefined ? undefined : { via })
    }
    // One that has ended meanwhile refuses, and that is all right.
    for (const id of ids)
      this.fork(Effect.andThen(Effect.yieldNow, Effect.exit(ask(served.project.executions, id, request))))
  }

  /** Coalesced: what a turn brings is told once. */
  private liveChanged(): void {
    if (this.empty !== undefined && this.live.all().length === 0) Deferred.doneUnsafe(this.empty, Effect.void)
    if (this.isTellingLive) return
    this.isTellingLive = true
    setImmediate(() => {
      this.isTellingLive = false
      this.given.tell({ _tag: "Live", executions: this.live.all() })
    })
  }

  private get allEnded(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.live.all().length === 0) return Effect.void
      const empty = (this.empty = Deferred.makeUnsafe<void>())
      return Deferred.await(empty)
    })
  }

  private log(cause: Cause.Cause<unknown>): void {
    this.given.tell({ _tag: "Log", text: Cause.pretty(cause) })
  }

  /** Runs beside everything else. What breaks in it is told to the log, and ends nothing. */
  private fork<A>(effect: Effect.Effect<A>, then?: () => void): void {
    Effect.runFork(effect).addObserver((exit) => {
      if (Exit.isFailure(exit)) this.log(exit.cause)
      then?.()
    })
  }
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
