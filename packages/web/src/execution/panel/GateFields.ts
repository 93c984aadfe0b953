/**
 * What a gate asks for as fields of a form: those of an object, or one for an answer that is a single value.
 */
import { fields, type ParamField } from "../../start/ParamFields.ts"

type Schema = Readonly<Record<string, unknown>>

export interface Asked {
  readonly fields: ReadonlyArray<ParamField>
  /** The answer, from what stands in the fields. */
  readonly valueOf: (params: Readonly<Record<string, unknown>>) => unknown
}

/** The name of an answer that is a single value. */
export const single = "answer"

export const askedBy = (schema: Schema): Asked => {
  const own = fields(schema)
  if (own !== undefined) return { fields: own, valueOf: (params) => params }
  // Its definitions are found from the root.
  const around = { ...schema, type: "object", properties: { [single]: inner(schema) }, required: [single] }
  return { fields: fields(around) ?? [], valueOf: (params) => params[single] }
}

const inner = ({ $defs: _defs, ...schema }: Schema): Schema => schema
