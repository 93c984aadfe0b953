/**
 * The engine's `ModuleRunner` on Node: modules in worker threads, so that `while (true) {}` deafens nobody and ends when it
 * is told to.
 *
 * A stop sets a number in memory that the thread shares; `ctx.stop` reads it without letting go of its thread. A module that
 * never looks is not ended by an interrupt, only by terminate or its timeout, which end the thread. Children that a module
 * starts by itself, and a thread blocked inside a synchronous system call, are out of reach.
 *
 * @since 0.1.0
 */
import { statSync } from "node:fs"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { Effect, Layer } from "effect"
import { ModuleRunner, type StepContext, type StepFailure } from "@halte/engine"
import * as JsonValue from "./JsonValue.ts"
import type { Answer, StepFacts, Work } from "./WorkerMessage.ts"
import { WorkerPool } from "./WorkerPool.ts"
import type { WorkerThread } from "./WorkerThread.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  /** Threads at most. @default as many as the machine runs at once, at least 2 */
  readonly size?: number | undefined
  /** How long a thread waits for work before it is closed. @default 5,000 */
  readonly idleMillis?: number | undefined
  /**
   * Memory of one thread's heap, in MiB. A module that grows beyond it fails alone; but V8 gives up the whole process when a
   * tight loop allocates large blocks faster than the thread can be ended. Memory-hungry work belongs in a process.
   * @default what Node gives a process
   */
  readonly memoryMiB?: number | undefined
  /** The time `inspect` gives a module to load. @default 10,000 */
  readonly inspectMillis?: number | undefined
}

/** What ended a piece of work: its answer, or that its thread was ended on request. */
type Ended = Answer | { readonly _tag: "Terminated" }

/**
 * The layer. Closing it ends all threads.
 *
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<ModuleRunner.ModuleRunner> =>
  Layer.effect(
    ModuleRunner.ModuleRunner,
    Effect.gen(function* () {
      const pool = new WorkerPool({
        size: options.size ?? Math.max(2, availableParallelism()),
        idleMillis: options.idleMillis ?? 5_000,
        memoryMiB: options.memoryMiB
      })
      yield* Effect.addFinalizer(() => Effect.promise(() => pool.close()))
      const inspectMillis = options.inspectMillis ?? 10_000

      return {
        run: (spec, input, step) =>
          Effect.suspend(() => {
            const given = JsonValue.check(input)
            if (!given.ok) return Effect.fail(notJson("Its input", given))
            return Effect.flatMap(
              work(pool, { _tag: "Call", spec, input: given.value, step: factsOf(step) }, step),
              (ended) => toResult(ended, step)
            )
          }),
        runBatch: (spec, inputs, { concurrency, first }, step) =>
          Effect.suspend(() => {
            const given: Array<unknown> = []
            for (const [i, input] of inputs.entries()) {
              const one = JsonValue.check(input)
              if (!one.ok) return Effect.fail(notJson(`Item ${first + i}`, one))
              given.push(one.value)
            }
            return Effect.flatMap(
              work(pool, { _tag: "Batch", spec, inputs: given, concurrency, step: factsOf(step) }, step),
              (ended) => (ended._tag === "Batch" ? Effect.succeed(ended.results) : Effect.fail(toError(ended)))
            )
          }),
        inspect: (spec) =>
          work(pool, { _tag: "Inspect", spec }, undefined).pipe(
            Effect.timeoutOrElse({
              duration: inspectMillis,
              orElse: () =>
                Effect.fail(
                  new ModuleRunner.ModuleError({
                    code: "module-too-slow",
                    message: `The module \`${spec.url.slice(spec.url.lastIndexOf("/") + 1)}\` was not loaded within ${inspectMillis / 1000} s.`,
                    hint: "Move work from its top level into the function it exports."
                  })
                )
            }),
            Effect.flatMap((ended) =>
              ended._tag === "Description" ? Effect.succeed(ended.description) : Effect.fail(toError(ended))
            )
          )
      }
    })
  )

/** Does one piece of work in a thread of the pool, and obeys the step's control meanwhile. Interrupting ends the thread. */
const work = (pool: WorkerPool, given: Work, step: StepContext.StepContextShape | undefined): Effect.Effect<Ended> =>
  Effect.flatMap(Effect.context<never>(), (services) =>
    Effect.callback<Ended>((resume) => {
      if (step?.control.demand === "interrupt" && given._tag === "Call") return resume(Effect.succeed(notStarted))
      // Nobody would ever give it a thread.
      if (pool.isClosed) return resume(Effect.succeed(closed))
      const commit = Effect.runPromiseWith(services)
      const commits: Array<Promise<void>> = []
      let worker: WorkerThread | undefined
      let over = false
      const end = (ended: Ended): void => {
        if (over) return
        over = true
        unsubscribe?.()
        giveUp()
        // A cursor that the module saved is committed before the step is told to be over.
        void Promise.all(commits).then(() => resume(Effect.succeed(ended)))
      }
      const terminate = async (): Promise<void> => {
        giveUp()
        if (worker !== undefined && !over) await worker.terminate()
        end({ _tag: "Terminated" })
      }
      const obey = (demand: StepContext.Demand): void => {
        if (over) return
        if (demand === "terminate") void terminate()
        else if (worker !== undefined) worker.demand(demand, step!.control)
        // Waiting for a thread is a stopping point. A batch goes whole: what is asked for comes between batches.
        else if (demand === "interrupt" && given._tag === "Call") end(notStarted)
      }
      const unsubscribe = step?.control.subscribe(obey)
      const giveUp = pool.acquire(keyOf(given.spec), (free) => {
        worker = free
        free.begin(given, step?.control, {
          step,
          saveCursor: ({ cursor, progress }) => {
            const effect = step?.saveCursor(cursor, progress)
            if (effect === undefined) return undefined
            const committed = commit(effect)
            commits.push(committed)
            return committed
          },
          ended: (answer) => {
            const demanded = step?.control.demand === "terminate" && answer._tag === "Failure"
            end(demanded ? { _tag: "Terminated" } : answer)
            pool.release(free)
          }
        })
      })
      if (step?.control.demand === "terminate") void terminate()
      return Effect.promise(terminate)
    })
  )

const closed: Ended = {
  _tag: "Failure",
  failure: {
    code: "worker-ended",
    message: "The runner of modules was closed: its layer has to live as long as the engine.",
    hint: "Build the layer in the scope of the engine."
  }
}

const notStarted: Ended = { _tag: "HalfWay", cursor: undefined, partial: undefined, detail: "it had not begun" }

/** A module that was changed on the disk gets a new thread: a thread loads a module once. */
const keyOf = (spec: ModuleRunner.ModuleSpec): string => {
  try {
    return `${spec.url} ${statSync(fileURLToPath(spec.url)).mtimeMs}`
  } catch {
    return spec.url
  }
}

const factsOf = (step: StepContext.StepContextShape): StepFacts => ({
  execution: step.execution,
  flow: step.flow,
  step: step.step,
  attempt: step.attempt,
  try: step.try,
  params: jsonOrNull(step.params),
  cursor: step.cursor === undefined ? undefined : jsonOrNull(step.cursor)
})

const jsonOrNull = (value: unknown): unknown => {
  const checked = JsonValue.check(value)
  return checked.ok ? checked.value : null
}

const toResult = (
  ended: Ended,
  step: StepContext.StepContextShape
): Effect.Effect<unknown, ModuleRunner.ModuleError> => {
  switch (ended._tag) {
    case "Value":
      return Effect.succeed(ended.value)
    case "Finished":
      return Effect.succeed(step.completed(ended.value))
    case "HalfWay": {
      const { cursor, detail, partial } = ended
      return Effect.succeed(
        step.interrupted({
          ...(cursor === undefined ? undefined : { cursor }),
          ...(partial === undefined ? undefined : { partial }),
          ...(detail === undefined ? undefined : { detail })
        })
      )
    }
    case "Terminated":
      return Effect.succeed(step.interrupted({ detail: "its thread was ended" }))
    default:
      return Effect.fail(toError(ended))
  }
}

const toError = (ended: Ended): ModuleRunner.ModuleError =>
  new ModuleRunner.ModuleError(
    ended._tag === "Failure"
      ? ended.failure
      : ended._tag === "Terminated"
        ? { code: "worker-ended", message: "Its worker thread was ended on request." }
        : unexpected(ended)
  )

const unexpected = (ended: { readonly _tag: string }): StepFailure.StepFailure => ({
  code: "worker-ended",
  message: `Its worker thread gave an answer that fits no question (\`${ended._tag}\`).`
})

const notJson = (what: string, checked: JsonValue.Checked & { readonly ok: false }): ModuleRunner.ModuleError =>
  new ModuleRunner.ModuleError({
    code: "value-not-json",
    message: JsonValue.problem(what, checked),
    hint: "Values pass between threads as JSON: convert it first."
  })
