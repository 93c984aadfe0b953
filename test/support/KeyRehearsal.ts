/**
 * Runs a documented example in a directory of its own: to its end, or stopped at a point and resumed by another engine on
 * the same store, as another terminal would.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Effect, Result } from "effect"
import { FlowFile, ParamSpec } from "@halte/flow-file"
import { ModuleRunnerNode } from "@halte/process"
import { type Execution, type ExecutionEvent, isHalteError, type Outcome } from "@halte/sdk"
import { Halte } from "@halte/sdk/node"
import type { KeyExample, KeyPage } from "./KeyExamples.ts"
import type { WebServer } from "./KeyWebServer.ts"
import { root } from "./RepositoryFiles.ts"

/** Where a run is stopped. */
export type Point =
  /** After so many steps have started, before the next. */
  | { readonly _tag: "Before"; readonly started: number }
  /** When the n-th event of a type of one step has been recorded, counted from 0. */
  | {
      readonly _tag: "At"
      readonly type: ExecutionEvent.ExecutionEvent["type"]
      readonly step: string
      readonly n: number
    }

export interface Rehearsed {
  /** How each attempt ended, in order. */
  readonly outcomes: ReadonlyArray<Outcome.Outcome>
  readonly events: ReadonlyArray<ExecutionEvent.ExecutionEvent>
  /** What is the same in every run, whatever it was stopped by. */
  readonly result: unknown
}

export const pointText = (point: Point): string =>
  point._tag === "Before" ? `after ${point.started} started steps` : `at ${point.type} ${point.n} of ${point.step}`

/** Longer than any example takes, and than a loaded machine makes of it. */
const ceilingMillis = 60_000

/** What `halte check` says of an example: errors as lines. */
export const check = (page: KeyPage, example: KeyExample, web: WebServer): Promise<ReadonlyArray<string>> =>
  inDirectory(page, example, web, async (directory) => {
    const { diagnostics } = await Effect.runPromise(
      FlowFile.check(join(directory, `${example.name}.flow.yaml`), { cwd: directory, env: environment(example) }).pipe(
        Effect.provide(ModuleRunnerNode.layer())
      )
    )
    return diagnostics.filter((d) => d.severity === "error").map((d) => `${d.line}: ${d.code}: ${d.message}`)
  })

/** Runs it to its last expected end; with a point it is stopped there once and goes on. */
export const rehearse = (page: KeyPage, example: KeyExample, web: WebServer, point?: Point): Promise<Rehearsed> =>
  inDirectory(page, example, web, async (directory, address) => {
    const signal = AbortSignal.timeout(ceilingMillis)
    const outcomes: Array<Outcome.Outcome> = []
    const events: Array<ExecutionEvent.ExecutionEvent> = []
    const left: Array<number> = []
    let id: string | undefined
    // One attempt more than expected: the one that is stopped.
    for (let attempt = 0; attempt <= example.expect.length; attempt++) {
      await using halte = await Halte.local({
        project: directory,
        env: environment(example),
        supervised: false,
        synchronous: "normal"
      })
      let execution: Execution
      if (id === undefined) {
        const options = point?._tag === "Before" ? { stopAfter: point.started } : {}
        execution = await halte.start(example.name, await params(example, directory), options)
        id = execution.id
      } else {
        execution = halte.execution(id)
        await resume(execution)
      }
      for await (const event of execution.events({ after: events.at(-1)?.sequence, signal })) {
        events.push(event)
        if (attempt === 0 && point?._tag === "At" && isAt(event, point, events)) {
          await execution.interrupt({ reason: "a stop of the documented examples" })
        } else if (event.type === "gate-opened") {
          if (!Object.hasOwn(example.answers, event.step))
            throw new Error(
              `Gate \`${event.step}\` opened: say \`# answer: ${event.step}=VALUE\` at the end of the flow.`
            )
          await execution.answer(event.step, example.answers[event.step]).catch((error: unknown) => {
            // Between the event and the answer it may have stopped, or been asked to.
            if (!isHalteError(error, "gate-not-open")) throw error
          })
        }
      }
      const outcome = await execution.outcome({ signal })
      outcomes.push(outcome)
      const { processes } = await execution.state()
      left.push(...processes.map(({ pid }) => pid).filter(isAlive))
      const isStopped = outcome._tag === "Interrupted" && outcomes.length === 1 && point !== undefined
      const ends = example.expect.at(-1)
      if (
        !isStopped &&
        outcome._tag.toLowerCase() === ends &&
        (point !== undefined || attempt + 1 >= example.expect.length)
      )
        break
      if (outcome._tag === "Completed") break
    }
    if (left.length > 0) throw new Error(`Processes ${left.join(", ")} were alive after the stop.`)
    return { outcomes, events, result: steady(result(outcomes.at(-1)!, example), directory, address) }
  })

/** Where a run that went to its end could have been stopped: before each step, inside each, after each cursor. */
export const points = (events: ReadonlyArray<ExecutionEvent.ExecutionEvent>, most: number): ReadonlyArray<Point> => {
  const found: Array<Point> = []
  const counts = new Map<string, number>()
  let started = 0
  for (const event of events) {
    if (event.attempt !== 1) break
    switch (event.type) {
      case "step-started":
        if (event.try === 1) found.push({ _tag: "Before", started: started++ })
        break
      case "step-cursor":
      case "step-retrying":
      case "gate-opened":
        break
      default:
        continue
    }
    const key = `${event.type} ${event.step}`
    const n = counts.get(key) ?? 0
    counts.set(key, n + 1)
    found.push({ _tag: "At", type: event.type, step: event.step, n })
  }
  if (found.length <= most) return found
  return Array.from({ length: most }, (_, i) => found[Math.floor((i * found.length) / most)]!)
}

const isAt = (
  event: ExecutionEvent.ExecutionEvent,
  point: Extract<Point, { _tag: "At" }>,
  events: ReadonlyArray<ExecutionEvent.ExecutionEvent>
): boolean => {
  const isOne = (e: ExecutionEvent.ExecutionEvent) => e.type === point.type && "step" in e && e.step === point.step
  return isOne(event) && events.filter(isOne).length === point.n + 1
}

/** What only a person can decide is decided: a step that is not idempotent may run again. */
const resume = async (execution: Execution): Promise<void> => {
  try {
    await execution.resume()
  } catch (error) {
    if (!isHalteError(error, "needs-rerun") || error.steps === undefined) throw error
    await execution.resume({ rerun: error.steps })
  }
}

const params = async (example: KeyExample, directory: string): Promise<Record<string, unknown>> => {
  const file = join(directory, `${example.name}.flow.yaml`)
  if (example.start.length === 0) return {}
  const { params } = await Effect.runPromise(FlowFile.load(file, { cwd: directory, env: environment(example) }))
  return Object.fromEntries(
    example.start.map(([name, text]) => {
      const spec = params.find((p) => p.name === name)
      if (spec === undefined) throw new Error(`\`# start: ${name}=…\` names no param of \`${example.name}\`.`)
      return [name, Result.getOrThrow(ParamSpec.fromText(spec, text))]
    })
  )
}

const environment = (example: KeyExample): Readonly<Record<string, string | undefined>> => ({
  ...process.env,
  ...example.env
})

const result = (outcome: Outcome.Outcome, example: KeyExample) => ({
  ended: outcome._tag,
  ...(outcome._tag === "Failed" ? { step: outcome.step, code: outcome.failure.code } : undefined),
  skipped: outcome.skipped,
  values: Object.fromEntries(
    Object.entries(outcome.values)
      .map(([step, value]): [string, unknown] => [step, example.varies.has(step) ? "(varies)" : value])
      .sort(([a], [b]) => (a < b ? -1 : 1))
  )
})

/** Without what every run has of its own: its directory, the address of its web server. */
const steady = (value: unknown, directory: string, address: string): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(directory, "DIRECTORY").replaceAll(address, exampleSite)) as unknown

/** In the pages; a run sees a server of this machine there. */
const exampleSite = "https://example.com"

const inDirectory = async <A>(
  page: KeyPage,
  example: KeyExample,
  web: WebServer,
  use: (directory: string, address: string) => Promise<A>
): Promise<A> => {
  const directory = mkdtempSync(join(scratch, "halte-keys-"))
  const address = web.address()
  try {
    // Its own project, wherever the temporary directory is.
    mkdirSync(join(directory, ".halte"), { mode: 0o700 })
    // Other flows of the page where this one, or a file of it, may start them by their name.
    const beside = page.examples.filter(({ name }) => name === example.name || example.text.includes(name))
    const files = [...page.files, ...beside.map(({ name, text }) => ({ name: `${name}.flow.yaml`, text }))]
    for (const { name, text } of files) {
      const path = join(directory, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text.replaceAll(exampleSite, address), { mode: name.endsWith(".sh") ? 0o755 : 0o644 })
    }
    // A module of the page may make a step of the engine.
    if (page.files.some(({ text }) => text.includes('from "@halte/')))
      symlinkSync(join(root, "node_modules"), join(directory, "node_modules"), "junction")
    return await use(directory, address)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * Some hundred stores are made and thrown away, and a disk would be waited for each time: in memory, where Linux has a
 * place for that from which programs can be started.
 */
const scratch = ((): string => {
  try {
    const probe = mkdtempSync("/dev/shm/halte-keys-")
    try {
      writeFileSync(join(probe, "program"), "#!/bin/sh\n", { mode: 0o755 })
      execFileSync(join(probe, "program"))
      return "/dev/shm"
    } finally {
      rmSync(probe, { recursive: true, force: true })
    }
  } catch {
    return tmpdir()
  }
})()

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
