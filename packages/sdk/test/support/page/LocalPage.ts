/**
 * A page with an engine of its own: the suite for front ends runs in it, and so does a program.
 */
import { Effect } from "effect"
import { Flow, Halte, Step } from "@halte/sdk"
import { FrontEndTest } from "@halte/engine/testing"
import * as PromiseDoor from "../PromiseDoor.ts"

const tests: Array<readonly [title: string, test: () => Promise<void>]> = []

FrontEndTest.suite(
  { describe: (_, register) => register(), it: (title, test) => tests.push([title, test]) },
  "in a browser",
  {
    source: "Sdk",
    open: (engine) =>
      Effect.sync(() => {
        const executions = PromiseDoor.make(Halte.fromExecutions(engine))
        return { executions, interrupt: (id) => executions.interrupt(id) }
      })
  }
)

/** Counts to a million in a loop that can be stopped, and says where it was. */
const program = async () => {
  const count = Step.forEach("count", {
    items: Array.from({ length: 1_000_000 }, (_, i) => i),
    every: 1000,
    run: () => undefined
  })
  const flow = Flow.make("counting", { steps: [count, Step.make("last", { after: count, run: () => 1 })] })
  await using halte = await Halte.local({ flows: [flow] })
  const stop = new AbortController()
  const execution = await halte.start(flow, {}, { interruptOn: stop.signal })
  for await (const event of execution.events()) if (event.type === "step-cursor") stop.abort("a click")
  const { _tag, interrupted, notStarted } = await execution.outcome()
  await execution.resume()
  const whole = await execution.outcome()
  return { _tag, stopped: interrupted[0]?.done, notStarted, resumed: whole._tag, completed: whole.completed }
}

const page = {
  titles: tests.map(([title]) => title),
  run: (index: number): Promise<string> =>
    tests[index]![1]().then(
      () => "passed",
      (error: unknown) => String(error)
    ),
  program
}

export type LocalPage = typeof page
Object.assign(globalThis, { page })
