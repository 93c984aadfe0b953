/**
 * The params of a flow file: read from the file, and checked when an execution starts.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { StepId, type Params } from "@halte/engine"
import { quote, setOwn, toJson } from "./FileNode.ts"
import type { ParamFields } from "./FlowKeys.ts"
import * as ParamSpec from "./ParamSpec.ts"
import type { Problems } from "./Problems.ts"
import type { RecordEntry } from "./Shape.ts"

/** What CEL keeps for itself, and what would hide a variable. */
export const reservedNames: ReadonlySet<string> = new Set(
  "as break const continue else false for function if import in let loop namespace null package return true var void while".split(
    " "
  )
)

/**
 * Reads the declared params, each with what is wrong with it.
 *
 * @since 0.1.0
 */
export const read = (
  entries: ReadonlyArray<RecordEntry<ParamFields>>,
  problems: Problems
): ReadonlyMap<string, ParamSpec.ParamSpec> => {
  const specs = new Map<string, ParamSpec.ParamSpec>()
  for (const { key, value: fields } of entries) {
    const name = key.text
    if (reservedNames.has(name))
      problems.error(
        key,
        "reserved-name",
        `${quote(name)} can't be the name of a param: expressions keep the word for themselves.`,
        `Write \`${name}_\`.`
      )
    const spec: ParamSpec.ParamSpec = {
      name,
      type: fields.type?.value ?? "string",
      description: fields.description?.value,
      default: fields.default === undefined ? undefined : toJson(fields.default.value),
      secret: fields.secret?.value ?? false,
      env: fields.env?.value,
      optional: fields.optional?.value ?? false,
      pattern: pattern(fields, name, problems),
      options: fields.options?.value.map((option) => toJson(option.value))
    }
    specs.set(name, spec)
    for (const option of fields.options?.value ?? []) {
      const problem = ParamSpec.check({ ...spec, options: undefined, pattern: undefined }, toJson(option.value))
      if (problem !== undefined)
        problems.error(option.node, "wrong-type", `An option of param \`${name}\` does not fit: ${problem}.`)
    }
    if (fields.default !== undefined && fields.options?.value.length !== 0) {
      const problem = ParamSpec.check(spec, spec.default)
      if (problem !== undefined)
        problems.error(
          fields.default.node,
          "wrong-default",
          `The default of param \`${name}\` does not fit: ${problem}.`
        )
    }
  }
  return specs
}

const pattern = (fields: ParamFields, name: string, problems: Problems): string | undefined => {
  if (fields.pattern === undefined) return undefined
  if (fields.type !== undefined && fields.type.value !== "string") {
    problems.error(
      fields.pattern.key,
      "key-not-allowed",
      `\`pattern\` of param \`${name}\` is for texts, not for type \`${fields.type.value}\`.`,
      "Remove it, or say `type: string`."
    )
    return undefined
  }
  try {
    new RegExp(fields.pattern.value, "u")
    return fields.pattern.value
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : String(error)
    problems.error(
      fields.pattern.node,
      "invalid-pattern",
      `\`pattern\` of param \`${name}\` is no regular expression: ${reason}.`
    )
    return undefined
  }
}

/**
 * Params as the engine takes them. What is not given comes from the environment variable that the param names, then from
 * its default. An empty environment variable counts as not set.
 *
 * @since 0.1.0
 */
export const make = (
  specs: ReadonlyMap<string, ParamSpec.ParamSpec>,
  env: Readonly<Record<string, string | undefined>>
): Params.Params<Readonly<Record<string, unknown>>> => ({
  _tag: "Params",
  secrets: [...specs.values()].filter((s) => s.secret).map((s) => s.name),
  jsonSchema: {
    type: "object",
    properties: Object.fromEntries([...specs.values()].map((s) => [s.name, ParamSpec.toJsonSchema(s)])),
    required: [...specs.values()].filter((s) => isNeeded(s) && s.env === undefined).map((s) => s.name),
    additionalProperties: false
  },
  decode: (given) => {
    const problems: Array<Params.ParamProblem> = []
    const values: Record<string, unknown> = {}
    if (given !== undefined && given !== null && (typeof given !== "object" || Array.isArray(given)))
      return Effect.fail([{ pointer: "", detail: "the params must be a map of names and values" }])
    const object = (given ?? {}) as Readonly<Record<string, unknown>>
    for (const name of Object.keys(object))
      if (!specs.has(name) && object[name] !== undefined) {
        const near = StepId.nearest(name, specs.keys())
        problems.push({
          pointer: pointer(name),
          detail: `${quote(name)} is no param of this flow${near !== undefined ? `; did you mean \`${near}\`?` : specs.size === 0 ? ", which takes none" : `; its params are ${[...specs.keys()].map((n) => `\`${n}\``).join(", ")}`}`
        })
      }
    for (const spec of specs.values()) {
      const stated = Object.hasOwn(object, spec.name) ? object[spec.name] : undefined
      const fromEnv = stated === undefined && spec.env !== undefined ? env[spec.env] || undefined : undefined
      if (stated !== undefined && !(stated === null && spec.optional)) {
        const problem = ParamSpec.check(spec, stated)
        if (problem === undefined) setOwn(values, spec.name, stated)
        else problems.push({ pointer: pointer(spec.name), detail: problem })
      } else if (fromEnv !== undefined) {
        const read = ParamSpec.fromText(spec, fromEnv)
        if (read._tag === "Success") setOwn(values, spec.name, read.success)
        else
          problems.push({
            pointer: pointer(spec.name),
            detail: `${read.failure} (from the environment variable \`${spec.env}\`)`
          })
      } else if (spec.default !== undefined) setOwn(values, spec.name, spec.default)
      else if (isNeeded(spec))
        problems.push({
          pointer: pointer(spec.name),
          detail: `is missing${spec.env === undefined ? "" : `, and the environment variable \`${spec.env}\` is not set`}`
        })
    }
    return problems.length > 0 ? Effect.fail(problems) : Effect.succeed(values)
  }
})

const isNeeded = (spec: ParamSpec.ParamSpec) => !spec.optional && spec.default === undefined

const pointer = (name: string) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`
