// A program over the generated client, which knows nothing of Halte but its OpenAPI document. It is put beside the
// client, checked by the compiler and run: `node program.ts URL TOKEN`. Prints what it found as JSON.
import { createClient } from "./client/client/index.ts"
import * as halte from "./client/sdk.gen.ts"
import type { ExecutionEvent, Problem } from "./client/types.gen.ts"

const [url, token] = process.argv.slice(2) as [string, string]
const client = createClient({ baseUrl: url, auth: () => token })

const must = <A>(answer: { readonly data?: A; readonly error?: unknown }): A => {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error))
  return answer.data
}

/** Follows an execution until an event of a type. */
const until = async (
  id: string,
  type: ExecutionEvent["type"],
  last?: number
): Promise<ReadonlyArray<ExecutionEvent>> => {
  const found: Array<ExecutionEvent> = []
  const headers = last === undefined ? {} : { "last-event-id": String(last) }
  const { stream } = await halte.streamEvents({ client, path: { id }, headers })
  for await (const event of stream) {
    found.push(event as ExecutionEvent)
    if ((event as ExecutionEvent).type === type) break
  }
  return found
}

const { flows } = must(await halte.listFlows({ client }))

const start = () =>
  halte.startExecution({
    client,
    path: { flowId: "release" },
    headers: { "idempotency-key": "nightly-7" },
    body: { params: { version: "1.0.0" }, by: "ada" }
  })
const first = must(await start())
const again = must(await start())
const id = first.id

const begun = await until(id, "step-started")
const receipt = must(await halte.interruptExecution({ client, path: { id }, body: { reason: "wrong version" } }))
const stopped = await until(id, "execution-ended", begun.at(-1)!.sequence)
const state = must(await halte.getExecution({ client, path: { id } }))
const graph = must(await halte.getGraph({ client, path: { id } }))

const wrong = await halte.startExecution({ client, path: { flowId: "release" }, body: { params: { version: 7 } } })
const problem: Problem | undefined = wrong.error
const reasons = problem?.code === "invalid-params" ? problem.errors?.map(({ pointer }) => pointer) : []
const tag = problem?.error._tag === "InvalidParams" ? problem.error.problems.length : 0

const resumed = must(await halte.resumeExecution({ client, path: { id }, body: { by: "ada" } }))
await until(id, "gate-opened", state.sequence)
must(await halte.answerGate({ client, path: { id, stepId: "approve" }, body: { value: true } }))
const done = await until(id, "execution-ended", state.sequence)
const refused = await halte.resumeExecution({ client, path: { id }, body: {} })
const missing = await halte.getExecution({ client, path: { id: "01ARZ3NDEKTSV4RRFFQ6" } })
const stranger = await halte.listExecutions({ client: createClient({ baseUrl: url }) })
const page = must(await halte.listExecutions({ client, query: { status: ["Completed", "Failed"], limit: 5 } }))
const counts = must(await halte.countExecutions({ client }))
const output = must(await halte.getOutput({ client, path: { id, stepId: "build" } }))
const server = must(await halte.getServer({ client }))

console.log(
  JSON.stringify({
    flows: flows.map(({ name }) => name),
    same: first.id === again.id,
    begun: begun.map(({ type }) => type),
    receipt: receipt.effect,
    stopped: stopped.map(({ type }) => type),
    status: state.status,
    steps: state.steps.map((step) => [step.id, step.status]),
    graph: graph.nodes.length,
    problem: [problem?.status, problem?.code, reasons, tag],
    resumed: [resumed.execution === id, resumed.effect],
    done: done.at(-1)?.type,
    refused: [refused.error?.code, refused.error?.executionStatus],
    missing: missing.error?.code,
    stranger: stranger.error?.code,
    page: page.executions.map((one) => [one.flow, one.status]),
    counts: counts.counts,
    output,
    server: server.api
  })
)
