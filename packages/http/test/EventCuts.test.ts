/**
 * A stream of events that is cut anywhere, in the middle of a letter too, and gone on from with the last id that came
 * whole: every event comes once, none is missing, and each is what the engine has.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as fc from "fast-check"
import { ExecutionEvent, type ExecutionId, type Executions, ExecutionsLocal, Flow, Step } from "@halte/engine"
import { Watch } from "@halte/engine/testing"
import { HttpHandler } from "@halte/http"

const flow = Flow.make("f", {
  steps: [
    Step.make("a", { run: () => Effect.succeed("“é” 🚦\n\nid: 7\ndata: no") }),
    Step.make("b", { run: () => Effect.succeed({ deep: ["\r\n", "\u2028"] }) }),
    Step.make("c", { run: () => Effect.succeed(1) })
  ]
})

/** Reads at most so many bytes of a body, then cuts it. */
const upTo = async (response: Response, most: number): Promise<Uint8Array> => {
  if (response.body === null) return new Uint8Array()
  const reader = response.body.getReader()
  const parts: Array<Uint8Array> = []
  let size = 0
  while (size < most) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value.subarray(0, most - size))
    size += value.byteLength
  }
  void reader.cancel().catch(() => {})
  return Buffer.concat(parts)
}

interface Frames {
  readonly events: ReadonlyArray<ExecutionEvent.ExecutionEvent>
  readonly isEnd: boolean
}

/** What came whole, as the standard has it: a frame ends with an empty line. */
const parse = (bytes: Uint8Array): Frames => {
  const text = new TextDecoder().decode(bytes)
  const whole = text.split("\n\n").slice(0, -1)
  const events = whole.flatMap((frame) => {
    const fields = new Map(frame.split("\n").map((line) => [line.split(": ")[0], line.slice(line.indexOf(": ") + 2)]))
    const data = fields.get("data")
    if (data === undefined) return []
    const event = ExecutionEvent.fromJson(data)
    assert.strictEqual(fields.get("id"), String(event.sequence))
    assert.strictEqual(fields.get("event"), event.type)
    return [event]
  })
  return { events, isEnd: whole.includes(": end") }
}

/** Follows an execution over connections that are cut after so many bytes each; the last one is not. */
const follow = async (
  handler: HttpHandler.HttpHandler,
  id: ExecutionId.ExecutionId,
  cuts: ReadonlyArray<number>
): Promise<ReadonlyArray<ExecutionEvent.ExecutionEvent>> => {
  const found: Array<ExecutionEvent.ExecutionEvent> = []
  for (const most of [...cuts, Number.POSITIVE_INFINITY]) {
    const last = found.at(-1)?.sequence
    const headers: Record<string, string> = last === undefined ? {} : { "last-event-id": String(last) }
    const response = await handler(new Request(`http://localhost/executions/${id}/events`, { headers }))
    if (response.status === 204) return found
    assert.strictEqual(response.status, 200)
    const { events, isEnd } = parse(await upTo(response, most))
    found.push(...events)
    if (isEnd) return found
  }
  throw new Error("the last stream ended without saying so")
}

const start = Effect.gen(function* () {
  const engine: Executions.ExecutionsShape = yield* ExecutionsLocal.make({ flows: [flow] })
  const id = yield* engine.start({ flow: "f" })
  return { engine, id, handler: HttpHandler.make(engine) }
})

describe("a stream of events that is cut and gone on from", () => {
  it.live(
    "R41: gives each event once, wherever it is cut",
    () =>
      Effect.gen(function* () {
        const { engine, handler, id } = yield* start
        yield* Watch.status(engine, id, "Completed")
        const expected = yield* Stream.runCollect(engine.events(id))
        const whole = yield* Effect.promise(() => handler(new Request(`http://localhost/executions/${id}/events`)))
        const bytes = Buffer.from(yield* Effect.promise(() => whole.arrayBuffer()))
        const size = bytes.byteLength
        // Around the end of each frame every byte, elsewhere each eleventh.
        const isNear = (at: number) => bytes.subarray(Math.max(0, at - 3), at + 3).includes("\n\n")
        const cuts = Array.from({ length: size + 1 }, (_, at) => at).filter((at) => at % 11 === 0 || isNear(at))
        assert.isAtLeast(expected.length, 8)
        yield* Effect.promise(async () => {
          for (const at of cuts)
            assert.deepStrictEqual(await follow(handler, id, [at]), expected, `cut after ${at} of ${size} bytes`)
        })
      }),
    60_000
  )

  it.live(
    "R41: gives each event once over any number of cuts, also while it happens",
    () =>
      Effect.gen(function* () {
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(fc.array(fc.nat(700), { maxLength: 12 }), (cuts) =>
              Effect.runPromise(
                Effect.scoped(
                  Effect.gen(function* () {
                    // Nothing is waited for: it may not have begun yet when the first stream opens.
                    const { engine, handler, id } = yield* start
                    const found = yield* Effect.promise(() => follow(handler, id, cuts))
                    assert.deepStrictEqual(found, yield* Stream.runCollect(engine.events(id)))
                  })
                )
              )
            ),
            { numRuns: 60, seed: 4 }
          )
        )
      }),
    60_000
  )
})
