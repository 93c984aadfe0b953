/**
 * What `halte check --json` writes: one object, documented in the reference. Fields are only added within a version.
 */
import type { FlowDescription, Stoppability } from "@halte/engine/model"
import type { Diagnostic } from "@halte/flow-file"

/** One file that was checked. `flow` and `stoppability` are there when the file has no errors of its own. */
export interface Checked {
  /** As it is shown: relative to the working directory where it lies below it. */
  readonly file: string
  readonly diagnostics: ReadonlyArray<Diagnostic.Diagnostic>
  readonly flow: FlowDescription.FlowDescription | undefined
  readonly stoppability: Stoppability.Stoppability | undefined
}

export interface CheckReport {
  readonly version: 1
  /** Every flow is valid and keeps to the time that it promises, or that is allowed. */
  readonly ok: boolean
  readonly flows: ReadonlyArray<{
    readonly file: string
    readonly ok: boolean
    readonly diagnostics: ReadonlyArray<Diagnostic.Diagnostic>
    readonly flow: FlowDescription.FlowDescription | null
    readonly stoppability: Stoppability.Stoppability | null
  }>
  /** What this machine can't promise about ending processes. */
  readonly notes: ReadonlyArray<string>
}

export const make = (flows: ReadonlyArray<Checked>, notes: ReadonlyArray<string>): CheckReport => ({
  version: 1,
  ok: flows.every((checked) => verdict(checked) === "ok"),
  flows: flows.map((checked) => ({
    file: checked.file,
    ok: verdict(checked) === "ok",
    diagnostics: checked.diagnostics,
    flow: checked.flow ?? null,
    stoppability: checked.stoppability ?? null
  })),
  notes
})

/** `over-budget`: it can run, but may take longer to stop than is promised or allowed. */
export const verdict = ({ diagnostics, flow, stoppability }: Checked): "ok" | "invalid" | "over-budget" => {
  const errors = diagnostics.filter(({ severity }) => severity === "error")
  if (flow === undefined || errors.some(({ code }) => code !== "over-budget")) return "invalid"
  return errors.length > 0 || stoppability?.withinBudget === false ? "over-budget" : "ok"
}
