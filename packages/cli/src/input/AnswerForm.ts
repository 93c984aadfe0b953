/**
 * The questions that a gate with a schema asks at a terminal, one field after the other, as its keys change them. It knows
 * nothing of the screen that shows it.
 */
import { ParamSpec } from "@halte/flow-file"
import { Option, Result } from "effect"
import { parse } from "yaml"
import * as SchemaParams from "./SchemaParams.ts"

type Json = Readonly<Record<string, unknown>>

/** One question. */
export interface Field {
  readonly spec: ParamSpec.ParamSpec
  /** What the schema says of it can't be checked here: any value in YAML. */
  readonly isOpen: boolean
}

export interface AnswerForm {
  readonly step: string
  readonly message: string
  readonly fields: ReadonlyArray<Field>
  /** The field that is asked for. */
  readonly at: number
  readonly text: string
  /** What is wrong with the text, once it was entered. */
  readonly problem: string | undefined
  readonly values: Readonly<Record<string, unknown>>
  /** The answer is a single value, not a map of fields. */
  readonly isSingle: boolean
}

/** The name of a single value. */
const single = "answer"

export const begin = (step: string, message: string, schema: Json): AnswerForm => {
  const root = SchemaParams.resolve(schema)
  const isSingle = typeof root["properties"] !== "object"
  const { $defs, ...own } = schema
  const { isOpen, specs } = SchemaParams.of(
    isSingle ? { type: "object", properties: { [single]: own }, required: [single], $defs } : { ...root, $defs }
  )
  return {
    step,
    message,
    fields: specs.map((spec) => ({ spec, isOpen: isOpen(spec.name) })),
    at: 0,
    text: "",
    problem: undefined,
    values: {},
    isSingle
  }
}

/** A character more. */
export const typed = (form: AnswerForm, char: string): AnswerForm => ({
  ...form,
  text: form.text + char,
  problem: undefined
})

/** The last character less; of an empty text the field before is asked for again. */
export const erased = (form: AnswerForm): AnswerForm =>
  form.text === "" && form.at > 0
    ? { ...form, at: form.at - 1, problem: undefined }
    : { ...form, text: [...form.text].slice(0, -1).join(""), problem: undefined }

/** The text is entered: the next field, or the whole answer, or what is wrong with it. */
export const entered = (
  form: AnswerForm
): { readonly _tag: "Asks"; readonly form: AnswerForm } | { readonly _tag: "Answers"; readonly value: unknown } => {
  const field = form.fields[form.at]
  const read: Result.Result<unknown, string> =
    field === undefined ? Result.succeed(undefined) : valueOf(field, form.text)
  if (Result.isFailure(read)) return { _tag: "Asks", form: { ...form, problem: read.failure } }
  const { [field?.spec.name ?? ""]: _before, ...others } = form.values
  const values = read.success === undefined ? others : { ...others, [field!.spec.name]: read.success }
  if (form.at + 1 < form.fields.length)
    return { _tag: "Asks", form: { ...form, at: form.at + 1, text: "", problem: undefined, values } }
  return { _tag: "Answers", value: form.isSingle ? values[single] : values }
}

const valueOf = ({ isOpen, spec }: Field, text: string): Result.Result<unknown, string> => {
  const trimmed = text.trim()
  if (trimmed === "" && (spec.optional || spec.default !== undefined)) return Result.succeed(spec.default)
  if (isOpen && trimmed === "") return Result.fail("a value is needed")
  if (isOpen || spec.type === "object" || (spec.type === "list" && trimmed.startsWith("["))) {
    const found = Option.liftThrowable((yaml: string): unknown => parse(yaml, { maxAliasCount: 100 }))(text)
    if (Option.isNone(found)) return Result.fail("it is no value in YAML or JSON")
    const problem = isOpen ? undefined : ParamSpec.check(spec, found.value)
    return problem === undefined ? Result.succeed(found.value) : Result.fail(problem)
  }
  return ParamSpec.fromText(spec, spec.type === "boolean" ? (words[trimmed.toLowerCase()] ?? text) : text)
}

const words: Readonly<Record<string, string>> = { y: "true", yes: "true", n: "false", no: "false" }

/** For people: `servers, a whole number, 2 unless you say otherwise`. */
export const question = ({ fields, at, isSingle }: AnswerForm): string => {
  const field = fields[at]
  if (field === undefined) return "Enter answers"
  const { isOpen, spec } = field
  const kind =
    spec.options !== undefined
      ? `one of ${spec.options.map(shown).join(", ")}`
      : isOpen
        ? "a value in YAML"
        : nouns[spec.type]
  return [
    ...(isSingle ? [] : [spec.name]),
    ...(spec.description === undefined ? [] : [spec.description.replace(/\.$/, "")]),
    kind,
    ...(spec.default !== undefined
      ? [`${shown(spec.default)} unless you say otherwise`]
      : spec.optional
        ? ["optional"]
        : [])
  ].join(", ")
}

const nouns: Readonly<Record<ParamSpec.ParamType, string>> = {
  string: "a text",
  integer: "a whole number",
  number: "a number",
  boolean: "yes or no",
  list: "a list: texts with commas, or in YAML",
  object: "a map, in YAML"
}

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))
