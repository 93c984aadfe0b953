/**
 * The flow files of a project as flows that an engine asks for: what a file says at the moment counts. A file that was
 * changed is read again, one that has become wrong says why and takes no other with it.
 *
 * @since 0.1.0
 */
import { realpath, stat } from "node:fs/promises"
import { basename, isAbsolute, relative, resolve } from "node:path"
import { Deferred, Effect, Result, Semaphore } from "effect"
import { ExecutionsError, type Flow, type FlowCatalog } from "@halte/engine"
import { type Diagnostic, FlowFile, type FlowFileError } from "@halte/flow-file"
import * as FlowFiles from "./FlowFiles.ts"
import type { Services } from "./FlowSources.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  /** The project's directory: flows work in it, as those of `halte run` there do. */
  readonly project: string
  /** Files, and directories to look for files in. @default the project's directory */
  readonly places?: ReadonlyArray<string> | undefined
  /** Names that are taken by other flows. */
  readonly reserved?: ReadonlyArray<string> | undefined
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Is told what a person should know, once for each change. */
  readonly notify?: ((notice: Notice) => void) | undefined
  readonly bounds?: FlowFiles.Bounds | undefined
  /**
   * How many times as long as looking through the directories took, that is not done again to list flows: a page asks for
   * these every few seconds. A flow that is not known is looked for all the same.
   *
   * @default 20
   */
  readonly rest?: number | undefined
}

/**
 * What a person should know about flow files. Paths are relative to the project where they lie in it.
 *
 * `Wrong`: a file can't be loaded as it is now; `Right`: it can again. `NameTaken`: of several files that define a flow of
 * one name, or of the name of a built-in flow, none can be started. `Cut`: there may be more than were looked at.
 *
 * @since 0.1.0
 */
export type Notice =
  | { readonly _tag: "Wrong"; readonly file: string; readonly error: FlowFileError }
  | { readonly _tag: "Right"; readonly file: string; readonly flow: string }
  | { readonly _tag: "NameTaken"; readonly flow: string; readonly files: ReadonlyArray<string> }
  | { readonly _tag: "Cut"; readonly bound: keyof FlowFiles.Bounds; readonly at: number }

/**
 * One flow that can be started, and its file.
 *
 * @since 0.1.0
 */
export interface Served {
  readonly flow: Flow.Flow<unknown, Services>
  readonly file: string
}

/**
 * @since 0.1.0
 */
export interface ProjectFlows extends FlowCatalog.FlowProvider<Services> {
  /** Looks again, and answers what can be started now, by name. */
  readonly served: Effect.Effect<ReadonlyArray<Served>>
  /** A further file, or directory to look for files in, from the next look on. */
  readonly add: (place: string) => void
  /**
   * The flow that a file defines as it is now; a file that is in none of the places is added. Fails with what is wrong with it, also where it is
   * gone, can't be read, is no flow file, or its flow has the name of another one.
   */
  readonly flowOf: (file: string) => Effect.Effect<Flow.Flow<unknown, Services>, ExecutionsError.FlowInvalid>
}

/**
 * Makes them. Nothing is read before somebody asks.
 *
 * **Details**
 *
 * A file is read again when its size, its times or its place on the disk differ from when it was read, or those of a
 * module that it names, or of a flow that its steps run, and while it is so young that a change may not show in its times.
 *
 * @since 0.1.0
 */
export const make = (options: Options): ProjectFlows => new Files(options).provider

/** One file: the flow that it last defined without a mistake, and what is wrong with it now. */
interface Entry {
  readonly path: string
  loaded: FlowFile.LoadedFlow | undefined
  wrong: FlowFileError | undefined
  /** What file and modules looked like when they were read; `undefined`: to be read again. */
  stamp: string | undefined
}

/** The times of a file system are coarse: of a change so soon after another one they may not tell. */
const youngMillis = 2_000

class Files {
  private readonly options: Options
  private readonly entries = new Map<string, Entry>()
  /** Names of which a person was told that several files have them, with the files. */
  private readonly told = new Map<string, string>()
  private cut: string | undefined
  private found: FlowFiles.Found | undefined
  /** Until when what was found counts. */
  private restsUntil = Number.NEGATIVE_INFINITY
  private readonly places: Array<string>
  private readonly oneByOne = Semaphore.makeUnsafe(1)
  /** A scan that has not begun: whoever asks meanwhile gets what it finds. */
  private waiting: Deferred.Deferred<void> | undefined

  constructor(options: Options) {
    this.options = options
    this.places = [...(options.places ?? [options.project])]
  }

  get provider(): ProjectFlows {
    const served = Effect.map(this.scan(false), () => this.served)
    return {
      served,
      add: (place) => this.add(place),
      flowOf: (file) => this.flowOf(resolve(this.options.project, file)),
      all: Effect.map(served, (found) => found.map(({ flow }) => flow)),
      get: (name) => this.get(name)
    }
  }

  private add(place: string): void {
    if (!this.places.includes(place)) this.places.push(place)
    this.restsUntil = Number.NEGATIVE_INFINITY
  }

  /** Those that have a name of their own, as they are, or were before they became wrong. */
  private get served(): ReadonlyArray<Served> {
    return [...this.byName]
      .flatMap(([name, [first, ...more]]) =>
        more.length > 0 || this.isReserved(name) ? [] : [{ flow: first!.loaded!.flow, file: this.shown(first!.path) }]
      )
      .sort((a, b) => (a.flow.name < b.flow.name ? -1 : 1))
  }

  private get byName(): ReadonlyMap<string, ReadonlyArray<Entry>> {
    const known = [...this.entries.values()].filter(({ loaded }) => loaded !== undefined)
    const byName = Map.groupBy(known, ({ loaded }) => loaded!.flow.name)
    for (const [name, entries] of byName) {
      // One that was named and is gone does not keep its name from the file that it was moved to.
      const there = entries.filter((entry) => this.isThere(entry))
      if (there.length > 0) byName.set(name, there)
    }
    return byName
  }

  private isReserved(name: string): boolean {
    return this.options.reserved?.includes(name) === true
  }

  private get(name: string): Effect.Effect<Flow.Flow<unknown, Services> | undefined, ExecutionsError.FlowInvalid> {
    return Effect.gen({ self: this }, function* () {
      const before = this.byName.get(name) ?? []
      yield* this.oneByOne.withPermit(
        Effect.uninterruptible(Effect.forEach(before, (entry) => this.refresh(entry), { discard: true }))
      )
      const isSame =
        before.length > 0 && before.every((entry) => this.isThere(entry) && entry.loaded?.flow.name === name)
      if (!isSame) yield* this.scan(true)
      const [entry, ...more] = this.byName.get(name) ?? this.neverRight(name)
      if (entry === undefined) return undefined
      if (more.length > 0) return yield* this.nameTaken(name, [entry, ...more])
      if (entry.wrong !== undefined) return yield* toInvalid(name, entry.wrong)
      return entry.loaded?.flow
    })
  }

  private flowOf(path: string): Effect.Effect<Flow.Flow<unknown, Services>, ExecutionsError.FlowInvalid> {
    return Effect.gen({ self: this }, function* () {
      const entry = yield* this.entryOf(path)
      if (entry.wrong !== undefined || entry.loaded === undefined)
        return yield* toInvalid(entry.loaded?.flow.name ?? nameOf(path), entry.wrong!)
      const { flow } = entry.loaded
      const file = this.shown(entry.path)
      if (this.isReserved(flow.name)) return yield* reserved(flow.name, file)
      const others = (this.byName.get(flow.name) ?? []).filter((one) => one !== entry)
      if (others.length > 0) return yield* this.nameTaken(flow.name, [entry, ...others], "Give each a name of its own.")
      return flow
    })
  }

  private entryOf(path: string): Effect.Effect<Entry> {
    return Effect.gen({ self: this }, function* () {
      yield* this.scan(true)
      const known = yield* this.known(path)
      if (known !== undefined) return known
      const isFile = yield* Effect.promise(() => stat(path).then((found) => found.isFile(), no))
      if (isFile) {
        this.add(path)
        yield* this.scan(true)
      }
      const added = yield* this.known(path)
      if (added !== undefined) return added
      // There is none, which it says itself.
      const none: Entry = { path, loaded: undefined, wrong: undefined, stamp: undefined }
      yield* this.refresh(none)
      return none
    })
  }

  /** A file that is known by another path is that one. */
  private known(path: string): Effect.Effect<Entry | undefined> {
    return Effect.promise(async () => {
      const entry = this.entries.get(path)
      if (entry !== undefined) return entry
      const real = await realOf(path)
      for (const one of this.entries.values()) if ((await realOf(one.path)) === real) return one
      return undefined
    })
  }

  private isThere(entry: Entry): boolean {
    return entry.wrong?.diagnostics[0].code !== "flow-file-not-found"
  }

  /** Files without a name of their own, since they were never right, go by that of the file. */
  private neverRight(name: string): ReadonlyArray<Entry> {
    return [...this.entries.values()].filter(({ loaded, path }) => loaded === undefined && nameOf(path) === name)
  }

  private nameTaken(
    flow: string,
    entries: ReadonlyArray<Entry>,
    hint = "Give each a name of its own, or name the file that is meant where the server is started."
  ): ExecutionsError.FlowInvalid {
    const [first, ...more] = entries.map(({ path }) => this.shown(path))
    const problem = (file: string) => ({
      code: "flow-name-taken",
      file,
      message: `A flow \`${flow}\` is defined here and in ${entries.length === 2 ? "another file" : `${entries.length - 1} other files`}.`
    })
    return new ExecutionsError.FlowInvalid({
      flow,
      problems: [
        problem(first!),
        ...more.map((file, i) => ({ ...problem(file), ...(i === more.length - 1 ? { hint } : {}) }))
      ]
    })
  }

  /** Looks for files and reads those that are new or have changed; `anew`: it may be a new one that is asked for. */
  private scan(anew: boolean): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (anew) this.restsUntil = Number.NEGATIVE_INFINITY
      if (this.waiting !== undefined) return Deferred.await(this.waiting)
      const done = Deferred.makeUnsafe<void>()
      this.waiting = done
      return this.oneByOne
        .withPermit(
          Effect.suspend(() => {
            this.waiting = undefined
            return this.look
          })
        )
        .pipe(
          Effect.onExit((exit) => Deferred.done(done, exit)),
          Effect.uninterruptible
        )
    })
  }

  private get look(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { bounds = FlowFiles.bounds } = this.options
      const { cut, files } = yield* this.find(this.places, bounds)
      for (const path of this.entries.keys()) if (!files.includes(path)) this.entries.delete(path)
      const known = new Map(this.entries)
      this.entries.clear()
      for (const path of files)
        this.entries.set(path, known.get(path) ?? { path, loaded: undefined, wrong: undefined, stamp: undefined })
      yield* Effect.forEach([...this.entries.values()], (entry) => this.refresh(entry), {
        concurrency: 4,
        discard: true
      })
      if (cut !== undefined && this.cut !== cut) this.notify({ _tag: "Cut", bound: cut, at: bounds[cut] })
      this.cut = cut
      this.tellTaken()
    })
  }

  private find(places: ReadonlyArray<string>, bounds: FlowFiles.Bounds): Effect.Effect<FlowFiles.Found> {
    return Effect.suspend(() => {
      const begun = performance.now()
      if (this.found !== undefined && begun < this.restsUntil) return Effect.succeed(this.found)
      return Effect.map(FlowFiles.find(places, bounds), (found) => {
        const now = performance.now()
        this.found = found
        this.restsUntil = now + (now - begun) * (this.options.rest ?? 20)
        return found
      })
    })
  }

  private tellTaken(): void {
    for (const [flow, entries] of this.byName) {
      const files = entries.map(({ path }) => this.shown(path))
      const isTaken = entries.length > 1 || this.isReserved(flow)
      const text = isTaken ? files.join("\n") : undefined
      if (text !== undefined && this.told.get(flow) !== text) this.notify({ _tag: "NameTaken", flow, files })
      if (text === undefined) this.told.delete(flow)
      else this.told.set(flow, text)
    }
  }

  private refresh(entry: Entry): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { env, project } = this.options
      if (entry.wrong === undefined && entry.stamp !== undefined) {
        const now = yield* Effect.promise(() => stampOf(pathsOf(entry, project)))
        if (now.text === entry.stamp) return
      }
      const result = yield* Effect.result(FlowFile.load(entry.path, { cwd: project, project, env }))
      const before = entry.wrong
      if (Result.isFailure(result)) {
        entry.wrong = result.failure
        entry.stamp = undefined
        // One that was found and is gone is wrong for nobody.
        const isMissed = this.isThere(entry) || this.places.includes(entry.path)
        if (isMissed && before?.message !== result.failure.message)
          this.notify({ _tag: "Wrong", file: this.shown(entry.path), error: result.failure })
        return
      }
      const loaded = result.success
      entry.wrong = undefined
      // The same definition stays the same flow: it is compiled once.
      if (!isSame(entry.loaded, loaded)) entry.loaded = loaded
      const stamp = yield* Effect.promise(() => stampOf(pathsOf(entry, project)))
      entry.stamp = stamp.isYoung ? undefined : stamp.text
      if (before !== undefined) this.notify({ _tag: "Right", file: this.shown(entry.path), flow: loaded.flow.name })
    })
  }

  private notify(notice: Notice): void {
    this.options.notify?.(notice)
  }

  private shown(path: string): string {
    const from = relative(this.options.project, path)
    return from.startsWith("..") || isAbsolute(from) ? path : from
  }
}

/** That of a file which never said one. */
const nameOf = (path: string): string => basename(path).replace(/\.flow\.\w+$/, "")

const no = (): boolean => false

const realOf = (path: string): Promise<string> => realpath(path).catch(() => path)

const reserved = (flow: string, file: string): ExecutionsError.FlowInvalid =>
  new ExecutionsError.FlowInvalid({
    flow,
    problems: [
      {
        code: "flow-name-taken",
        file,
        message: `The name \`${flow}\` is taken by a flow that is built in.`,
        hint: "Give it another name."
      }
    ]
  })

const isSame = (before: FlowFile.LoadedFlow | undefined, now: FlowFile.LoadedFlow): boolean =>
  before !== undefined &&
  before.source.text === now.source.text &&
  before.flow.fingerprint === now.flow.fingerprint &&
  // The flows that its steps run are part of it, though not of its fingerprint.
  before.subFlows.length === now.subFlows.length &&
  before.subFlows.every((flow, i) => flow.file === now.subFlows[i]!.file && isSame(flow, now.subFlows[i]!))

const pathsOf = ({ loaded, path }: Entry, project: string): ReadonlyArray<string> => [
  ...new Set([path, ...(loaded === undefined ? [] : filesOf(loaded, project))])
]

const filesOf = ({ file, flow, subFlows }: FlowFile.LoadedFlow, project: string): ReadonlyArray<string> => [
  file,
  ...(flow.origin?.modules ?? []).map((module) => resolve(project, module.path)),
  ...subFlows.flatMap((inner) => filesOf(inner, project))
]

/** What the system says of files without reading them. One that is not there has no stamp that is ever right. */
const stampOf = async (paths: ReadonlyArray<string>): Promise<{ readonly text: string; readonly isYoung: boolean }> => {
  const found = await Promise.all(paths.map((path) => stat(path, { bigint: true }).catch(() => undefined)))
  const youngest = Math.max(...found.map((one) => Number(one?.ctimeMs ?? Number.POSITIVE_INFINITY)))
  return {
    text: found
      .map((one) => (one === undefined ? "-" : `${one.dev} ${one.ino} ${one.size} ${one.mtimeNs} ${one.ctimeNs}`))
      .join("\n"),
    isYoung: Date.now() - youngest < youngMillis
  }
}

const toInvalid = (flow: string, { diagnostics }: FlowFileError): ExecutionsError.FlowInvalid => {
  const [first, ...more] = diagnostics.filter(({ severity }) => severity === "error").map(toProblem)
  return new ExecutionsError.FlowInvalid({ flow, problems: [first ?? toProblem(diagnostics[0]), ...more] })
}

const toProblem = (diagnostic: Diagnostic.Diagnostic): ExecutionsError.DefinitionProblem => {
  const { code, column, file, hint, length, line, message, source } = diagnostic
  return {
    code,
    message,
    file,
    ...(hint === undefined ? undefined : { hint }),
    ...(line === 0 ? undefined : { line, column, length, source })
  }
}
