/**
 * The contract as an OpenAPI 3.1 document, for programs that generate clients and for people: made from the endpoints,
 * with every schema under its own name, one kind of problem, and examples.
 *
 * @since 0.1.0
 */
import { HttpApi, OpenApi } from "effect/http-api"
import { EventFrame, ExecutionEndpoints, HalteApi, Problem } from "@halte/api"
import * as Components from "./OpenApiComponents.ts"
import * as Examples from "./OpenApiExamples.ts"
import * as ProblemTexts from "./ProblemTexts.ts"

/**
 * A value of JSON, as the document has them.
 *
 * @since 0.1.0
 */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/**
 * A part of the document that is being made.
 */
interface Draft {
  [key: string]: unknown
}

/** Operations that nobody has to sign in for. */
const open: ReadonlySet<string> = new Set(["getLive", "getReady", "signIn"])

const statusTexts: { readonly [status: string]: string } = {
  200: "It is in the body.",
  201: "It was made, and is in the body.",
  202: "It was accepted, and is in the body.",
  204: "There is nothing to say.",
  304: "It is still what the reader has."
}

const names: { readonly [status: string]: string } = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  406: "NotAcceptable",
  408: "RequestTimeout",
  409: "Conflict",
  413: "ContentTooLarge",
  415: "UnsupportedMediaType",
  422: "UnprocessableContent",
  429: "TooManyRequests",
  431: "HeadersTooLarge",
  500: "InternalError",
  503: "Unavailable"
}

/** What the responses of the operations say, besides their bodies. */
const header = (name: string) => ({ $ref: `#/components/headers/${name}` })
const headers: Draft = {
  RequestId: {
    description: "Names the request in logs and problems: the one that it came with, or a new one.",
    schema: { type: "string" }
  },
  RetryAfter: { description: "How soon to ask again, in seconds.", schema: { type: "integer" } },
  ETag: {
    description: "Send it as `If-None-Match`, to be told only what is new.",
    required: true,
    schema: { type: "string" }
  },
  Location: { description: "Where the execution is.", required: true, schema: { type: "string" } }
}
const spelled: { readonly [name: string]: string } = { etag: "ETag", location: "Location" }

const securitySchemes: Draft = {
  token: {
    type: "http",
    scheme: "bearer",
    description: "The token of the server: in `.halte/run/server-PORT.token` of its project."
  },
  cookie: {
    type: "apiKey",
    in: "cookie",
    name: "halte-4280",
    description: "The cookie of a browser that has signed in. Its name ends with the port of the server."
  }
}

interface Operation extends Draft {
  readonly operationId: string
  readonly responses: { [status: string]: Draft }
}

const operationsOf = (document: Draft): ReadonlyArray<Operation> =>
  Object.values(document["paths"] as Record<string, Record<string, Operation>>).flatMap((item) => Object.values(item))

const problemResponse = (status: string, codes: ReadonlyArray<Problem.Code>): Draft => ({
  description: codes.map((code) => `\`${code}\`: ${ProblemTexts.texts[code].means}`).join("\n\n"),
  headers: {
    "x-request-id": header("RequestId"),
    ...(status === "429" || status === "503" ? { "retry-after": header("RetryAfter") } : undefined)
  },
  content: {
    [Problem.contentType]: {
      schema: { $ref: "#/components/schemas/Problem" },
      examples: Object.fromEntries(
        codes.map((code) => [code, { summary: Problem.titles[code], value: ProblemTexts.example(code) }])
      )
    }
  }
})

/** The codes that the schemas of a response declare. */
const codesOf = (response: Draft): ReadonlyArray<Problem.Code> =>
  ProblemTexts.codes.filter((code) => String(response["description"]).split(/[ |]+/).includes(code))

const streamed = (operation: Operation, content: Draft): Draft => {
  const item = operation.operationId === "streamEvents" ? "ExecutionEvent" : "LogLine"
  const described: { readonly [type: string]: Draft } = {
    [EventFrame.sse]: { schema: { $ref: `#/components/schemas/${item}` }, example: Examples.frames(item) },
    [EventFrame.ndjson]: { schema: { $ref: `#/components/schemas/${item}` }, example: Examples.lines(item) },
    [EventFrame.text]: { schema: { type: "string" }, example: Examples.text }
  }
  return Object.fromEntries(Object.keys(content).map((type) => [type, described[type]!]))
}

const complete = (operation: Operation): void => {
  if (open.has(operation.operationId)) operation["security"] = []
  else delete operation["security"]
  for (const parameter of operation["parameters"] as Array<Draft>) describeParameter(parameter)
  const body = operation["requestBody"] as Draft | undefined
  if (body !== undefined) {
    // An empty body is one without fields.
    body["required"] = operation.operationId === "signIn"
    const media = (body["content"] as Record<string, Draft>)["application/json"]!
    media["example"] = Examples.bodies[operation.operationId] ?? {}
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    if (Number(status) >= 400) continue
    response["description"] = description(status, response)
    const declared = (response["headers"] ?? {}) as Draft
    response["headers"] = {
      ...Object.fromEntries(Object.keys(declared).map((name) => [name, header(spelled[name]!)])),
      ...(operation.operationId === "resumeExecution" || operation.operationId === "undoExecution"
        ? { location: header("Location") }
        : undefined),
      "x-request-id": header("RequestId")
    }
    const content = response["content"] as Draft | undefined
    if (content === undefined) continue
    if (operation.operationId.startsWith("stream")) response["content"] = streamed(operation, content)
    else
      for (const media of Object.values(content) as Array<Draft>)
        media["example"] = Examples.answers[operation.operationId]
  }
}

const description = (status: string, response: Draft): string => {
  const own = String(response["description"])
  return own === "Success" || own.startsWith("<") ? statusTexts[status]! : own
}

const parameters: { readonly [name: string]: string } = {
  limit: "How many at most. A larger number counts as the largest."
}

/** A schema is told what it is for in one place: where the parameter is. */
const describeParameter = (parameter: Draft): void => {
  const schema = parameter["schema"] as Draft
  const { allOf, anyOf, description, ...rest } = schema as { readonly [key: string]: unknown }
  const merged: Draft = { ...rest }
  for (const part of (allOf ?? []) as ReadonlyArray<Draft>) Object.assign(merged, part)
  // A list in a query is one value or several: as OpenAPI has it, a list.
  if (anyOf !== undefined) {
    const list = (anyOf as ReadonlyArray<Draft>).find((part) => part["type"] === "array")
    Object.assign(merged, list ?? { anyOf })
  }
  const name = String(parameter["name"])
  if (name === "limit") Object.assign(merged, { type: "integer", minimum: 0, default: ExecutionEndpoints.pageSize })
  const said = description ?? merged["description"] ?? parameters[name]
  delete merged["description"]
  parameter["schema"] = merged
  if (typeof said === "string") parameter["description"] = said
}

/**
 * Problems under names of their own: that of the code, where there is one; that of the status for what several
 * operations have in common; and what one operation alone has, under its name too.
 */
const nameProblems = (operations: ReadonlyArray<Operation>): Draft => {
  const all = operations.flatMap((operation) =>
    Object.entries(operation.responses).flatMap(([status, response]) =>
      Number(status) < 400 ? [] : [{ operation, status, codes: codesOf(response) }]
    )
  )
  const key = (codes: ReadonlyArray<Problem.Code>): string => codes.join()
  const shared: Draft = {}
  const known = new Map<string, string>()
  for (const { codes, operation, status } of all) {
    const isCommon = all.filter((other) => key(other.codes) === key(codes)).length > 1
    const name =
      known.get(key(codes)) ??
      (codes.length === 1
        ? pascal(codes[0]!)
        : isCommon && shared[names[status]!] === undefined
          ? names[status]!
          : `${pascal(operation.operationId)}${names[status]!}`)
    known.set(key(codes), name)
    shared[name] ??= problemResponse(status, codes)
    operation.responses[status] = { $ref: `#/components/responses/${name}` }
  }
  return shared
}

const pascal = (code: string): string => code.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())

const build = (): JsonObject => {
  const api = HalteApi.HalteApi.annotate(HttpApi.AdditionalSchemas, Components.identified)
  const document = structuredClone(OpenApi.fromApi(api)) as unknown as Draft
  const operations = operationsOf(document)
  for (const operation of operations) complete(operation)
  const responses = nameProblems(operations)
  const schemas = Components.name(document)
  return {
    openapi: "3.1.0",
    info: document["info"],
    servers: document["servers"],
    security: [{ token: [] }, { cookie: [] }],
    tags: document["tags"],
    paths: document["paths"],
    components: { schemas, responses, headers, securitySchemes }
  } as JsonObject
}

let made: JsonObject | undefined

/**
 * The document. It is made when it is first asked for.
 *
 * @since 0.1.0
 */
export const make = (): JsonObject => (made ??= build())

/**
 * Its text.
 *
 * @since 0.1.0
 */
export const toJson = (): string => `${JSON.stringify(make(), undefined, 2)}\n`
