/**
 * Halte inside a program of one's own: define a flow, start it, watch it, stop it, and go on.
 *
 *   node -C @halte/source examples/sdk/release.ts
 */
import { Effect, Fiber, Schema, Stream } from "effect"
import { ExecutionHandle, ExecutionsLocal, Flow, Params, Step, StoppingPoint } from "@halte/engine"

// ── A flow ────────────────────────────────────────────────────────────────────

const params = Params.make(Schema.Struct({ version: Schema.String }))

const build = Step.make("build", {
  input: { params },
  run: ({ params }) => Effect.delay(Effect.succeed(`app-${params.version}.tar`), "50 millis")
})

// An inner loop with a stopping point before every 10 tests: nobody waits for all 100.
const test = Step.make("test", {
  after: build,
  stopsWithin: "200 millis",
  run: () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 100 }, (_, i) => `test ${i + 1}`)
      const end = yield* StoppingPoint.forEach(all, { every: 10 }, () => Effect.sleep("10 millis"))
      // Told to stop, we leave. What a step that was told to stop returns counts as partial, and the step runs again.
      return StoppingPoint.isBreak(end) ? "not all" : "100 tests passed"
    })
})

// What `build` gives is what `upload` reads: the compiler checks that the two fit.
const upload = Step.make("upload", {
  input: { archive: build },
  after: test,
  run: ({ archive }) => `https://example.com/${archive}`
})

const release = Flow.make("release", { params, steps: [build, test, upload] })

// ── Start, watch, interrupt, read the outcome, resume ─────────────────────────

const program = Effect.gen(function* () {
  const executions = yield* ExecutionsLocal.make({ flows: [release] })

  console.log("start")
  const execution = yield* ExecutionHandle.start(executions, { flow: "release", params: { version: "2.4.0" } })
  const watching = yield* Effect.forkChild(watch(execution, 1))

  yield* execution.stepStarted("test")
  yield* execution.interrupt({ by: "anna", reason: "forgot the changelog" })
  const stopped = yield* execution.outcome
  yield* Fiber.join(watching)
  console.log(`${stopped._tag}: done ${stopped.completed.join()}; not started ${stopped.notStarted.join()}`)

  console.log("resume")
  yield* execution.resume()
  yield* watch(execution, 2)
  const ended = yield* execution.outcome
  console.log(`${ended._tag}: ${String(ended.values["upload"])}`)
})

// The events of one attempt, as they come; they end when the attempt does.
const watch = (execution: ExecutionHandle.ExecutionHandle, attempt: number) =>
  execution.events.pipe(
    Stream.filter((event) => event.attempt === attempt),
    Stream.runForEach((event) =>
      Effect.sync(() => {
        if (event.type === "step-started") console.log(`  ${event.step} began`)
        if (event.type === "step-completed") console.log(`  ${event.step} is done`)
        if (event.type === "step-interrupted") console.log(`  ${event.step} stopped`)
      })
    )
  )

await Effect.runPromise(Effect.scoped(program))
