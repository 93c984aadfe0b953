/**
 * The process that is killed: opens the project in its working directory, goes on with what is there, starts what is
 * missing, and exits with 0 when everything has completed. A signal makes it stop in order, and exit with 3.
 *
 *   node -C @halte/source Engine.ts LIFE EXECUTIONS
 *
 * It says `open` once the project is opened and goes on at the next line of its standard input; then it says `running`.
 */
import { once } from "node:events"
import { join } from "node:path"
import { Deferred, Effect, Layer, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import type { Flow } from "@halte/engine"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import { type FlowSources, Project, ProjectDirectory } from "@halte/sdk/node"
import * as ChaosFlow from "./ChaosFlow.ts"

const [life, count] = process.argv.slice(2).map(Number) as [number, number]
const directory = process.cwd()
const place: ChaosFlow.Place = {
  life,
  effects: join(directory, "effects"),
  program: join(directory, "program.sh")
}
const flows = [ChaosFlow.make(place, "step"), ChaosFlow.make(place, "relaxed")] as ReadonlyArray<
  Flow.Flow<unknown, FlowSources.Services>
>
const services = Layer.mergeAll(ProcessRunnerNode.layer(), ModuleRunnerNode.layer(), FetchHttpClient.layer)
const stop = Deferred.makeUnsafe<number>()
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.on(signal, () => void Deferred.doneUnsafe(stop, Effect.succeed(3)))

const all = Effect.gen(function* () {
  const { executions } = yield* Project.open({
    place: ProjectDirectory.find({ dir: directory }),
    flows,
    synchronous: "normal"
  })
  console.log("open")
  yield* Effect.promise(() => once(process.stdin, "data"))
  const known = yield* executions.list({ limit: count })
  for (const { id, status } of known) if (status !== "Completed") yield* executions.resume(id)
  for (let n = known.length; n < count; n++)
    yield* executions.start({ flow: n % 4 === 3 ? "chaos-relaxed" : "chaos", params: { n } })
  console.log("running")
  const here = yield* executions.list({ limit: count })
  yield* Effect.forEach(here, ({ id }) => Stream.runDrain(executions.events(id)), { concurrency: "unbounded" })
  const ended = yield* executions.list({ limit: count })
  return ended.every(({ status }) => status === "Completed") ? 0 : 1
})

const code = await Effect.runPromise(
  Effect.raceFirst(all, Deferred.await(stop)).pipe(Effect.scoped, Effect.provide(services))
)
process.exit(code)
