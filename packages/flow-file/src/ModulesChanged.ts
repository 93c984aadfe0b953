/**
 * Why a stored definition can't be had any more.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Modules of a flow file that are not what they were when the execution began: a definition is its text and these files,
 * of which only the hashes are kept. `actual` is missing for a file that is gone, `expected` for one that the text did
 * not lead to before.
 *
 * @since 0.1.0
 */
export class ModulesChanged extends Schema.TaggedError<ModulesChanged>()("ModulesChanged", {
  /** The flow file, as its origin names it. */
  flow: Schema.String,
  modules: Schema.NonEmptyArray(
    Schema.Struct({
      path: Schema.String,
      expected: Schema.optionalKey(Schema.String),
      actual: Schema.optionalKey(Schema.String)
    })
  )
}) {
  readonly code = "modules-changed"
  override get message() {
    const each = this.modules.map(
      ({ actual, expected, path }) =>
        `\`${path}\` ${actual === undefined ? "is gone" : expected === undefined ? "was not one of them" : "has changed"}`
    )
    return (
      `The stored definition of \`${this.flow}\` can't be used, because its modules are not what they were: ` +
      `${each.join(", ")}. Go on with the current definition, or put the modules back as they were.`
    )
  }
}
