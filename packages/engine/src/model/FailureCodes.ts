/**
 * The codes that failures of steps have by themselves; an author's tagged errors have others.
 *
 * @since 0.1.0
 */
import * as StepId from "./StepId.ts"

/**
 * All of them, in the order of the reference.
 *
 * @since 0.1.0
 */
export const known: ReadonlyArray<string> = [
  "step-failed",
  "timed-out",
  "condition-failed",
  "fiber-interrupted",
  "invalid-input",
  "invalid-output",
  "gate-rejected",
  "invalid-items",
  "items-not-readable",
  "items-failed",
  "http-invalid-url",
  "http-invalid-body",
  "http-host-not-found",
  "http-not-connected",
  "http-tls",
  "http-redirects",
  "http-failed",
  "http-status",
  "process-exited",
  "process-signalled",
  "process-not-found",
  "process-not-startable",
  "working-directory-missing",
  "output-not-json",
  "output-no-match",
  "output-file-missing",
  "output-too-large",
  "processes-left",
  "module-not-found",
  "module-not-loadable",
  "export-not-found",
  "export-not-a-step",
  "module-too-slow",
  "value-not-json",
  "worker-ended",
  "flow-not-found",
  "flow-invalid",
  "flow-busy",
  "invalid-params",
  "secret-in-params",
  "flow-contains-itself",
  "sub-flows-too-deep",
  "waits-for-itself",
  "already-running",
  "needs-rerun",
  "definition-changed",
  "secret-missing",
  "deadline-passed",
  "cut-short",
  "unknown"
]

/**
 * The known code that somebody may have meant by another one; `undefined` for a known one, and where none is near.
 *
 * @since 0.1.0
 */
export const nearest = (code: string): string | undefined =>
  known.includes(code) ? undefined : StepId.nearest(code, known)
