/**
 * Halte in a program that knows nothing of Effect: define a flow, start it, watch it, stop it with an AbortController,
 * and go on.
 *
 *   node -C @halte/source examples/sdk/promises.ts
 */
import { setTimeout } from "node:timers/promises"
import { type Execution, Flow, Halte, Step } from "@halte/sdk"

// ── A flow of async functions ─────────────────────────────────────────────────

const photos = Array.from({ length: 40 }, (_, i) => `photo-${i + 1}.jpg`)

// A loop that can stop before every fourth photo, and goes on there.
const shrink = Step.make("shrink", {
  run: async (_: object, { cursor, interrupted, report, stop }) => {
    for (let i = Number(cursor ?? 0); i < photos.length; i++) {
      if (await stop.every(4, i)) return interrupted({ cursor: i })
      await setTimeout(10)
      report({ done: i + 1, total: photos.length })
    }
    return photos.length
  }
})

// What `shrink` gives is what `publish` reads: the compiler checks that the two fit.
const publish = Step.make("publish", {
  input: { count: shrink },
  run: async ({ count }) => `${count} photos published`
})

const album = Flow.make("album", { steps: [shrink, publish] })

// ── Start, watch, stop, read the outcome, go on ───────────────────────────────

await using halte = await Halte.local({ flows: [album] })

const stop = new AbortController()
const execution = await halte.start(album, {}, { interruptOn: stop.signal })
await watch(execution, () => stop.abort("enough for today"))

const stopped = await execution.outcome()
if (stopped._tag === "Interrupted") {
  const [at] = stopped.interrupted
  console.log(
    `Interrupted, ${stopped.signal.reason}: at photo ${Number(at?.cursor) + 1}, not started ${stopped.notStarted}`
  )
}

const { sequence } = await execution.state()
await execution.resume()
await watch(execution, () => {}, sequence)
const ended = await execution.outcome()
console.log(`${ended._tag}: ${ended.values["publish"]}`)

async function watch(execution: Execution, onProgress: () => void, after = 0) {
  for await (const event of execution.events({ after })) {
    if (event.type === "step-started") console.log(`${event.step} began`)
    if (event.type === "step-completed") console.log(`${event.step} is done`)
    if (event.type === "step-progress") onProgress()
  }
}
