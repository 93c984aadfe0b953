/**
 * A program that runs attempts, one after the other: it has a working directory of its own, and it can be killed.
 *
 * @since 0.1.0
 */
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { FetchHttpClient } from "effect/http"
import { ProcessRunnerNode } from "@halte/process"
import * as Attempt from "./Attempt.ts"
import type { FromAttempts, ToAttempts } from "./AttemptProcess.ts"

const tell = (message: FromAttempts): void => {
  // The other end may be gone: then this process ends too.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

// The drill decides: what is pressed in its terminal is its matter.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.on(signal, () => undefined)
// Its supervisor ends the programs.
process.on("disconnect", () => process.exit(1))

const scope = Effect.runSync(Scope.make())
const services = await Effect.runPromise(
  Layer.build(Layer.mergeAll(ProcessRunnerNode.layer(), FetchHttpClient.layer)).pipe(Scope.provide(scope))
)

const run = async ({ env, file, request }: Extract<ToAttempts, { readonly type: "run" }>): Promise<void> => {
  const { place } = request
  process.chdir(place.work)
  for (const name of ["TMPDIR", "TMP", "TEMP"]) process.env[name] = place.temporary
  const exit = await Effect.runPromiseExit(
    Attempt.run(request, {
      target: file,
      env,
      services,
      capabilities: Context.get(services, ProcessRunnerNode.ProcessCapabilities),
      crash: () => process.kill(process.pid, "SIGKILL"),
      reached: () => tell({ type: "reached" })
    }),
    { signal: stopping.signal }
  )
  // A directory in use can't be removed everywhere.
  process.chdir("/")
  if (Exit.isSuccess(exit)) return tell({ type: "seen", seen: exit.value })
  const [reason] = exit.cause.reasons
  const error = reason?._tag === "Fail" ? reason.error : reason?._tag === "Die" ? reason.defect : undefined
  tell({ type: "failed", message: error instanceof Error ? error.message : "it was interrupted" })
}

let stopping = new AbortController()

process.on("message", (message: ToAttempts) => {
  if (message.type === "run") void run(message)
  else if (message.type === "interrupt") {
    stopping.abort()
    stopping = new AbortController()
  } else
    void Effect.runPromise(Scope.close(scope, Exit.void)).finally(() => {
      process.disconnect()
      process.exit(0)
    })
})
tell({ type: "ready", engine: Context.get(services, ProcessRunnerNode.ProcessCapabilities).engine })
