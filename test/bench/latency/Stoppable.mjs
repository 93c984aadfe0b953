// What is stopped by SIGINT. Each entry begins its work, calls `ready` from within it, and answers when it has stopped.
import { setTimeout as sleep } from "node:timers/promises"
import { ExecutionsLocal, Flow, Step, StoppingPoint } from "@halte/engine"
import { Effect, Fiber } from "effect"
import { calibrate, work } from "../loop/Body.mjs"

const steps = 2_000
const onSigint = (handler) => process.once("SIGINT", handler)

const execute = (flow, signalled) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const executions = yield* ExecutionsLocal.make({ flows: [flow] })
        const id = yield* executions.start({ flow: flow.name })
        signalled(() => Effect.runFork(executions.interrupt(id, { source: "Cli" })))
        const outcome = yield* executions.outcome(id)
        if (outcome._tag !== "Interrupted")
          return yield* Effect.die(new Error(`the execution ended ${outcome._tag}, not Interrupted`))
      })
    )
  )

/** A flow of one step that loops over a body of 300 ns until it is told to leave. */
const loopFlow = (run) => Flow.make("loop", { steps: [Step.make("loop", { run })] })
const endless = () => calibrate(300)

/** A chain of steps of 1 ms; `ready` once twenty have run. */
const tick = (i, ready) => {
  if (i === 20) ready()
  return sleep(1)
}

const loops = {
  forEach: {
    text: "Halte, StoppingPoint.forEach every 1,000",
    begin: (ready) => {
      const rounds = endless()
      const items = Array.from({ length: 1_000_000 }, (_, i) => i)
      return execute(
        loopFlow(() =>
          Effect.gen(function* () {
            ready()
            while (true) {
              const answer = yield* StoppingPoint.forEach(items, { every: 1_000, cursor: 0 }, (i) => work(rounds, i))
              if (StoppingPoint.isBreak(answer)) return
            }
          })
        ),
        onSigint
      )
    }
  },
  every: {
    text: "Halte, own loop, StoppingPoint.every(1,000)",
    begin: (ready) => {
      const rounds = endless()
      return execute(
        loopFlow(() =>
          Effect.gen(function* () {
            ready()
            const stop = StoppingPoint.every(1_000)
            for (let i = 0; ; i++) {
              if (StoppingPoint.isBreak(yield* stop)) return
              work(rounds, i)
            }
          })
        ),
        onSigint
      )
    }
  },
  await: {
    text: "Halte, async function, ctx.stop.every(1,000)",
    begin: (ready) => {
      const rounds = endless()
      return execute(
        loopFlow(async (_input, step) => {
          ready()
          for (let i = 0; ; i++) {
            if (await step.stop.every(1_000)) return
            work(rounds, i)
          }
        }),
        onSigint
      )
    }
  },
  yieldNow: {
    text: "bare Effect, yieldNow every 1,000 and a flag",
    begin: (ready) => {
      const rounds = endless()
      let isAsked = false
      onSigint(() => (isAsked = true))
      return Effect.runPromise(
        Effect.gen(function* () {
          ready()
          for (let i = 0; ; i++) {
            if (i % 1_000 === 0) {
              yield* Effect.yieldNow
              if (isAsked) return
            }
            work(rounds, i)
          }
        })
      )
    }
  },
  microtask: {
    text: "async loop, a flag read after a microtask every 1,000",
    begin: async (ready) => {
      const rounds = endless()
      let isAsked = false
      onSigint(() => (isAsked = true))
      ready()
      for (let i = 0; ; i++) {
        if (i % 1_000 === 0) {
          await Promise.resolve()
          if (isAsked) return
        }
        work(rounds, i)
      }
    }
  }
}

const graphs = {
  floor: {
    text: "plain promises and a flag",
    begin: async (ready) => {
      let isAsked = false
      onSigint(() => (isAsked = true))
      for (let i = 0; !isAsked; i++) await tick(i, ready)
    }
  },
  halte: {
    text: "Halte",
    begin: (ready) => {
      const chain = []
      for (let i = 0; i < steps; i++)
        chain.push(Step.make(`s${i}`, { after: chain.slice(-1), run: () => tick(i, ready) }))
      return execute(Flow.make("chain", { steps: chain }), onSigint)
    }
  },
  effect: {
    text: "bare Effect, fiber interrupted",
    begin: async (ready) => {
      const indices = Array.from({ length: steps }, (_, i) => i)
      const fiber = Effect.runFork(
        Effect.forEach(indices, (i) => Effect.promise(() => tick(i, ready)), { discard: true })
      )
      onSigint(() => Effect.runFork(Fiber.interrupt(fiber)))
      await Effect.runPromise(Fiber.await(fiber))
    }
  },
  langgraph: {
    text: "LangGraph, AbortSignal",
    begin: async (ready) => {
      const { Annotation, END, START, StateGraph } = await import("@langchain/langgraph")
      const graph = new StateGraph(Annotation.Root({ done: Annotation() }))
      for (let i = 0; i < steps; i++) graph.addNode(`s${i}`, () => tick(i, ready).then(() => ({})))
      for (let i = 0; i <= steps; i++) graph.addEdge(i === 0 ? START : `s${i - 1}`, i === steps ? END : `s${i}`)
      const controller = new AbortController()
      onSigint(() => controller.abort())
      const running = graph.compile().invoke({}, { recursionLimit: steps + 10, signal: controller.signal })
      await running.catch((error) => {
        if (!controller.signal.aborted) throw error
      })
    }
  },
  mastra: {
    text: "Mastra, run.cancel()",
    begin: async (ready) => {
      const { createStep, createWorkflow } = await import("@mastra/core/workflows")
      const { z } = await import("zod")
      let workflow = createWorkflow({ id: "chain", inputSchema: z.any(), outputSchema: z.any() })
      for (let i = 0; i < steps; i++) {
        const execute = () => tick(i, ready).then(() => ({}))
        workflow = workflow.then(createStep({ id: `s${i}`, inputSchema: z.any(), outputSchema: z.any(), execute }))
      }
      workflow.commit()
      const run = await workflow.createRun()
      onSigint(() => void run.cancel())
      const result = await run.start({ inputData: {} })
      if (result.status === "success") throw new Error("the workflow ran to its end")
    }
  }
}

export const stoppable = { ...loops, ...graphs }
export const loopNames = Object.keys(loops)
export const graphNames = Object.keys(graphs)
