import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { FlowFile } from "@halte/flow-file"
import { diagnose } from "./support/Loading.ts"
import * as Project from "./support/Project.ts"
import * as Running from "./support/Running.ts"

const live = (title: string, effect: () => Effect.Effect<void, unknown, unknown>) =>
  it.live(
    title,
    () => Effect.scoped(effect().pipe(Effect.provide(Running.services)) as Effect.Effect<void, unknown, never>),
    60_000
  )

const start = (text: string, params: Readonly<Record<string, unknown>> = {}, env: Record<string, string> = {}) =>
  Effect.gen(function* () {
    const directory = yield* Project.make({ "it.flow.yaml": `halte: 1\nname: it\n${text}` })
    return yield* Running.start(directory, "it.flow.yaml", params, { ...process.env, ...env })
  })
const run = (...given: Parameters<typeof start>) =>
  Effect.flatMap(start(...given), (execution) => execution.outcome.pipe(Effect.timeout("30 seconds")))

describe("gates of flow files", () => {
  const text = `steps:
  ask:
    gate: { message: "How many?" }
    returns: { type: object, properties: { n: { type: integer, minimum: 1, description: How many } }, required: [n], additionalProperties: false }
  show: { run: [echo, "\${{ steps.ask.output.n + 1 }}"], output: text }
`
  live("R30: take a value that `returns` describes, for forms as it is written, and refuse any other", () =>
    Effect.gen(function* () {
      const execution = yield* start(text)
      const opened = yield* execution.events.pipe(
        Stream.filter((event) => event.type === "gate-opened"),
        Stream.runHead
      )
      assert.deepStrictEqual(opened._tag === "Some" && opened.value.type === "gate-opened" && opened.value.schema, {
        type: "object",
        properties: { n: { type: "integer", minimum: 1, description: "How many" } },
        required: ["n"],
        additionalProperties: false
      })
      for (const [wrong, pointer] of [
        [{ n: 0 }, "/n"],
        [{ n: 1, m: 2 }, "/m"],
        [{}, "/n"],
        [true, ""]
      ] as const) {
        const refused = yield* Effect.flip(execution.answer("ask", wrong))
        if (refused._tag !== "CommandRefused") return assert.fail(refused._tag)
        assert.deepStrictEqual([refused.code, refused.problems?.[0]?.pointer], ["invalid-answer", pointer])
      }
      yield* execution.answer("ask", { n: 2 })
      assert.deepStrictEqual((yield* execution.outcome).values["show"], { exitCode: 0, value: "3" })
    })
  )

  live("answer themselves once their time is up", () =>
    Effect.gen(function* () {
      const { values } = yield* run(`steps:
  ask: { gate: { message: "How many?", default: 3 }, timeout: 20ms, returns: { type: integer } }
`)
      assert.strictEqual(values["ask"], 3)
    })
  )
})

describe("waits of flow files", () => {
  live("are computed; a text that is none fails the step", () =>
    Effect.gen(function* () {
      const steps = `params: { wait: {}, at: {} }
steps:
  nap: { sleep: "\${{ params.wait }}" }
  then: { until: "\${{ params.at }}" }
  earlier: { until: "\${{ timestamp('2020-01-01T00:00:00Z') - duration('1h') }}" }
  moment: { sleep: "\${{ duration('0.01s') }}" }
`
      assert.strictEqual((yield* run(steps, { wait: "10ms", at: "2020-01-01T00:00:00Z" }))._tag, "Completed")
      for (const [params, message] of [
        [{ wait: "soon", at: "2020-01-01T00:00:00Z" }, "`sleep` must be a duration"],
        [{ wait: "1ms", at: "2020-01-01" }, "`until` must be a moment"]
      ] as const) {
        const outcome = yield* run(steps, params)
        if (outcome._tag !== "Failed") return assert.fail(outcome._tag)
        assert.strictEqual(outcome.failure.code, "wrong-value")
        assert.include(outcome.failure.message, message)
      }
    })
  )
})

describe("requests of flow files", () => {
  const served = Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly seen: Array<string | undefined> }>((resume) => {
      const seen: Array<string | undefined> = []
      const server = createServer((request, response) => {
        seen.push(request.headers["idempotency-key"] as string | undefined)
        response.writeHead(request.url === "/gone" ? 410 : 200, { "content-type": "application/json" })
        response.end(JSON.stringify({ id: 7, said: request.headers.authorization }))
      })
      server.listen(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server } as never)
        )
      )
    }),
    (given) =>
      Effect.sync(() => {
        const { server } = given as unknown as { readonly server: ReturnType<typeof createServer> }
        server.closeAllConnections()
        server.close()
      })
  )

  live("say what the body is, which statuses are a success, how large a reply may be, and send a key", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* served
      const { values } = yield* run(
        `params: { url: {} }
steps:
  call:
    http: { method: POST, url: "\${{ params.url }}/", json: 1, idempotency-key: true }
    returns: { type: object, properties: { id: { type: integer } }, required: [id] }
  gone: { http: { url: "\${{ params.url }}/gone", success: [2xx, 404-410] } }
  show: { run: [echo, "\${{ steps.call.output.body.id + 1 }}"], output: text }
`,
        { url }
      )
      assert.deepStrictEqual(values["show"], { exitCode: 0, value: "8" })
      assert.strictEqual((values["gone"] as { readonly status: number }).status, 410)
      assert.match(String(seen.find((key) => key !== undefined)), /^[0-9A-Z]{20}\.call$/)
      const large = yield* run(
        `params: { url: {} }\nsteps: { a: { http: { url: "\${{ params.url }}" }, output-limit: 4B } }\n`,
        { url }
      )
      assert.strictEqual(large._tag === "Failed" && large.failure.code, "output-too-large")
    })
  )

  live("mask what is secret in what a server says back", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const execution = yield* start(
        `params: { url: {}, token: { secret: true, env: TOKEN } }
steps:
  call:
    http: { url: "\${{ params.url }}", headers: { Authorization: "Bearer \${{ params.token }}" } }
    returns: { type: object, properties: { id: { type: string } } }
`,
        { url },
        { TOKEN: "s3cret-token" }
      )
      const outcome = yield* execution.outcome
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.code, "invalid-output")
      const events = Array.from(yield* Stream.runCollect(execution.events))
      assert.notInclude(JSON.stringify(events), "s3cret-token")
    })
  )

  it.effect("with an idempotency key are no warning: what arrives twice is done once", () =>
    Effect.gen(function* () {
      const codes = (more: string) =>
        Effect.map(
          diagnose(`halte: 1\nname: it\nsteps: { a: { http: { method: POST, url: "http://h/", json: 1${more} } } }\n`),
          (found) => found.map(({ code }) => code)
        )
      assert.deepStrictEqual(yield* codes(""), ["may-run-twice"])
      assert.deepStrictEqual(yield* codes(", idempotency-key: true"), [])
    })
  )
})

describe("the environment of a flow", () => {
  live("is that of all its programs; a step's own comes before it, and so for a loop and a clean-up", () =>
    Effect.gen(function* () {
      const directory = yield* Project.make({
        "sub/.keep": "",
        "it.flow.yaml": `halte: 1
name: it
params: { stage: { default: test }, token: { secret: true, env: TOKEN } }
env: { STAGE: "\${{ params.stage }}", TOKEN_OF: "\${{ params.token }}", KEPT: flow }
cwd: sub
steps:
  a: { run: 'echo "$STAGE $TOKEN_OF $KEPT $(basename "$PWD")"', output: text }
  b: { run: 'echo "$STAGE \${KEPT-none}"', env: { STAGE: own, KEPT: }, output: text }
  c: { for-each: { in: [1], collect: true }, run: 'echo "$STAGE $(basename "$PWD")"', output: text }
  d: { after: [a, b, c], run: exit 1, clean-up: { run: 'echo "$STAGE" > cleaned' } }
`
      })
      const execution = yield* Running.start(directory, "it.flow.yaml", {}, { ...process.env, TOKEN: "s3cret-token" })
      const { values } = yield* execution.outcome
      assert.deepStrictEqual(values["b"], { exitCode: 0, value: "own none" })
      assert.deepStrictEqual((values["c"] as { readonly results: unknown }).results, [
        { exitCode: 0, value: "test sub" }
      ])
      assert.include(JSON.stringify(values["a"]), "flow sub")
      assert.strictEqual(readFileSync(join(directory, "sub/cleaned"), "utf8"), "test\n")
    })
  )

  it.effect("counts in the fingerprints of steps that have a program, and of no other", () =>
    Effect.gen(function* () {
      const fingerprints = (env: string) =>
        Effect.map(
          FlowFile.fromText(
            `halte: 1\nname: it\n${env}steps: { run: { run: a }, nap: { sleep: 1s }, clean: { sleep: 1s, clean-up: { run: b } } }\n`,
            "it.flow.yaml",
            { env: {}, cwd: "/" }
          ),
          ({ description }) => description.steps.map(({ fingerprint }) => fingerprint)
        )
      const without = yield* fingerprints("")
      const withOne = yield* fingerprints("env: { A: b }\n")
      assert.deepStrictEqual(
        without.map((one, i) => one === withOne[i]),
        [false, true, false]
      )
    })
  )
})
