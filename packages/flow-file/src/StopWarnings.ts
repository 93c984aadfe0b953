/**
 * What a flow file says that makes stopping, or going on after a stop, doubtful. No errors: a person decides.
 *
 * @since 0.1.0
 */
import { FlowDescription } from "@halte/engine"
import type { DeclaredStep, DeclaredSteps } from "./DeclaredSteps.ts"
import type { FlowFields } from "./FlowKeys.ts"
import type { Problems } from "./Problems.ts"

/**
 * Reports them: `may-run-twice`, `no-stop-bound`, `no-grace`, `no-clean-up`.
 *
 * @since 0.1.0
 */
export const report = (
  flow: FlowDescription.FlowDescription,
  declared: DeclaredSteps,
  fields: FlowFields,
  problems: Problems
): void => {
  ofFlow(flow, fields, problems)
  for (const step of FlowDescription.leaves(flow)) {
    const found = declared.byId.get(step.id)
    if (found !== undefined) ofStep(step, found, problems)
  }
}

const ofFlow = (flow: FlowDescription.FlowDescription, fields: FlowFields, problems: Problems): void => {
  const onInterrupt = fields["on-interrupt"]
  if (onInterrupt === undefined || flow.strategy._tag === "FinishCurrent") return
  if (flow.strategy._tag === "IgnoreInterruptions") {
    problems.warning(
      onInterrupt.key,
      "no-stop-bound",
      `Flow \`${flow.name}\` never stops on request: only terminate ends it.`,
      "Remove `on-interrupt`, unless half of this flow is worse than all of it."
    )
    return
  }
  const unbounded = FlowDescription.leaves(flow).filter((step) => step.timeoutMillis === undefined && takesTime(step))
  if (unbounded.length > 0)
    problems.warning(
      onInterrupt.key,
      "no-stop-bound",
      `Flow \`${flow.name}\` lets running steps go to their end, and ${names(unbounded.map((s) => s.id))} ${unbounded.length === 1 ? "has" : "have"} no \`timeout\`: there is no bound.`,
      "Give these steps a `timeout`."
    )
}

const takesTime = (step: FlowDescription.StepDescription) => step.kind !== "gate" && step.kind !== "sleep"

const names = (ids: ReadonlyArray<string>): string => {
  const shown = ids.slice(0, 3).map((id) => `\`${id}\``)
  return ids.length > 3
    ? `${shown.join(", ")} and ${ids.length - 3} more`
    : shown.length < 2
      ? shown.join("")
      : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`
}

const ofStep = (step: FlowDescription.StepDescription, { fields, kinds }: DeclaredStep, problems: Problems): void => {
  const kindKey = kinds[0]![1]
  const method = fields.http?.value.method?.value
  if ((method === "POST" || method === "PATCH") && step.idempotent === undefined && step.undo !== true)
    problems.warning(
      kindKey,
      "may-run-twice",
      `\`${step.id}\` may be sent twice: it is not idempotent and has no undo.`,
      "Add `idempotent: true` or `undo`."
    )
  if (step.stopsWithinMillis === undefined && step.timeoutMillis === undefined) {
    const finish = fields["on-interrupt"]
    if (finish !== undefined)
      problems.warning(
        finish.key,
        "no-stop-bound",
        `\`${step.id}\` runs to its end when a stop is asked for, however long that takes.`,
        "Add `timeout`, or remove `on-interrupt: finish`."
      )
    else
      problems.warning(
        kindKey,
        "no-stop-bound",
        `\`${step.id}\` promises no time to stop: nothing says how far apart its stopping points are.`,
        "Add `stops-within` or `timeout`."
      )
  }
  if (fields.grace?.value === 0)
    problems.warning(
      fields.grace.key,
      "no-grace",
      `\`${step.id}\` is killed as soon as a stop is asked for: its grace is 0.`,
      "Give its program time to end, such as `grace: 5s`."
    )
  if (step.idempotent === false && step.cleanUp !== true && step.undo !== true && fields.idempotent !== undefined)
    problems.warning(
      fields.idempotent.key,
      "no-clean-up",
      `\`${step.id}\` must not run twice, and nothing tidies up when it stops half-way.`,
      "Add `clean-up` or `undo`."
    )
}
