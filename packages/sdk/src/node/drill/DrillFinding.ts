/**
 * What a drill can find, each with a code of its own.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { DrillPlan } from "@halte/flow-file"

/**
 * How an execution is stopped: asked to, ended by force, or its engine killed.
 *
 * @since 0.1.0
 */
export const How = Schema.Literals(["interrupt", "terminate", "crash"])
export type How = typeof How.Type

/**
 * - `unstoppable`: it had not stopped when the longest time was over, and was terminated.
 * - `late-stop`: it stopped later than what was promised when it was asked to.
 * - `orphan`: a process of it was alive when it was reported as stopped.
 * - `lost-item`: something that an uninterrupted execution leaves is missing after the resume.
 * - `repeated-effect`: something is there twice, or was done twice.
 * - `different-result`: a value, a file or the outcome is another one.
 * - `half-done`: what an interrupted step left behind is still there, and the resume has not repaired it.
 * - `not-resumable`: the resume was refused, or did not complete.
 * - `needs-rerun`: a step with `idempotent: false` had begun: a person has to say that it may run again.
 * - `clean-up-failed`: a clean-up failed, or did not end within its deadline.
 * - `record-differs`: what is stored is not what ran. That is a mistake in Halte.
 *
 * @since 0.1.0
 */
export const Code = Schema.Literals(DrillPlan.findings)
export type Code = typeof Code.Type

/**
 * One thing that was found at one point. `what` is the value or the file that it is about: `values.build`, `out/a.txt`.
 *
 * @since 0.1.0
 */
export const DrillFinding = Schema.Struct({
  code: Code,
  /** The name of the point. */
  point: Schema.String,
  how: How,
  /** Steps that it is about, where it is known. */
  steps: Schema.Array(Schema.String),
  what: Schema.optionalKey(Schema.String),
  expected: Schema.String,
  seen: Schema.String,
  hint: Schema.String,
  /** It was allowed beforehand, and does not count. */
  allowed: Schema.Boolean
})
export type DrillFinding = typeof DrillFinding.Type

/**
 * What to do about it, in one sentence.
 *
 * @since 0.1.0
 */
export const hints: Readonly<Record<Code, string>> = {
  unstoppable:
    "Give the program a shorter `grace`, the module stopping points (`ctx.stop.check()`), or the step a `timeout`.",
  "late-stop": "Give the step more stopping points, or say with `stops-within` or `grace` how long it really takes.",
  orphan: "Keep the program in its process group, or end what it starts in a handler of SIGTERM.",
  "lost-item": "Tell progress, and write what says that something is done, only after it is done.",
  "repeated-effect":
    "Look before doing whether it was done, write to a place that the step names, or say `idempotent: false`.",
  "different-result": "Make the step give the same for the same input, whichever attempt it is and whatever it finds.",
  "half-done": "Write under another name and rename it at the end, or remove what is half done in `clean-up`.",
  "not-resumable": "Make the step accept what its earlier attempt has left.",
  "needs-rerun": "Make the step safe to run again, or allow this: `drill: { allow: [needs-rerun] }`.",
  "clean-up-failed": "Make the clean-up succeed on whatever it finds, within its `deadline`.",
  "record-differs": "This is a mistake in Halte: report it, with the directory that `--keep` leaves."
}
