/**
 * What a worker thread runs: one piece of work at a time, as told by messages.
 *
 * @since 0.1.0
 */
import { parentPort, workerData } from "node:worker_threads"
import type { ModuleRunner } from "@halte/engine"
import { OutputLines } from "../process/OutputLines.ts"
import * as EffectCopy from "./EffectCopy.ts"
import * as JsonValue from "./JsonValue.ts"
import * as ModuleExport from "./ModuleExport.ts"
import * as WorkerFailure from "./WorkerFailure.ts"
import { type Answer, type FromWorker, numbers, type ToWorker, type Work } from "./WorkerMessage.ts"
import { Finished, HalfWay, WorkerStep } from "./WorkerStep.ts"

const port = parentPort!
const shared = numbers((workerData as { readonly shared: SharedArrayBuffer }).shared)
const longestLine = 64 * 1024

let job = 0
let current: WorkerStep | undefined
let effect: EffectCopy.EffectCopy["Effect"] | undefined

port.on("message", (message: ToWorker) => {
  if (message._tag === "Work") void begin(message.job, message.work)
  else if (message.job !== job) return
  else if (message._tag === "Demand") current?.demandChanged()
  else current?.committed(message.cursor)
})

// What the module prints goes to the step's log by the same way, and in the same order, as everything else it says.
const lines = {
  stdout: new OutputLines(longestLine, (line) => current?.log(line, "stdout")),
  stderr: new OutputLines(longestLine, (line) => current?.log(line, "stderr"))
}
for (const stream of ["stdout", "stderr"] as const) {
  process[stream].write = ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown) => {
    lines[stream].push(
      typeof chunk === "string"
        ? Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8")
        : chunk
    )
    const done = typeof encoding === "function" ? encoding : callback
    if (typeof done === "function") queueMicrotask(() => (done as () => void)())
    return true
  }) as typeof process.stdout.write
}

const begin = async (number: number, work: Work): Promise<void> => {
  job = number
  const send = (message: object) => port.postMessage({ ...message, job: number } as FromWorker)
  let answer: Answer
  try {
    answer = await doWork(work, send)
  } catch (error) {
    answer = { _tag: "Failure", failure: WorkerFailure.describe(error) }
  }
  lines.stdout.end()
  lines.stderr.end()
  current = undefined
  send({ _tag: "Answer", answer })
}

const doWork = async (work: Work, send: (message: object) => void): Promise<Answer> => {
  const facts =
    work._tag === "Inspect"
      ? { execution: "", flow: "", step: "", attempt: 1, try: 1, params: null, cursor: undefined }
      : work.step
  const step = new WorkerStep(facts, shared, send, () => effect)
  current = step
  const target = await ModuleExport.load(work.spec)
  if (work._tag === "Inspect") return { _tag: "Description", description: await ModuleExport.describe(target) }
  // A Step's work is most likely an Effect, which may wait for a cursor to be kept.
  if (target._tag === "Step") effect ??= (await EffectCopy.of(target.url)).Effect
  if (work._tag === "Call") return answerOf(await ModuleExport.call(target, work.input, step.context, isAnswer(step)))
  return { _tag: "Batch", results: await batch(target, work, step) }
}

const batch = async (
  target: ModuleExport.ModuleExport,
  work: Work & { readonly _tag: "Batch" },
  step: WorkerStep
): Promise<ReadonlyArray<ModuleRunner.ItemResult>> => {
  const results: Array<ModuleRunner.ItemResult> = []
  let next = 0
  const one = async (): Promise<void> => {
    for (let i = next++; i < work.inputs.length; i = next++) {
      try {
        const answer = answerOf(await ModuleExport.call(target, work.inputs[i], step.context, isAnswer(step)))
        results[i] =
          answer._tag === "Failure"
            ? { _tag: "Failed", failure: answer.failure }
            : {
                _tag: "Done",
                value: answer._tag === "HalfWay" ? answer.partial : (answer as { readonly value: unknown }).value
              }
      } catch (error) {
        results[i] = { _tag: "Failed", failure: WorkerFailure.describe(error) }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.min(work.concurrency, work.inputs.length)) }, one))
  return results
}

const answerOf = (value: unknown): Answer => {
  if (value instanceof Finished) return checked(value.value, (v) => ({ _tag: "Finished", value: v }))
  if (!isHalfWay(value)) return checked(value, (v) => ({ _tag: "Value", value: v }))
  return checked({ cursor: value.cursor, partial: value.partial }, (v) => {
    const { cursor, partial } = v as { readonly cursor?: unknown; readonly partial?: unknown }
    return { _tag: "HalfWay", cursor, partial, detail: value.detail }
  })
}

/** Made by `ctx.interrupted`, or by the engine copy that the module brings. */
const isHalfWay = (value: unknown): value is HalfWay =>
  value instanceof HalfWay ||
  (typeof value === "object" && value !== null && value.constructor?.name === "StoppedHalfWay" && "partial" in value)

/** Whether a value is no output: what a schema says of outputs does not hold for it. */
const isAnswer =
  (step: WorkerStep) =>
  (value: unknown): boolean =>
    step.toldToLeave || value instanceof Finished || isHalfWay(value)

const checked = (value: unknown, then: (json: unknown) => Answer): Answer => {
  const result = JsonValue.check(value)
  return result.ok
    ? then(result.value)
    : { _tag: "Failure", failure: { code: "value-not-json", message: JsonValue.problem("Its output", result) } }
}
