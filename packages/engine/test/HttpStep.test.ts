import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { HttpClient, HttpClientError, HttpClientRequest, HttpClientResponse } from "effect/http"
import { Flow, Params, Step } from "@halte/engine"
import { Schema } from "effect"
import * as Engine from "./support/Engine.ts"

type HttpRequest = Exclude<Parameters<typeof Step.http>[1]["request"], (...args: never) => unknown>

interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A client that answers with `reply` and keeps what was sent. */
const client = (reply: (sent: Sent) => Response | Effect.Effect<Response, HttpClientError.HttpClientError>) => {
  const sent: Array<Sent> = []
  const service = HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const web = yield* Effect.orDie(HttpClientRequest.toWeb(request))
      const one: Sent = {
        method: request.method,
        url: url.toString(),
        headers: { ...request.headers },
        body: yield* Effect.promise(() => web.text())
      }
      sent.push(one)
      const answer = reply(one)
      return HttpClientResponse.fromWeb(request, Effect.isEffect(answer) ? yield* answer : answer)
    })
  )
  return { sent, service }
}

const run = (
  options: { readonly request: HttpRequest; readonly success?: (status: number) => boolean },
  reply: Parameters<typeof client>[0]
) =>
  Effect.gen(function* () {
    const { sent, service } = client(reply)
    const engine = yield* Engine.make(Flow.make("f", { steps: [Step.http("call", options)] })).pipe(
      Effect.provideService(HttpClient.HttpClient, service)
    )
    return { ...(yield* engine.run()), sent }
  })
const failureOf = (...given: Parameters<typeof run>) =>
  Effect.map(run(...given), ({ outcome }) => (outcome._tag === "Failed" ? outcome.failure : assert.fail(outcome._tag)))

describe("HttpStep", () => {
  it.live("sends a GET and gives status, headers and the JSON of the reply", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* run({ request: { url: "http://h.test/x?a=1#top" } }, () =>
        Response.json({ ok: true }, { status: 201, headers: { "x-id": "7" } })
      )
      const value = outcome.values["call"] as {
        readonly status: number
        readonly headers: Record<string, string>
        readonly body: unknown
      }
      assert.deepInclude(value, { status: 201, body: { ok: true } })
      assert.strictEqual(value.headers["x-id"], "7")
      assert.deepStrictEqual([sent[0]!.method, sent[0]!.url], ["GET", "http://h.test/x?a=1#top"])
    })
  )

  it.live("gives a reply that is no JSON as its text, and JSON of a vendor as JSON", () =>
    Effect.gen(function* () {
      const bodyOf = (body: string, type: string) =>
        Effect.map(
          run({ request: { url: "http://h.test/" } }, () => new Response(body, { headers: { "content-type": type } })),
          ({ outcome }) => (outcome.values["call"] as { readonly body: unknown }).body
        )
      assert.strictEqual(yield* bodyOf("{}", "text/plain"), "{}")
      assert.deepStrictEqual(yield* bodyOf("{}", "application/problem+json; charset=utf-8"), {})
      assert.strictEqual(yield* bodyOf("{no", "application/json"), "{no", "JSON that is none stays text")
      assert.strictEqual(yield* bodyOf("", "application/json"), "")
    })
  )

  it.live("sends headers, JSON and text", () =>
    Effect.gen(function* () {
      const json = yield* run(
        { request: { method: "POST", url: "http://h.test/", headers: { "X-Key": "k" }, json: { a: [1, null] } } },
        () => new Response()
      )
      assert.deepStrictEqual([json.sent[0]!.method, json.sent[0]!.body], ["POST", '{"a":[1,null]}'])
      assert.strictEqual(json.sent[0]!.headers["x-key"], "k")
      assert.include(json.sent[0]!.headers["content-type"], "application/json")
      const text = yield* run(
        { request: { method: "PUT", url: "http://h.test/", body: "plain" } },
        () => new Response()
      )
      assert.deepStrictEqual([text.sent[0]!.method, text.sent[0]!.body], ["PUT", "plain"])
      const nothing = yield* run(
        { request: { method: "POST", url: "http://h.test/", json: null } },
        () => new Response()
      )
      assert.strictEqual(nothing.sent[0]!.body, "null", "null is a JSON value")
    })
  )

  it.live("fails with `http-status` outside 200 to 299, with the beginning of the reply", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf(
        { request: { method: "POST", url: "http://h.test/x" } },
        () => new Response("one\ntwo\nthree\nfour\nfive\nsix", { status: 503 })
      )
      assert.deepStrictEqual(failure, {
        code: "http-status",
        message: "`POST http://h.test/x` was answered with status 503",
        status: 503,
        lastOutput: ["one", "two", "three", "four", "five"]
      })
    })
  )

  it.live("takes another meaning of success", () =>
    Effect.gen(function* () {
      const { outcome } = yield* run(
        { request: { url: "http://h.test/" }, success: (status) => status === 404 },
        () => new Response(null, { status: 404 })
      )
      assert.strictEqual(outcome._tag, "Completed")
    })
  )

  it.live("fails with `http-failed` when there is no reply, and says the innermost reason", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf({ request: { url: "http://h.test/x" } }, (_) =>
        Effect.fail(
          new HttpClientError.HttpClientError({
            reason: new HttpClientError.TransportError({
              request: HttpClientRequest.get("http://h.test/x"),
              cause: new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:1") })
            })
          })
        )
      )
      assert.deepStrictEqual(
        [failure.code, failure.message],
        ["http-failed", "`GET http://h.test/x` got no reply: connect ECONNREFUSED 127.0.0.1:1"]
      )
    })
  )

  it.live("fails with `http-invalid-url` before anything is sent", () =>
    Effect.gen(function* () {
      for (const url of ["", "/relative", "not a url", "ftp://h.test/x", "file:///etc/passwd"]) {
        const failure = yield* failureOf({ request: { url } }, () => assert.fail("it was sent"))
        assert.strictEqual(failure.code, "http-invalid-url", url)
      }
    })
  )

  it.live("fails with `http-invalid-body` when JSON can't hold what is to be sent", () =>
    Effect.gen(function* () {
      const cyclic: Record<string, unknown> = {}
      cyclic["self"] = cyclic
      for (const json of [cyclic, 1n, () => 1]) {
        const failure = yield* failureOf(
          { request: { method: "POST", url: "http://h.test/", json } },
          () => new Response()
        )
        assert.strictEqual(failure.code, "http-invalid-body")
        assert.match(failure.message, /^the JSON of `POST http:\/\/h\.test\/` can't be written: /)
      }
    })
  )

  it.live("is computed from inputs, and its secrets are masked in what is recorded", () =>
    Effect.gen(function* () {
      const params = Params.make(Schema.Struct({ token: Schema.String }), { secrets: ["token"] })
      const { sent, service } = client(() => new Response("bad t0p-secret!", { status: 401 }))
      const call = Step.http("call", {
        input: { params },
        request: ({ params }) =>
          Effect.succeed({
            url: `http://h.test/?t=${params.token}`,
            headers: { authorization: `Bearer ${params.token}` }
          })
      })
      const engine = yield* Engine.make(Flow.make("f", { params, steps: [call] })).pipe(
        Effect.provideService(HttpClient.HttpClient, service)
      )
      const { outcome } = yield* engine.run({ params: { token: "t0p-secret!" } })
      assert.strictEqual(sent[0]!.headers["authorization"], "Bearer t0p-secret!")
      assert.deepStrictEqual(outcome._tag === "Failed" && [outcome.failure.message, outcome.failure.lastOutput], [
        "`GET http://h.test/?t=***` was answered with status 401",
        ["bad ***"]
      ])
    })
  )

  it.live("P2: asked to stop, the request is aborted and the step is interrupted; on resume it is sent again", () =>
    Effect.gen(function* () {
      let aborted = 0
      let arrived: () => void = () => {}
      const arrival = new Promise<void>((resolve) => (arrived = resolve))
      const { sent, service } = client(() => {
        if (sent.length > 1) return new Response("late but fine")
        arrived()
        return Effect.onInterrupt(Effect.never, () =>
          Effect.sync(() => {
            aborted++
          })
        )
      })
      const step = Step.http("call", { request: { url: "http://h.test/" } })
      const engine = yield* Engine.make(Flow.make("f", { steps: [step] })).pipe(
        Effect.provideService(HttpClient.HttpClient, service)
      )
      const id = yield* engine.begin()
      yield* Effect.promise(() => arrival)
      yield* engine.interrupt(id)
      const first = yield* engine.ended(id)
      assert.deepStrictEqual([first.outcome._tag, aborted], ["Interrupted", 1])
      assert.strictEqual(first.of("step-interrupted")[0]!.detail, "request aborted")
      yield* engine.resume(id)
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual((outcome.values["call"] as { readonly body: unknown }).body, "late but fine")
    })
  )

  it("is described by its method and address when they are known", () => {
    const detailOf = (step: Step.Any) => [step.kind, step.detail, step.stops.withinMillis]
    assert.deepStrictEqual(detailOf(Step.http("a", { request: { url: "http://h/" } })), ["http", "GET http://h/", 500])
    assert.deepStrictEqual(detailOf(Step.http("a", { request: () => ({ url: "http://h/" }) })), [
      "http",
      undefined,
      500
    ])
  })
})
