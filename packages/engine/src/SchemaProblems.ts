/**
 * What a Schema says about a value that does not fit, as places and reasons.
 *
 * @since 0.1.0
 */
import { type Schema, SchemaIssue } from "effect"

/**
 * One thing wrong with a value. `pointer` is a JSON pointer, empty for the value as a whole; `detail` has no value in it.
 *
 * @since 0.1.0
 */
export interface SchemaProblem {
  readonly pointer: string
  readonly detail: string
}

/**
 * All that is wrong, in the order of the value. `under` are the keys that lead to what was checked.
 *
 * @since 0.1.0
 */
export const of = (error: Schema.SchemaError, under: ReadonlyArray<PropertyKey> = []): ReadonlyArray<SchemaProblem> =>
  SchemaIssue.makeFormatterStandardSchemaV1()(error.issue).issues.map((issue) => ({
    pointer: pointer([...under, ...(issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part))]),
    detail: issue.message
  }))

/**
 * The JSON pointer of a path.
 *
 * @since 0.1.0
 */
export const pointer = (path: ReadonlyArray<PropertyKey>): string =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

/**
 * In one line: `` `/total` expected an integer; `/name` missing key ``.
 *
 * @since 0.1.0
 */
export const text = (problems: ReadonlyArray<SchemaProblem>): string =>
  problems
    .map(({ detail, pointer }) => {
      const said = detail.slice(0, 1).toLowerCase() + detail.slice(1)
      return pointer === "" ? said : `\`${pointer}\` ${said}`
    })
    .join("; ")
