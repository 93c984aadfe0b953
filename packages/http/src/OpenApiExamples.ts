/**
 * What the API's description shows of each operation: one story, told by `ExampleExecution`.
 *
 * @since 0.1.0
 */
import { EventFrame, GraphBody, Version } from "@halte/api"
import { ExecutionEvent, ExecutionStateJson, type LogLine } from "@halte/engine"
import * as ExampleExecution from "./ExampleExecution.ts"

const { end, flow, started, state, summary } = ExampleExecution

const json = (text: string): unknown => JSON.parse(text)
const receipt = { execution: state.id, status: "Interrupting", effect: "done" }

/**
 * Bodies of requests, by operation.
 *
 * @since 0.1.0
 */
export const bodies: { readonly [operation: string]: unknown } = {
  startExecution: { params: { directory: "photos" }, by: "ada" },
  interruptExecution: { reason: "wrong directory", by: "ada" },
  pauseExecution: { by: "ada" },
  resumeExecution: { by: "ada" },
  undoExecution: { by: "ada", reason: "wrong version", steps: ["upload"] },
  terminateExecution: { reason: "it does not stop", by: "ada" },
  answerGate: { value: true, by: "ada" },
  signIn: { code: "pZ3q…" },
  createSignInCode: { path: "/" }
}

/**
 * Bodies of answers, by operation.
 *
 * @since 0.1.0
 */
export const answers: { readonly [operation: string]: unknown } = {
  listFlows: { flows: [flow] },
  getFlow: flow,
  startExecution: json(ExecutionStateJson.toJson(started)),
  listExecutions: { executions: [summary], next: state.id },
  countExecutions: { total: 42, counts: { Running: 2, Completed: 39, Interrupted: 1 } },
  getExecution: json(ExecutionStateJson.toJson(state)),
  getGraph: GraphBody.fromState(state),
  getOutput: { count: 60_000, failed: 0 },
  interruptExecution: receipt,
  pauseExecution: { ...receipt, status: "Pausing" },
  resumeExecution: { ...receipt, status: "Running" },
  undoExecution: { ...receipt, status: "Running" },
  terminateExecution: { ...receipt, status: "Terminating" },
  answerGate: { ...receipt, status: "Running" },
  createSignInCode: { code: "pZ3q…", url: "http://127.0.0.1:4280/#code=pZ3q…", expiresAt: 1_732_000_060_000 },
  getServer: { version: Version.version, api: Version.api, project: "photos", command: true },
  getLive: { status: "live" },
  getReady: { status: "ready" }
}

const line: LogLine.LogLine = {
  sequence: 1,
  at: 1_732_000_001_400,
  step: "index",
  try: 1,
  stream: "stdout",
  text: "41,200 of 60,000"
}

/**
 * What a stream of events or of log lines says.
 *
 * @since 0.1.0
 */
export const frames = (item: string): string =>
  `${EventFrame.head}${item === "LogLine" ? EventFrame.fromLine(line) : EventFrame.fromEvent(end)}${EventFrame.end}`
export const lines = (item: string): string =>
  `${item === "LogLine" ? JSON.stringify(line) : ExecutionEvent.toJson(end)}\n`
export const text = `${line.text}\n`
