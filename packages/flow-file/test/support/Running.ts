import { Effect, Layer, Schedule, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { ExecutionHandle, ExecutionsLocal } from "@halte/engine"
import { FlowFile } from "@halte/flow-file"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import { join } from "node:path"

/** Real processes, real worker threads, real requests. */
export const services = Layer.mergeAll(ProcessRunnerNode.layer(), ModuleRunnerNode.layer(), FetchHttpClient.layer)

/** Loads a flow file of a directory and starts it there. */
export const start = (
  directory: string,
  file: string,
  params: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string | undefined>> = process.env
) =>
  Effect.gen(function* () {
    const { flow } = yield* FlowFile.load(join(directory, file), { cwd: directory, env })
    const executions = yield* ExecutionsLocal.make({ flows: [flow] })
    const id = yield* executions.start({ flow: flow.name, params })
    return ExecutionHandle.make(executions, id)
  })

/** The first event of a type. */
export const first = (execution: ExecutionHandle.ExecutionHandle, type: string) =>
  execution.events.pipe(
    Stream.filter((e) => e.type === type),
    Stream.runHead
  )

/** For polling: every 20 ms. */
export const often = Schedule.spaced("20 millis")
