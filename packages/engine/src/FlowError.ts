/**
 * Why a flow can't run: every problem of its definition that the graph finds, with the names of the steps.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Steps that wait for each other. `path` begins and ends with the same step.
 *
 * @since 0.1.0
 */
export class CycleFound extends Schema.TaggedError<CycleFound>()("CycleFound", {
  flow: Schema.String,
  path: Schema.Array(Schema.String)
}) {
  readonly code = "cycle-found"
  override get message() {
    return `Flow \`${this.flow}\` has a cycle: ${this.path.map((s) => `\`${s}\``).join(" → ")}. Remove one of these dependencies.`
  }
}

/**
 * Two steps of the same name side by side.
 *
 * @since 0.1.0
 */
export class DuplicateStep extends Schema.TaggedError<DuplicateStep>()("DuplicateStep", {
  flow: Schema.String,
  step: Schema.String
}) {
  readonly code = "duplicate-step"
  override get message() {
    return `Flow \`${this.flow}\` has two steps \`${this.step}\`. Give one of them another name.`
  }
}

/**
 * A step that comes after one that does not exist.
 *
 * @since 0.1.0
 */
export class UnknownStep extends Schema.TaggedError<UnknownStep>()("UnknownStep", {
  flow: Schema.String,
  step: Schema.String,
  name: Schema.String,
  nearest: Schema.optionalKey(Schema.String)
}) {
  readonly code = "unknown-step"
  override get message() {
    return `Step \`${this.step}\` of flow \`${this.flow}\` refers to \`${this.name}\`, which is no step of it.${this.nearest === undefined ? "" : ` Did you mean \`${this.nearest}\`?`}`
  }
}

/**
 * A step that comes after itself, or after the group it is in.
 *
 * @since 0.1.0
 */
export class SelfDependency extends Schema.TaggedError<SelfDependency>()("SelfDependency", {
  flow: Schema.String,
  step: Schema.String,
  on: Schema.String
}) {
  readonly code = "self-dependency"
  override get message() {
    return this.step === this.on
      ? `Step \`${this.step}\` of flow \`${this.flow}\` depends on itself. Remove the dependency.`
      : `Step \`${this.step}\` of flow \`${this.flow}\` depends on \`${this.on}\`, the group it is in. Depend on a step of the group instead.`
  }
}

/**
 * A flow, or a group, without steps.
 *
 * @since 0.1.0
 */
export class EmptyFlow extends Schema.TaggedError<EmptyFlow>()("EmptyFlow", {
  flow: Schema.String,
  group: Schema.optionalKey(Schema.String)
}) {
  readonly code = "empty-flow"
  override get message() {
    return this.group === undefined
      ? `Flow \`${this.flow}\` has no steps. Give it at least one.`
      : `Group \`${this.group}\` of flow \`${this.flow}\` has no steps. Give it at least one.`
  }
}

/**
 * A name that is not small letters, digits and hyphens, beginning with a letter.
 *
 * @since 0.1.0
 */
export class InvalidName extends Schema.TaggedError<InvalidName>()("InvalidName", {
  flow: Schema.String,
  name: Schema.String
}) {
  readonly code = "invalid-name"
  override get message() {
    return `\`${this.name}\` can't be a name in flow \`${this.flow}\`: a name is a small letter, then small letters, digits and hyphens.`
  }
}

/**
 * A number or a limit that makes no sense: a concurrency of 0, a `limit` that the flow does not declare.
 *
 * @since 0.1.0
 */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>()("InvalidSetting", {
  flow: Schema.String,
  step: Schema.optionalKey(Schema.String),
  setting: Schema.String,
  reason: Schema.String
}) {
  readonly code = "invalid-setting"
  override get message() {
    return `\`${this.setting}\` of ${this.step === undefined ? "" : `step \`${this.step}\` of `}flow \`${this.flow}\` ${this.reason}.`
  }
}

/**
 * One problem of a definition. Its `code` is the same in every view.
 *
 * @since 0.1.0
 */
export type Problem =
  | CycleFound
  | DuplicateStep
  | UnknownStep
  | SelfDependency
  | EmptyFlow
  | InvalidName
  | InvalidSetting

/**
 * All problems of one flow.
 *
 * @since 0.1.0
 */
export class FlowError extends Schema.TaggedError<FlowError>()("FlowError", {
  flow: Schema.String,
  problems: Schema.NonEmptyArray(
    Schema.Union([CycleFound, DuplicateStep, UnknownStep, SelfDependency, EmptyFlow, InvalidName, InvalidSetting])
  )
}) {
  readonly code = "invalid-flow"
  override get message() {
    return this.problems.map((p) => p.message).join("\n")
  }
}
