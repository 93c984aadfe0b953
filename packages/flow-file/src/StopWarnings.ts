/**
 * What a flow file says that makes stopping, or going on after a stop, doubtful, at its place in the file. What is
 * doubtful is the engine's to say (`StopFindings`).
 *
 * @since 0.1.0
 */
import type { StopFindings } from "@halte/engine"
import type { DeclaredSteps } from "./DeclaredSteps.ts"
import type { FileNode } from "./FileNode.ts"
import type { FlowFields } from "./FlowKeys.ts"
import type { Problems } from "./Problems.ts"

/**
 * Reports them, as warnings: a flow that breaks its promise runs all the same. `check` makes errors of `over-budget`.
 *
 * @since 0.1.0
 */
export const report = (
  findings: ReadonlyArray<StopFindings.Finding>,
  declared: DeclaredSteps,
  fields: FlowFields,
  problems: Problems
): void => {
  for (const finding of findings) {
    const place = finding.step === undefined ? ofFlow(finding.key, fields) : ofStep(finding, declared)
    if (place !== undefined) problems.warning(place, finding.code, finding.message, finding.hint)
  }
}

const ofFlow = (key: StopFindings.Finding["key"], fields: FlowFields): FileNode | undefined =>
  (key === "on-interrupt" ? fields["on-interrupt"] : undefined)?.key ?? fields["stops-within"]?.key ?? fields.steps?.key

/** A key that the step doesn't have stands for its default: then its kind is meant. */
const ofStep = ({ key, step }: StopFindings.Finding, declared: DeclaredSteps): FileNode | undefined => {
  const found = declared.ofEngine(step!)
  if (found === undefined) return undefined
  return (key === "kind" ? undefined : found.fields[key]?.key) ?? found.kinds[0]?.[1] ?? found.key
}
