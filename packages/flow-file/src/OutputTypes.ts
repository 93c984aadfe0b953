/**
 * What expressions know of the outputs of steps before anything runs: a type of CEL for each, from what `returns` or the
 * module's own step says, and how a value becomes one of that type.
 *
 * @since 0.1.0
 */
import * as CelValue from "./CelValue.ts"
import type { DeclaredStep, DeclaredSteps } from "./DeclaredSteps.ts"
import { setOwn } from "./FileNode.ts"
import type { Json } from "./ReturnsSchema.ts"

/**
 * The type of an output, and its values as expressions see them.
 *
 * @since 0.1.0
 */
export interface OutputType {
  readonly cel: string
  readonly convert: (value: unknown) => unknown
}

/** The fields of a type by name, each with its own type. */
type Fields = Readonly<Record<string, string>>

/** Nothing is known of it. */
const anything: OutputType = { cel: "dyn", convert: CelValue.fromJson }
const int: OutputType = { ...anything, cel: "int" }

/**
 * The types of all outputs of a flow.
 *
 * @since 0.1.0
 */
export class OutputTypes {
  /** Types with fields, which an environment of expressions has to know. */
  readonly fields = new Map<string, Fields>()
  readonly #byFields = new Map<string, string>()
  readonly #maps = new Map<DeclaredStep, OutputType>()
  readonly #byStep = new Map<DeclaredStep, OutputType>()

  /** `moduleOutput` says what the step of a `use:` declares, where modules have been loaded. */
  constructor(declared: DeclaredSteps, moduleOutput: (use: string) => Json | undefined = () => undefined) {
    this.fields.set("ProcessOutput", { exitCode: "int", value: "dyn" })
    this.fields.set("ForEachOutput", { count: "int", failed: "int" })
    this.fields.set("FailedItem", { index: "int", item: "dyn", code: "string", exitCode: "int" })
    this.fields.set("HttpOutput", { status: "int", headers: "map<string, string>", body: "dyn" })
    for (const step of declared.byId.values()) {
      const one = once(this.#output(step, moduleOutput))
      this.#byStep.set(step, one)
      if (step.fields.map !== undefined) this.#maps.set(step, once(listOf(one)))
    }
  }

  /** The type of a step's output; of a map that is the list of its steps'. */
  of(step: DeclaredStep): OutputType {
    return (step.fields.map === undefined ? undefined : this.#maps.get(step)) ?? this.ofOne(step)
  }

  /** The type of what one of a map's steps gives, or a step without a map. */
  ofOne(step: DeclaredStep): OutputType {
    return this.#byStep.get(step) ?? anything
  }

  /** The fields that a type has; `undefined` where any may be there. */
  fieldsOf(cel: string): ReadonlyArray<string> | undefined {
    const known = this.fields.get(cel)
    return known === undefined ? undefined : Object.keys(known)
  }

  #output(step: DeclaredStep, moduleOutput: (use: string) => Json | undefined): OutputType {
    const loop = step.fields["for-each"]?.value
    if (loop === undefined) return this.#single(step, moduleOutput)
    const goesOn = loop["on-item-failure"] !== undefined && loop["on-item-failure"].value !== "stop"
    // One that failed is `null` among the results.
    const item = goesOn ? anything : this.#single(step, moduleOutput)
    const fields = {
      count: int,
      failed: int,
      ...(loop.collect?.value === true ? { results: listOf(item) } : undefined),
      ...(loop["on-item-failure"]?.value === "continue"
        ? { failures: listOf({ ...anything, cel: "FailedItem" }) }
        : undefined)
    }
    return Object.keys(fields).length === 2 ? { ...anything, cel: "ForEachOutput" } : this.#struct(fields)
  }

  #single({ fields, kind }: DeclaredStep, moduleOutput: (use: string) => Json | undefined): OutputType {
    const said = fields.returns?.value.json
    const value = said === undefined ? undefined : this.#type(said)
    switch (kind) {
      case "run":
        return value === undefined ? { ...anything, cel: "ProcessOutput" } : this.#struct({ exitCode: int, value })
      case "use": {
        if (value !== undefined) return value
        const declared = fields.use === undefined ? undefined : moduleOutput(fields.use.value)
        return declared === undefined ? anything : this.#type(declared, { root: declared, isOfModule: true })
      }
      case "http":
        return value === undefined
          ? { ...anything, cel: "HttpOutput" }
          : this.#struct({
              status: int,
              headers: { ...anything, cel: "map<string, string>" },
              body: value
            })
      case "gate":
        return value ?? { ...anything, cel: "bool" }
      case "steps":
      case "flow":
        return { ...anything, cel: "map<string, dyn>" }
      default:
        return anything
    }
  }

  /** The type of the values of a schema; what CEL has no type for may be anything. */
  #type(given: unknown, document: Document = { root: given, isOfModule: false }, depth = 0): OutputType {
    // Only what a module says can hold itself.
    if (depth > 32) return anything
    const inner = (part: unknown) => this.#type(part, document, depth + 1)
    const schema = resolved(given, document.root)
    if (typeof schema !== "object" || schema === null) return anything
    const { additionalProperties, const: only, enum: options, items, properties, type } = schema as Json
    if (Array.isArray(options) || only !== undefined) {
      const kinds = new Set((Array.isArray(options) ? options : [only]).map(kindOf))
      const [kind] = kinds
      return kinds.size === 1 && kind !== undefined ? { ...anything, cel: kind } : anything
    }
    switch (type) {
      case "string":
        return { ...anything, cel: "string" }
      case "boolean":
        return { ...anything, cel: "bool" }
      case "integer":
        return int
      case "number":
        // Whole or not, it is one kind of number: expressions that fit once fit always.
        return { cel: "double", convert: (value) => (typeof value === "number" ? value : CelValue.fromJson(value)) }
      case "array":
        return listOf(inner(items))
      case "object": {
        if (typeof properties === "object" && properties !== null && Object.keys(properties).length > 0) {
          // Of a `Schema.Struct` it says that more is dropped.
          const isOpen =
            typeof additionalProperties === "object" || (additionalProperties === true && !document.isOfModule)
          const fields = Object.entries(properties).map(([name, one]) => [name, inner(one)] as const)
          const convert = convertFields(new Map(fields.map(([name, one]) => [name, one.convert])))
          return isOpen ? { cel: "map<string, dyn>", convert } : this.#struct(Object.fromEntries(fields))
        }
        if (typeof additionalProperties !== "object") return { ...anything, cel: "map<string, dyn>" }
        const value = inner(additionalProperties)
        return {
          cel: `map<string, ${value.cel}>`,
          convert: (given) =>
            isRecord(given) ? mapFields(given, (_, one) => value.convert(one)) : CelValue.fromJson(given)
        }
      }
      default:
        return anything
    }
  }

  #struct(fields: Readonly<Record<string, OutputType>>): OutputType {
    const entries = Object.entries(fields)
    const types = Object.fromEntries(entries.map(([name, type]) => [name, type.cel]))
    const text = JSON.stringify(entries.map(([name, type]) => [name, type.cel]))
    const cel = this.#byFields.get(text) ?? `Output_${this.fields.size}`
    this.#byFields.set(text, cel)
    this.fields.set(cel, types)
    return { cel, convert: convertFields(new Map(entries.map(([name, type]) => [name, type.convert]))) }
  }
}

/**
 * Whether a name is that of a type made here: people know it as a map.
 *
 * @since 0.1.0
 */
export const readable = (text: string): string => text.replaceAll(/\bOutput_\d+\b/g, "map")

const kindOf = (value: unknown): string | undefined => {
  if (typeof value === "string") return "string"
  if (typeof value === "boolean") return "bool"
  return Number.isSafeInteger(value) ? "int" : undefined
}

/** Where a schema comes from. */
interface Document {
  readonly root: unknown
  readonly isOfModule: boolean
}

/** A definition of the same document that is only named here. */
const resolved = (schema: unknown, root: unknown): unknown => {
  if (typeof schema !== "object" || schema === null || !("$ref" in schema)) return schema
  const name = /^#\/\$defs\/([^/]+)$/.exec(String(schema.$ref))?.[1]?.replaceAll("~1", "/").replaceAll("~0", "~")
  const definitions = (root as Json | null)?.["$defs"] as Json | undefined
  return name === undefined ? undefined : definitions?.[name]
}

/** Many expressions read one output; it is converted once. */
const once = ({ cel, convert }: OutputType): OutputType => {
  if (convert === CelValue.fromJson) return anything.cel === cel ? anything : { cel, convert }
  const known = new WeakMap<object, unknown>()
  return {
    cel,
    convert: (value) => {
      if (typeof value !== "object" || value === null) return convert(value)
      if (!known.has(value)) known.set(value, convert(value))
      return known.get(value)
    }
  }
}

const listOf = (item: OutputType): OutputType => ({
  cel: `list<${item.cel}>`,
  convert: (value) => (Array.isArray(value) ? value.map(item.convert) : CelValue.fromJson(value))
})

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const mapFields = (value: object, f: (name: string, value: unknown) => unknown): Record<string, unknown> => {
  const out: Record<string, unknown> = {}
  for (const [name, one] of Object.entries(value)) setOwn(out, name, f(name, one))
  return out
}

const convertFields =
  (converts: ReadonlyMap<string, OutputType["convert"]>): OutputType["convert"] =>
  (value) =>
    isRecord(value)
      ? mapFields(value, (name, one) => (converts.get(name) ?? CelValue.fromJson)(one))
      : CelValue.fromJson(value)
