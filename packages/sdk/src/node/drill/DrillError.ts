/**
 * Why there can be no drill at all.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Codes: `sandbox-too-large`, `sandbox-unusable`, `setup-failed`, `gate-not-answered`, `invalid-point`, `point-not-passed`,
 * `invalid-setting`, `needs-flow-file`, `needs-directory`.
 *
 * @since 0.1.0
 */
export class DrillError extends Schema.TaggedError<DrillError>()("DrillError", {
  code: Schema.String,
  reason: Schema.String,
  hint: Schema.String
}) {
  override get message() {
    return `${this.reason} ${this.hint}`
  }
}
