/**
 * What `http` becomes.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { Step } from "@halte/engine"
import { WrongValue } from "./ExpressionFailed.ts"
import type { Values } from "./Expression.ts"
import type { httpTable } from "./FlowKeys.ts"
import type { Fields } from "./KeyTable.ts"
import type { Returns } from "./ReturnsSchema.ts"
import * as StatusRange from "./StatusRange.ts"
import { compute, type StepScope, values } from "./StepScope.ts"
import * as Template from "./Template.ts"

/**
 * Compiles a request; `undefined` once a problem has been reported.
 *
 * @since 0.1.0
 */
export const compile = (
  name: string,
  fields: Fields<typeof httpTable>,
  scope: StepScope,
  step: { readonly returns: Returns | undefined; readonly captureLimit: number | undefined },
  options: () => object
): Step.Any | undefined => {
  if (fields.url === undefined) return undefined
  const { problems } = scope
  const url = scope.template(fields.url.value)
  scope.refuseSecrets(
    url,
    "secret-in-url",
    "a URL, which ends in logs on the way",
    "Send it in `headers` or in the body."
  )
  scope.expectText(url, "`http.url`")
  const literal = url.expressions.length === 0 ? fields.url.value.text : undefined
  if (literal !== undefined && !/^https?:\/\/./.test(literal))
    problems.error(
      fields.url.node,
      "invalid-url",
      `\`url\` of ${scope.owner} is no absolute URL.`,
      "Begin it with `https://` or `http://`."
    )
  if (fields.json !== undefined && fields.body !== undefined)
    problems.error(
      fields.body.key,
      "several-bodies",
      `The request of ${scope.owner} has \`json\` and \`body\`, but one body.`,
      "Keep one of them."
    )
  const method = fields.method?.value ?? "GET"
  const body = fields.json ?? fields.body
  if (body !== undefined && (method === "GET" || method === "HEAD"))
    problems.error(
      body.key,
      "key-not-allowed",
      `A \`${method}\` request has no body.`,
      fields.method === undefined ? "Say `method: POST`." : "Remove it, or change the method."
    )
  const headers = fields.headers?.value.map(({ key, value }) => [key.text, scope.template(value)] as const)
  const json = fields.json === undefined ? undefined : scope.template(fields.json.value)
  const text = fields.body === undefined ? undefined : scope.template(fields.body.value)
  const success = fields.success?.value.map(({ value }) => value)

  const request = (given: Values) =>
    Effect.gen(function* () {
      return {
        method,
        url: yield* compute(url, given, urlText),
        ...(headers === undefined
          ? undefined
          : {
              headers: Object.fromEntries(
                yield* Effect.forEach(headers, ([key, value]) =>
                  compute(value, given, (v) => [key, Template.toText(v)] as const)
                )
              )
            }),
        ...(json === undefined ? undefined : { json: yield* compute(json, given, (v) => v) }),
        ...(text === undefined ? undefined : { body: yield* compute(text, given, Template.toText) })
      }
    })
  return Step.http(name, {
    ...options(),
    detail: `${method} ${fields.url.value.text}`,
    request: (input: unknown, step: Parameters<typeof values>[1]) => request(values(input, step)),
    success: success === undefined ? undefined : (status: number) => StatusRange.includes(success, status),
    idempotencyKey: fields["idempotency-key"]?.value,
    captureLimit: step.captureLimit,
    ...(step.returns === undefined ? undefined : { outputSchema: step.returns.schema })
  } as never)
}

const urlText = (value: unknown): string => {
  if (typeof value !== "string") throw new WrongValue("`url`", value, "a text")
  return value
}
