/** A project whose executions are observed: durable ones, those of this engine, and nobody else's. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { FetchHttpClient } from "effect/http"
import { ExecutionHandle, Flow, Step } from "@halte/engine"
import { Bounded } from "@halte/engine/testing"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import * as PrometheusText from "../../../test/support/PrometheusText.ts"
import { type FlowSources, Project, ProjectDirectory, Telemetry } from "../src/node/index.ts"

const services = Layer.mergeAll(
  ProcessRunnerNode.layer({ supervised: false }),
  ModuleRunnerNode.layer(),
  FetchHttpClient.layer
)

const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-observed-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe("Project.open with `observe`", () => {
  it.live("counts what runs here once it is stored, programs included", () =>
    Effect.gen(function* () {
      const telemetry = yield* Telemetry.make({ env: {} })
      const flow = Flow.make("f", {
        steps: [Step.make("a", { run: () => 1 }), Step.process("p", { command: [process.execPath, "-e", "0"] })]
      }) as Flow.Flow<unknown, FlowSources.Services>
      const { executions } = yield* Project.open({
        place: ProjectDirectory.find({ dir: yield* scratch }),
        flows: [flow],
        synchronous: "normal",
        observe: telemetry.observe
      })
      const outcome = yield* Bounded.within(
        ExecutionHandle.run(executions, { flow: "f", source: "Page" }),
        "the end",
        15_000
      )
      assert.strictEqual(outcome._tag, "Completed")
      const families = PrometheusText.parse(telemetry.metrics())
      const is = (value: number, name: string, labels?: Record<string, string>) =>
        assert.strictEqual(PrometheusText.value(families, name, labels), value, name)
      is(1, "halte_executions_started_total", { flow: "f", source: "Page" })
      is(1, "halte_executions_ended_total", { flow: "f", status: "Completed" })
      is(1, "halte_step_seconds_count", { flow: "f", kind: "process" })
      is(1, "halte_processes_started_total", { flow: "f" })
      is(0, "halte_processes_live")
      is(0, "halte_executions_live")
    }).pipe(Effect.provide(services), Effect.provideService(Metric.MetricRegistry, new Map()))
  )
})
