/**
 * A validator of JSON Schemas (2020-12), as editors have one: that of the validator of OpenAPI documents, which is installed
 * for the tests.
 */
import { createRequire } from "node:module"

interface Validate {
  (value: unknown): boolean
  readonly errors?: ReadonlyArray<{ readonly instancePath: string; readonly message?: string }> | null
}

interface Ajv {
  readonly compile: (schema: object) => Validate
  readonly validateSchema: (schema: object) => boolean
  readonly errorsText: () => string
}

const own = createRequire(import.meta.url)
const itsOwn = createRequire(own.resolve("@seriousme/openapi-schema-validator"))
const { default: Ajv2020 } = itsOwn("ajv/dist/2020.js") as { readonly default: new (options: object) => Ajv }

/** What the meta-schema says about a schema; nothing when it is one. */
export const problemsOfSchema = (schema: object): ReadonlyArray<string> => {
  // Words that are known to some editors only are annotations.
  const ajv = new Ajv2020({ strict: false })
  return ajv.validateSchema(schema) ? [] : [ajv.errorsText()]
}

/** What a schema says about values: the path of each problem, and the problem. */
export const make = (schema: object): ((value: unknown) => ReadonlyArray<string>) => {
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema)
  return (value) =>
    validate(value) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message ?? ""}`.trim())
}
