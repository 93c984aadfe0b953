/**
 * The params that another attempt may be given: as they were, until somebody changes them.
 */
import { fields as fieldsOf, type ParamField, toText } from "../../start/ParamFields.ts"

type Texts = Readonly<Record<string, string>>

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> =>
  typeof u === "object" && u !== null && !Array.isArray(u)

/** A secret is not recorded: its field is empty, and left so it is taken from where it came from before. */
export const resumeFields = (
  schema: Readonly<Record<string, unknown>> | undefined,
  params: unknown
): { readonly fields: ReadonlyArray<ParamField>; readonly before: Texts } => {
  const fields = (fieldsOf(schema) ?? []).map((field) => (field.secret ? { ...field, required: false } : field))
  const known = isRecord(params) ? params : {}
  return {
    fields,
    before: Object.fromEntries(
      fields.map((field) => [field.name, field.secret ? "" : toText(field, known[field.name] ?? field.default)])
    )
  }
}

/** The names of those that are not as they were. */
export const changedParams = (fields: ReadonlyArray<ParamField>, before: Texts, typed: Texts): ReadonlyArray<string> =>
  fields.flatMap(({ name }) => ((typed[name] ?? "") === (before[name] ?? "") ? [] : [name]))
