/**
 * The page about the API: its OpenAPI document as a person reads it, with a line for `curl` at each operation.
 *
 * @since 0.1.0
 */
import * as Html from "./Html.ts"
import * as OpenApiDocument from "./OpenApiDocument.ts"

type Node = { readonly [key: string]: unknown }

interface Operation {
  readonly method: string
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: ReadonlyArray<string>
  readonly parameters: ReadonlyArray<Node>
  readonly requestBody?: { readonly content: { readonly [type: string]: Node } }
  readonly responses: { readonly [status: string]: Node }
  readonly security?: ReadonlyArray<unknown>
}

const schemaPrefix = "#/components/schemas/"

/** What the parameters of paths are in the lines for `curl`. */
const samples: { readonly [name: string]: string } = {
  id: "01JD3M8Z9F4T6V2X0YQ7",
  flowId: "index-files",
  stepId: "index"
}

const operationsOf = (document: Node): ReadonlyArray<Operation> =>
  Object.entries(document["paths"] as { readonly [path: string]: Node }).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...(operation as Omit<Operation, "method" | "path">),
      method,
      path
    }))
  )

const follow = (document: Node, node: Node): Node => {
  const target = node["$ref"]
  if (typeof target !== "string") return node
  let found: unknown = document
  for (const part of target.slice(2).split("/")) found = (found as Node)[part]
  return found as Node
}

const link = (name: string): string => `<a href="#schema-${Html.escape(name)}">${Html.escape(name)}</a>`

/** The type of a schema in a word, with links to those that have a name. */
const typeOf = (schema: Node): string => {
  const { $ref: target, anyOf, enum: values, items, oneOf, type } = schema
  if (typeof target === "string") return link(target.slice(schemaPrefix.length))
  if (Array.isArray(values))
    return values.map((value) => `<code>${Html.escape(JSON.stringify(value))}</code>`).join(" · ")
  const members = (anyOf ?? oneOf) as ReadonlyArray<Node> | undefined
  if (members !== undefined) return members.map(typeOf).join(" or ")
  if (type === "array") return `list of ${items === undefined ? "anything" : typeOf(items as Node)}`
  return type === undefined ? "anything" : Html.escape(String(type))
}

const fields = (schema: Node): string => {
  const properties = (schema["properties"] ?? {}) as { readonly [name: string]: Node }
  const required = new Set((schema["required"] ?? []) as ReadonlyArray<string>)
  const rows = Object.entries(properties).map(([name, field]) => [
    `<code>${Html.escape(name)}</code>${required.has(name) ? "" : ' <span class="muted">optional</span>'}`,
    typeOf(field),
    Html.inline(String(field["description"] ?? ""))
  ])
  return Html.table(["Field", "Type", "Meaning"], rows)
}

/** The members of a schema that is one of several. */
const members = (schema: Node): string => {
  const some = (schema["oneOf"] ?? schema["anyOf"]) as ReadonlyArray<Node> | undefined
  if (some === undefined) return ""
  return `<ul>${some.map((one) => `<li>${"properties" in one ? `one with ${fields(one)}` : typeOf(one)}</li>`).join("")}</ul>`
}

const schemaCard = (name: string, schema: Node): string => `<section class="card" id="schema-${Html.escape(name)}">
<h3>${Html.escape(name)}${anchor(`schema-${name}`, name)}</h3>
<p>${Html.inline(String(schema["description"] ?? ""))}</p>
${schema["enum"] === undefined ? "" : `<p>${typeOf(schema)}</p>`}${fields(schema)}${members(schema)}</section>`

const anchor = (id: string, of: string): string =>
  `<a class="anchor" href="#${Html.escape(id)}" aria-label="Link to ${Html.escape(of)}">#</a>`

const curl = (operation: Operation): string => {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => samples[name] ?? name)
  const media = operation.requestBody?.content["application/json"]
  const isStream = Object.values(operation.responses).some(
    (response) => (response["content"] as Node | undefined)?.["text/event-stream"] !== undefined
  )
  const parts = [
    "curl",
    ...(isStream ? ["-N"] : []),
    ...(operation.method === "get" ? [] : [`-X ${operation.method.toUpperCase()}`]),
    ...(operation.security?.length === 0 ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(media === undefined ? [] : [`-H 'Content-Type: application/json' -d '${JSON.stringify(media["example"])}'`]),
    `"$HALTE${path}"`
  ]
  return parts.join(" ")
}

const parametersOf = (operation: Operation): string => {
  const rows = operation.parameters.map((parameter) => [
    `<code>${Html.escape(String(parameter["name"]))}</code>`,
    `<span class="muted">${Html.escape(String(parameter["in"]))}</span>`,
    typeOf(parameter["schema"] as Node),
    Html.inline(String(parameter["description"] ?? ""))
  ])
  return rows.length === 0 ? "" : `<h4>Parameters</h4>${Html.table(["Name", "In", "Type", "Meaning"], rows)}`
}

const contentOf = (response: Node): string =>
  Object.entries((response["content"] ?? {}) as { readonly [type: string]: Node })
    .map(([type, media]) => `<code>${Html.escape(type)}</code> ${typeOf(media["schema"] as Node)}`)
    .join("<br>")

const codesOf = (response: Node): string => {
  const media = (response["content"] as { readonly [type: string]: Node } | undefined)?.["application/problem+json"]
  return Object.keys((media?.["examples"] ?? {}) as Node)
    .map((code) => `<a href="/problems/${Html.escape(code)}"><code>${Html.escape(code)}</code></a>`)
    .join(" ")
}

const responsesOf = (document: Node, operation: Operation): string => {
  const rows = Object.entries(operation.responses).map(([status, reference]) => {
    const response = follow(document, reference)
    const isProblem = Number(status) >= 400
    const headers = Object.keys((response["headers"] ?? {}) as Node).filter((name) => name !== "x-request-id")
    return [
      `<span class="status${isProblem ? " bad" : ""}">${Html.escape(status)}</span>`,
      isProblem
        ? codesOf(response)
        : [
            `<p>${Html.inline(String(response["description"]))}</p>`,
            contentOf(response),
            headers.length === 0
              ? ""
              : `<p class="muted">Headers: ${headers.map((name) => `<code>${Html.escape(name)}</code>`).join(" ")}</p>`
          ].join("")
    ]
  })
  return `<h4>Answers</h4>${Html.table(["Status", "Answer"], rows)}`
}

const exampleOf = (operation: Operation): string => {
  for (const response of Object.values(operation.responses))
    for (const media of Object.values((response["content"] ?? {}) as { readonly [type: string]: Node })) {
      const example = media["example"]
      if (example === undefined) continue
      const text = typeof example === "string" ? example : JSON.stringify(example, undefined, 2)
      return `<details><summary>Example</summary>${Html.block(text)}</details>`
    }
  return ""
}

const operationCard = (document: Node, operation: Operation): string => {
  const { description, method, operationId, path, summary } = operation
  const body = operation.requestBody?.content["application/json"]?.["schema"] as Node | undefined
  return `<section class="card" id="${Html.escape(operationId)}">
<h3>${Html.inline(summary)}${anchor(operationId, summary)}</h3>
<p class="address"><span class="method ${Html.escape(method)}">${Html.escape(method.toUpperCase())}</span><span>${Html.escape(path)}</span></p>
${description === undefined ? "" : `<p>${Html.inline(description)}</p>`}
<div class="curl">${Html.block(curl(operation))}</div>
${parametersOf(operation)}
${body === undefined ? "" : `<h4>Body: ${typeOf(body)}</h4>${fields(follow(document, body))}`}
${responsesOf(document, operation)}
${exampleOf(operation)}
</section>`
}

const slug = (name: string): string => name.toLowerCase().replace(/\W+/g, "-")

const intro = (info: Node): string => `<h1>${Html.escape(String(info["title"]))} API</h1>
<p class="lead">${Html.inline(String(info["description"]))}</p>
<p>Version ${Html.escape(String(info["version"]))}, as <a href="/openapi.json">OpenAPI 3.1</a>. Errors are <a href="/problems">problems</a>: <code>application/problem+json</code>, with a <code>code</code> to decide by.</p>
<h2 id="before">Before the lines for curl</h2>
${Html.block("HALTE=http://127.0.0.1:4280\nTOKEN=$(cat .halte/run/server-4280.token)")}
<p>Bodies are <code>application/json</code>, of at most 1 MiB. A field that is not in the table of a body is refused, so that nothing asked for is left out in silence. Every answer has the header <code>x-request-id</code>: the one of its request, or a new one.</p>`

/**
 * The page.
 *
 * @since 0.1.0
 */
export const page = (style: string): string => {
  const document = OpenApiDocument.make() as Node
  const operations = operationsOf(document)
  const tags = document["tags"] as ReadonlyArray<{ readonly name: string; readonly description?: string }>
  const schemas = Object.entries((document["components"] as Node)["schemas"] as { readonly [name: string]: Node })
  const of = (tag: string) => operations.filter(({ tags }) => tags.includes(tag))
  const groups = tags.map(
    ({ description, name }) =>
      `<h2 id="${slug(name)}">${Html.escape(name)}</h2>\n<p>${Html.inline(description ?? "")}</p>\n${of(name)
        .map((operation) => operationCard(document, operation))
        .join("\n")}`
  )
  const aside = tags.map(
    ({ name }) =>
      `<h2><a href="#${slug(name)}">${Html.escape(name)}</a></h2><ul>${of(name)
        .map(
          ({ operationId, summary }) => `<li><a href="#${Html.escape(operationId)}">${Html.inline(summary)}</a></li>`
        )
        .join("")}</ul>`
  )
  return Html.page({
    title: "Halte API",
    style,
    aside: `${aside.join("\n")}\n<h2><a href="#schemas">Schemas</a></h2>`,
    body: [
      intro(document["info"] as Node),
      ...groups,
      '<h2 id="schemas">Schemas</h2>',
      ...schemas.map(([name, schema]) => schemaCard(name, schema))
    ].join("\n")
  })
}
