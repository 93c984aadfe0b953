import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Validator } from "@seriousme/openapi-schema-validator"
import { CommandBody, ExecutionEndpoints, GraphBody, HalteApi, Problem, ServerEndpoints, StateBody } from "@halte/api"
import { ExecutionEvent, LogLine } from "@halte/engine"
import { HttpHandler } from "@halte/http"
import * as OpenApiDocument from "../src/OpenApiDocument.ts"
import * as Scripted from "./support/Scripted.ts"

type Node = { readonly [key: string]: unknown }

interface Operation {
  readonly path: string
  readonly method: string
  readonly operation: Node & {
    readonly operationId: string
    readonly responses: { readonly [status: string]: Node }
  }
}

const document = OpenApiDocument.make() as Node
const operations: ReadonlyArray<Operation> = Object.entries(document["paths"] as Record<string, Node>).flatMap(
  ([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      path,
      method,
      operation: operation as Operation["operation"]
    }))
)

/** Every object within a value, with where it is. */
const all = (value: unknown, at = "#"): ReadonlyArray<readonly [string, Node]> => {
  if (typeof value !== "object" || value === null) return []
  const own = Array.isArray(value) ? [] : [[at, value as Node] as const]
  return [...own, ...Object.entries(value).flatMap(([key, one]) => all(one, `${at}/${key}`))]
}

const resolve = (pointer: string): unknown =>
  pointer
    .slice(2)
    .split("/")
    .reduce<unknown>((value, part) => (value as Node | undefined)?.[part], document)

const follow = (node: Node): Node => (typeof node["$ref"] === "string" ? (resolve(node["$ref"]) as Node) : node)

describe("the OpenAPI document", () => {
  it("is valid by a public validator, as 3.1", async () => {
    const validator = new Validator()
    const { errors, valid } = await validator.validate(structuredClone(document) as Record<string, unknown>)
    assert.isTrue(valid, JSON.stringify(errors))
    assert.strictEqual(validator.version, "3.1")
  })

  it("is the one of the docs: docs/reference/openapi.json", () => {
    const path = fileURLToPath(new URL("../../../docs/reference/openapi.json", import.meta.url))
    if (process.env["HALTE_WRITE_OPENAPI"] === "1") writeFileSync(path, OpenApiDocument.toJson())
    assert.strictEqual(
      existsSync(path) ? readFileSync(path, "utf8") : "",
      OpenApiDocument.toJson(),
      "run `HALTE_WRITE_OPENAPI=1 npm run test:unit -- packages/http/test/OpenApi.test.ts`"
    )
  })

  it("says what the API is, under which license, and where", () => {
    const info = document["info"] as Node
    const version = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Node
    assert.strictEqual(info["title"], "Halte")
    assert.strictEqual(info["version"], version["version"], "the version of the packages")
    assert.strictEqual((info["license"] as Node)["identifier"], "MIT")
    assert.strictEqual((document["servers"] as ReadonlyArray<Node>)[0]?.["url"], "/")
    assert.sameMembers(Object.keys((document["components"] as Node)["securitySchemes"] as Node), ["token", "cookie"])
  })

  it("has every endpoint of the contract, and no other", () => {
    const endpoints = Object.values(HalteApi.HalteApi.groups).flatMap((group) =>
      Object.values(group.endpoints as Record<string, { readonly method: string; readonly path: string }>).map(
        ({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`
      )
    )
    assert.sameMembers(
      operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`),
      endpoints
    )
  })

  it("names, sums up and describes every operation, every parameter and every tag", () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    assert.deepStrictEqual(ids, [...new Set(ids)])
    const tags = (document["tags"] as ReadonlyArray<Node>).map((tag) => {
      assert.isNotEmpty(tag["description"])
      return tag["name"]
    })
    for (const { operation } of operations) {
      assert.match(operation.operationId, /^[a-z][A-Za-z]+$/)
      assert.isNotEmpty(operation["summary"], operation.operationId)
      for (const tag of operation["tags"] as ReadonlyArray<string>) assert.include(tags, tag)
      for (const parameter of (operation["parameters"] ?? []) as ReadonlyArray<Node>)
        assert.isNotEmpty(parameter["description"], `${operation.operationId} ${String(parameter["name"])}`)
      for (const [status, response] of Object.entries(operation.responses))
        assert.isNotEmpty(follow(response)["description"], `${operation.operationId} ${status}`)
    }
  })

  it("has every schema once, under a name for people, and every name is used", () => {
    const schemas = Object.keys((document["components"] as Node)["schemas"] as Node)
    for (const name of schemas) assert.match(name, /^[A-Z][A-Za-z]*$/)
    const used = new Set(
      all(document).flatMap(([at, node]) => {
        if (typeof node["$ref"] !== "string") return []
        assert.isDefined(resolve(node["$ref"]), `${at} refers to ${node["$ref"]}`)
        return [node["$ref"].split("/").at(-1)!]
      })
    )
    // `discriminator.mapping` refers as well.
    for (const name of schemas) assert.isTrue(used.has(name), `${name} is used`)
    for (const { operation, path } of operations)
      for (const [at, node] of all({ body: operation["requestBody"], responses: operation.responses }))
        if (at.endsWith("/schema") && node["$ref"] === undefined)
          assert.isBelow(JSON.stringify(node).length, 140, `${path} ${at} is written out`)
  })

  it("answers every error of every operation with a problem, with an example of each code", () => {
    const codes = new Set<string>()
    for (const { operation } of operations) {
      const statuses = Object.keys(operation.responses)
      for (const status of ["400", "401", "403", "500", "503"]) assert.include(statuses, status, operation.operationId)
      for (const status of statuses.filter((status) => Number(status) >= 400)) {
        const content = follow(operation.responses[status]!)["content"] as Record<string, Node>
        assert.deepStrictEqual(Object.keys(content), [Problem.contentType])
        const examples = Object.entries(content[Problem.contentType]!["examples"] as Record<string, Node>)
        assert.isNotEmpty(examples, `${operation.operationId} ${status}`)
        for (const [code, { value }] of examples) {
          codes.add(code)
          assert.strictEqual((value as Node)["status"], Number(status), code)
          assert.strictEqual(Problem.errorFromJson(JSON.stringify(value))?.code, code)
        }
      }
    }
    assert.isAtLeast(codes.size, 25)
  })

  it("describes the headers by which requests are told apart, validated, followed and gone on from", () => {
    const operation = (id: string) => operations.find(({ operation }) => operation.operationId === id)!.operation
    const parameters = (id: string) =>
      (operation(id)["parameters"] as ReadonlyArray<Node>).map(({ name }) => String(name))
    const headers = (id: string, status: string) =>
      Object.keys(follow(operation(id).responses[status]!)["headers"] as Node)
    assert.include(parameters("startExecution"), "idempotency-key")
    assert.include(headers("startExecution", "202"), "location")
    assert.include(headers("resumeExecution", "202"), "location")
    for (const id of ["listExecutions", "listFlows", "getFlow", "getExecution", "getGraph"]) {
      assert.include(parameters(id), "if-none-match")
      assert.include(headers(id, "200"), "etag")
      assert.include(Object.keys(operation(id).responses), "304")
    }
    for (const id of ["streamEvents", "streamLogs", "streamStepLogs"]) {
      assert.include(parameters(id), "last-event-id")
      assert.include(parameters(id), "after")
      const content = follow(operation(id).responses["200"]!)["content"] as Node
      assert.includeMembers(Object.keys(content), ["text/event-stream", "application/x-ndjson"])
      assert.include(Object.keys(operation(id).responses), "204")
    }
    for (const { operation } of operations)
      for (const [status, response] of Object.entries(operation.responses))
        assert.include(
          Object.keys(follow(response)["headers"] as Node),
          "x-request-id",
          `${operation.operationId} ${status}`
        )
  })

  it("shows examples that the server's own schemas read", () => {
    const bodies: Record<string, Schema.Codec<unknown, unknown>> = {
      startExecution: CommandBody.Start,
      interruptExecution: CommandBody.Interrupt,
      terminateExecution: CommandBody.Interrupt,
      pauseExecution: CommandBody.Pause,
      resumeExecution: CommandBody.Resume,
      undoExecution: CommandBody.Undo,
      answerGate: CommandBody.Answer
    } as Record<string, Schema.Codec<unknown, unknown>>
    const answers = {
      listFlows: Schema.Struct({ flows: Schema.Array(StateBody.Flow) }),
      getFlow: StateBody.Flow,
      startExecution: StateBody.State,
      getExecution: StateBody.State,
      listExecutions: ExecutionEndpoints.Page,
      countExecutions: ExecutionEndpoints.Counts,
      getGraph: GraphBody.Graph,
      getServer: ServerEndpoints.ServerInfo,
      interruptExecution: CommandBody.Receipt,
      resumeExecution: CommandBody.Receipt,
      undoExecution: CommandBody.Receipt
    } as unknown as Record<string, Schema.Codec<unknown, unknown>>
    const strict = { onExcessProperty: "error" } as const
    for (const { operation } of operations) {
      const { operationId, responses } = operation
      const body = ((operation["requestBody"] as Node | undefined)?.["content"] as Record<string, Node> | undefined)?.[
        "application/json"
      ]
      if (bodies[operationId] !== undefined) Schema.decodeUnknownSync(bodies[operationId])(body?.["example"], strict)
      const answer = Object.entries(responses).find(([status]) => Number(status) < 300)![1]
      const media = ((answer["content"] ?? {}) as Record<string, Node>)["application/json"]
      if (media !== undefined) assert.isDefined(media["example"], operationId)
      if (answers[operationId] !== undefined) Schema.decodeUnknownSync(answers[operationId])(media?.["example"], strict)
      const lines = ((answer["content"] ?? {}) as Record<string, Node>)["application/x-ndjson"]?.["example"]
      if (typeof lines === "string") {
        if (operationId === "streamEvents") assert.strictEqual(ExecutionEvent.fromJson(lines).type, "execution-ended")
        else Schema.decodeUnknownSync(Schema.fromJsonString(LogLine.LogLine))(lines)
      }
    }
  })

  it.live("promises only what the server has: no operation is an unknown address or an unknown method", () =>
    Effect.gen(function* () {
      const handler = HttpHandler.make(Scripted.make())
      for (const { method, operation, path } of operations) {
        if (path.startsWith("/session")) continue
        const address = path.replace("{id}", Scripted.id).replace(/\{\w+\}/g, "x")
        const response = yield* Effect.promise(() =>
          handler(new Request(`http://localhost${address}`, { method: method.toUpperCase() }))
        )
        yield* Effect.promise(async () => response.body?.cancel())
        const status = String(response.status)
        assert.include(Object.keys(operation.responses), status, `${operation.operationId} answers ${status}`)
        assert.notInclude(["405", "406", "500"], status, operation.operationId)
      }
    })
  )

  it.live("is served, to whoever asks for it", () =>
    Effect.gen(function* () {
      const handler = HttpHandler.make(Scripted.make())
      const response = yield* Effect.promise(() => handler(new Request("http://localhost/openapi.json")))
      assert.strictEqual(response.headers.get("content-type"), "application/json")
      assert.strictEqual(yield* Effect.promise(() => response.text()), OpenApiDocument.toJson())
    })
  )
})
