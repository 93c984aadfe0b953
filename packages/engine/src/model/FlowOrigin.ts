/**
 * Where a flow was defined: what another process needs to make it again.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * - `file`: a flow file at `path`, whose programs run in `directory`.
 * - `module`: what a TypeScript or JavaScript module at `path` exports as `export`.
 * - `built-in`: a flow of the program itself, known by its name.
 *
 * Paths are relative to the project's directory where they lie below it, else absolute. `modules` are the files that
 * steps are loaded from, with the SHA-256 of each as it was; what these import is not looked at.
 *
 * @since 0.1.0
 */
export const FlowOrigin = Schema.Struct({
  kind: Schema.Literals(["file", "module", "built-in"]),
  path: Schema.optionalKey(Schema.String),
  export: Schema.optionalKey(Schema.String),
  directory: Schema.optionalKey(Schema.String),
  modules: Schema.optionalKey(Schema.Array(Schema.Struct({ path: Schema.String, sha256: Schema.String })))
})
export type FlowOrigin = typeof FlowOrigin.Type
