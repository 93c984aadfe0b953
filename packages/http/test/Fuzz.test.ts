/**
 * Requests that nobody would send on purpose: whatever they are, they are answered, with a problem if with no success,
 * and never with a failure of the server. `HALTE_CASES=n` sends more, `HALTE_SEED=n` those of another seed.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schema, Scope } from "effect"
import * as fc from "fast-check"
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { HttpHandler } from "@halte/http"
import * as ProblemTexts from "../src/ProblemTexts.ts"
import * as Scripted from "./support/Scripted.ts"

const settings = {
  seed: Number(process.env["HALTE_SEED"] ?? 20_261_125),
  numRuns: Number(process.env["HALTE_CASES"] ?? 700)
}

interface Sent {
  readonly method: string
  readonly address: string
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly body: string | Uint8Array<ArrayBuffer> | undefined
}

const odd = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "..",
    ".",
    "%2e%2e",
    "%2F",
    "%00",
    "%",
    "%ZZ",
    "%C0%AF",
    "é",
    "🚦",
    " ",
    "a".repeat(5000)
  ),
  fc.string({ unit: "binary", maxLength: 12 })
)
const known = fc.constantFrom(
  "flows",
  "executions",
  "interrupt",
  "pause",
  "resume",
  "terminate",
  "undo",
  "gates",
  "events",
  "logs",
  "outputs",
  "graph",
  "counts",
  "server",
  "health",
  "live",
  "docs",
  "problems",
  "openapi.json",
  "session",
  "release",
  Scripted.id
)
const meant = fc.constantFrom(
  "/flows/release/executions",
  "/flows/typed/executions",
  `/executions/${Scripted.id}/interrupt`,
  `/executions/${Scripted.id}/resume`,
  `/executions/${Scripted.id}/undo`,
  `/executions/${Scripted.id}/gates/ship`,
  `/executions/${Scripted.id}/events`,
  `/executions/${Scripted.id}/logs/a`,
  `/executions/${Scripted.id}`,
  "/executions",
  "/session"
)
const path = fc.oneof(
  meant,
  fc
    .array(fc.oneof({ weight: 3, arbitrary: known }, { weight: 1, arbitrary: odd }), { maxLength: 5 })
    .map((parts) => `/${parts.join("/")}`)
)
const value = fc.oneof(
  odd,
  fc.constantFrom("0", "-1", "1e400", "9007199254740993", "NaN", "Running", "1,2", "null", "2147483648"),
  fc.string({ maxLength: 20 })
)
const query = fc.array(
  fc.tuple(fc.oneof(fc.constantFrom("status", "flow", "ending", "cursor", "limit", "after", "step"), odd), value),
  {
    maxLength: 4
  }
)
const headerText = fc.oneof(
  fc.constantFrom(
    "*/*",
    "text/html",
    "application/json;q=0",
    "application/json; charset=utf-7",
    "text/plain",
    "*",
    '"1", W/"2"',
    ";;,,",
    "1",
    "-1",
    "999999999999999999",
    "application/x-ndjson"
  ),
  fc.string({ maxLength: 30 }).filter((text) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text)),
  fc.constant("k".repeat(300))
)
const headers = fc.array(
  fc.tuple(
    fc.constantFrom(
      "accept",
      "if-none-match",
      "last-event-id",
      "idempotency-key",
      "x-request-id",
      "content-type",
      "content-length",
      "traceparent",
      "cookie",
      "authorization"
    ),
    headerText
  ),
  { maxLength: 4 }
)
const field = fc.constantFrom(
  "reason",
  "by",
  "source",
  "via",
  "strategy",
  "rerun",
  "params",
  "definition",
  "stopAfter",
  "value",
  "fingerprint",
  "code",
  "path",
  "__proto__",
  "toString",
  "unknown"
)
const strategies = fc.constantFrom<unknown>(
  { _tag: "PollNextN", n: -1 },
  { _tag: "PollNextN", n: 1.5 },
  { _tag: "FinishCurrent", n: 1 },
  { _tag: "" },
  null,
  []
)
const nasty: ReadonlyArray<string> = [
  "{",
  "",
  "null",
  "[]",
  "1e999",
  '{"stopAfter":1e999}',
  '{"stopAfter":123456789012345678901234567890}',
  '{"params":{"__proto__":{"x":1},"constructor":1}}',
  '{"reason":"\\ud800"}',
  `{"params":${"[".repeat(255)}"${"[".repeat(900)}\\""${"]".repeat(255)}}`,
  '{"reason":"a","reason":1}',
  "\ufeff{}",
  `{"params":${"[".repeat(60_000)}${"]".repeat(60_000)}}`,
  `{"value":${'{"a":'.repeat(30_000)}1${"}".repeat(30_000)}}`,
  JSON.stringify({ reason: "x".repeat(1 << 20) })
]
const body = fc.oneof(
  fc.constant(undefined),
  fc
    .array(fc.tuple(field, fc.oneof(fc.jsonValue({ maxDepth: 3 }), strategies, fc.constant("ada"))), { maxLength: 5 })
    .map(
      (pairs) =>
        // Written by hand: the same key may be there twice, and `__proto__` is a key like any other.
        `{${pairs.map(([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one)}`).join(",")}}`
    ),
  fc.jsonValue({ maxDepth: 4 }).map((json) => JSON.stringify(json)),
  fc.constantFrom(...nasty),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes))
)

const anything: fc.Arbitrary<Sent> = fc.record({
  method: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("GET", "POST") },
    { weight: 1, arbitrary: fc.constantFrom("PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "BREW") }
  ),
  address: fc.tuple(path, query).map(([path, pairs]) => {
    const search = pairs.map(([name, one]) => `${name}=${one}`).join("&")
    return search === "" ? path : `${path}?${search}`
  }),
  headers: fc
    .tuple(headers, fc.boolean())
    .map(([some, json]) => (json ? [...some, ["content-type", "application/json"] as const] : some)),
  body
})

/** Commands that reach their address, and as JSON: what is in them is what is odd. */
const aimed: fc.Arbitrary<Sent> = fc.record({
  method: fc.constant("POST"),
  address: meant,
  headers: headers.map((some) => [
    ...some.filter(([name]) => name !== "content-length"),
    ["content-type", "application/json"] as const
  ]),
  body
})
const sent = fc.oneof(anything, aimed)

/** Those that are sent each time: every odd body to what takes one. */
const always = nasty.flatMap((body) =>
  ["/flows/release/executions", `/executions/${Scripted.id}/interrupt`, `/executions/${Scripted.id}/gates/ship`].map(
    (address): [Sent] => [{ method: "POST", address, headers: [["content-type", "application/json"]], body }]
  )
)

/** What a client of the web can send at all; `undefined` where it refuses to. */
const toRequest = ({ address, body, headers, method }: Sent): Request | undefined => {
  try {
    const all = new Headers()
    for (const [name, text] of headers) all.set(name, text)
    const hasBody = method !== "GET" && method !== "HEAD" && body !== undefined
    return new Request(`http://localhost${address}`, { method, headers: all, ...(hasBody ? { body } : undefined) })
  } catch {
    return undefined
  }
}

const within = async <A>(promise: Promise<A>, what: string): Promise<A> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took too long`)), 4000)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

const reports: Array<string> = []
const report: HttpHandler.Options["report"] = (_id, cause) => void reports.push(Cause.pretty(cause))

const answered = async (handler: HttpHandler.HttpHandler, one: Sent): Promise<void> => {
  const request = toRequest(one)
  fc.pre(request !== undefined)
  const response = await within(handler(request!), "an answer")
  assert.deepStrictEqual(reports.splice(0), [], "nothing broke")
  assert.isBelow(response.status, 500)
  assert.isNotEmpty(response.headers.get("x-request-id"))
  if (response.status < 400) {
    const isJson = response.headers.get("content-type") === "application/json"
    if (!isJson || one.method === "HEAD") return response.body?.cancel()
    const answer = (await within(response.json(), "the body of an answer")) as Record<string, unknown>
    if (one.method === "POST") assert.match(String(answer["id"] ?? answer["execution"]), /^[0-9A-Z]{20}$/)
    return
  }
  const text = await within(response.text(), "the body of a problem")
  if (one.method === "HEAD") return
  assert.strictEqual(response.headers.get("content-type"), "application/problem+json")
  const problem = JSON.parse(text) as Record<string, unknown>
  assert.include(ProblemTexts.codes, problem["code"])
  assert.strictEqual(problem["type"], `/problems/${String(problem["code"])}`)
  assert.strictEqual(problem["status"], response.status)
  assert.isNotEmpty(problem["detail"])
  assert.strictEqual(problem["requestId"], response.headers.get("x-request-id"))
  assert.isBelow(text.length, 200_000, "a problem does not send everything back")
}

describe("any request", () => {
  const scope = Scope.makeUnsafe()
  let engine: ExecutionsLocal.LocalExecutions
  beforeAll(async () => {
    const typed = Flow.make("typed", {
      params: Schema.Struct({ directory: Schema.String, count: Schema.optionalKey(Schema.Int) }),
      steps: [Step.make("a", { run: () => 1 })]
    })
    const plain = Flow.make("release", { steps: [Step.make("a", { run: () => 1 })] })
    engine = await Effect.runPromise(
      Effect.provideService(ExecutionsLocal.make({ flows: [plain, typed] }), Scope.Scope, scope)
    )
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  it(
    "is answered, never with a failure of the server, and asks an engine only for what it may be asked",
    { timeout: 120_000 },
    async () => {
      const recording = Scripted.make()
      const handler = HttpHandler.make(recording, { report })
      await fc.assert(
        fc.asyncProperty(sent, (one) => answered(handler, one)),
        settings
      )
      for (const [command, ...args] of recording.asked) {
        assert.include(["interrupt", "pause", "resume", "terminate", "undo", "answer"], command)
        const asker = args.at(-1) as { readonly source?: string }
        assert.include(["Http", "Cli", "Page", "Desktop", "Sdk", "Cluster"], asker.source)
        assert.strictEqual(Object.getPrototypeOf(asker), Object.prototype)
      }
      assert.isNotEmpty(recording.asked, "some were meant well")
      assert.notProperty({}, "x", "nobody's prototype has changed")
    }
  )

  it("is answered by a real engine too", { timeout: 120_000 }, async () => {
    const handler = HttpHandler.make(engine, { report })
    await fc.assert(
      fc.asyncProperty(sent, (one) => answered(handler, one)),
      { ...settings, examples: always }
    )
  })
})
