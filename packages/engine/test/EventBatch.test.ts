/** The text of a batch is the text of its events, byte for byte, whatever values they hold. */
import { assert, describe, it } from "@effect/vitest"
import { type BlobReference, EventBatch, ExecutionEvent } from "@halte/engine"
import { RandomGraph } from "@halte/engine/testing"
import { everyEvent } from "./support/Events.ts"

const circular = (): unknown => {
  const one: Record<string, unknown> = { name: "one", list: [1, 2] }
  one["self"] = one
  ;(one["list"] as Array<unknown>).push({ up: one })
  return one
}

/** What a step may return, and JSON may not hold. */
const odd: ReadonlyArray<unknown> = [
  undefined,
  null,
  0,
  -0,
  1.5,
  1e21,
  1e-7,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  true,
  "",
  "text",
  'quotes " and \\ and \n and \u2028',
  "\ud83d",
  "half \udc00 pair",
  "⏹ ü",
  12n,
  { big: 12n, list: [1n, { deep: 2n }] },
  [undefined, () => 1, Symbol("s"), Number.NaN],
  { gone: undefined, f: () => 1, n: Number.NaN },
  () => 1,
  Symbol("s"),
  new Date(0),
  new Date(Number.NaN),
  { at: new Date(5) },
  new Map([["a", 1]]),
  new Set([1]),
  new Uint8Array([1, 2]),
  new Error("an error"),
  /x/g,
  circular(),
  {
    toJSON: () => {
      throw new Error("will not")
    }
  },
  { toJSON: () => ({ instead: 1 }) },
  { toJSON: () => undefined },
  Object.create(null),
  { 2: "two", 1: "one", a: 0 },
  JSON.parse('{"__proto__":{"a":1}}'),
  new Proxy(
    {},
    { ownKeys: () => ["a"], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }) }
  )
]

const batchOf = (values: ReadonlyArray<unknown>, seed = 1) => {
  const next = RandomGraph.random(seed)
  const ids = values.map((_, i) => (i % 5 === 0 ? `group/"${i}"` : `s${i}`))
  const batch = new EventBatch.CompactBatch({ execution: "01JD3M8Z9F4T6V2X0YQ7", attempt: 3, ids, values }, 41)
  values.forEach((_, node) => {
    batch.stepStarted(node, 1_000 + Math.floor(next() * 3))
    if (next() < 0.3) batch.add({ ...everyEvent[Math.floor(next() * everyEvent.length)]!, sequence: 41 + batch.length })
    batch.stepCompleted(node, 1_000 + Math.floor(next() * 3), next() * 1_000)
  })
  return batch
}

const whole: EventBatch.Apart = {
  over: Number.POSITIVE_INFINITY,
  keep: () => {
    throw new Error("nothing is too large")
  }
}

describe("EventBatch.encode", () => {
  it("gives of each event the bytes that it has as an event, whatever a step returned", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const batch = batchOf(odd, seed)
      const lines = EventBatch.encode(batch, whole)
      const events = [...batch]
      assert.strictEqual(lines.length, batch.length)
      events.forEach((event, i) => assert.strictEqual(lines[i], ExecutionEvent.toJson(event), `event ${i} of ${seed}`))
      assert.deepStrictEqual(batch.slice(0), events)
    }
  })

  it("gives the same for a plain list", () => {
    const events = [...everyEvent, ...batchOf(odd)]
    assert.deepStrictEqual(EventBatch.encode(events, whole), events.map(ExecutionEvent.toJson))
  })

  it("gives lines that read back to the same lines", () => {
    for (const line of EventBatch.encode(batchOf(odd), whole))
      assert.strictEqual(ExecutionEvent.toJson(ExecutionEvent.fromJson(line)), line)
  })

  it("keeps large fields apart, each once, and nothing that is small", () => {
    const over = 60
    const large = "x".repeat(over)
    const values = [...odd, large, [large, 1n], { deep: { large } }, "x".repeat(over - 2), "x".repeat(over - 1)]
    for (const batch of [
      batchOf(values),
      [...batchOf(values), ...everyEvent]
    ] as ReadonlyArray<EventBatch.EventBatch>) {
      const kept = new Map<string, string>()
      const lines = EventBatch.encode(batch, {
        over,
        keep: (json): BlobReference.BlobReference => {
          assert.isAbove(json.length, over, "what is kept apart is large")
          kept.set(`hash of ${json}`, json)
          return { sha256: `hash of ${json}`, bytes: new TextEncoder().encode(json).length }
        }
      })
      assert.isAtLeast(kept.size, 4)
      const events = [...batch]
      lines.forEach((line, i) => {
        const { references = {}, ...event } = JSON.parse(line) as Record<string, unknown> & {
          references?: Record<string, BlobReference.BlobReference>
        }
        for (const [field, { sha256 }] of Object.entries(references)) {
          assert.notProperty(event, field)
          event[field] = JSON.parse(kept.get(sha256)!)
        }
        assert.deepStrictEqual(event, JSON.parse(ExecutionEvent.toJson(events[i]!)), "put together it is the event")
        assert.strictEqual(
          ExecutionEvent.toJson(ExecutionEvent.fromJson(line)),
          line,
          "and it is an event as it stands"
        )
        for (const field of ["value", "items", "partial", "definitionText"])
          if (event[field] !== undefined && !(field in references))
            assert.isAtMost(JSON.stringify(event[field]).length, over, `${field} is small`)
      })
    }
  })
})
