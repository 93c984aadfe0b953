/**
 * Why a flow file could not be loaded.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Diagnostic } from "./Diagnostic.ts"

/**
 * Every problem that was found, in the order of the file; at least one of them is an error.
 *
 * @since 0.1.0
 */
export class FlowFileError extends Schema.TaggedError<FlowFileError>()("FlowFileError", {
  diagnostics: Schema.NonEmptyArray(Diagnostic)
}) {
  readonly code = "invalid-flow-file"
  override get message() {
    return this.diagnostics
      .map((d) => `${d.file}${d.line > 0 ? `:${d.line}:${d.column}` : ""}: ${d.message}`)
      .join("\n")
  }
}
