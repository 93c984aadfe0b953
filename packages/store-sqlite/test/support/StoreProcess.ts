/**
 * Another process that uses the same file, and does what it is told.
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Effect, type Scope } from "effect"
import { eventually } from "../../../../test/support/Eventually.ts"

const script = fileURLToPath(new URL("../fixtures/store-process.ts", import.meta.url))

export interface StoreProcess {
  readonly pid: number
  /** Sends an order; the effect waits for the answer. Dies with what the process says when it fails. */
  readonly ask: (order: string, args?: Record<string, unknown>) => Effect.Effect<any>
  /** Sends an order and doesn't wait. */
  readonly tell: (order: string, args?: Record<string, unknown>) => void
  /** The last message that is no answer. */
  readonly news: () => Record<string, number>
  readonly kill: Effect.Effect<void>
}

/** Most of the start of such a process is compiling, and that is done once: what came of it lies here. */
export const compiled = fileURLToPath(new URL("../../../../node_modules/.cache/node-compile", import.meta.url))

/** Starts one; answers when it is ready for orders. */
export const start = (file: string): Effect.Effect<StoreProcess, never, Scope.Scope> =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        fork(script, [file], {
          execArgv: ["--conditions=@halte/source"],
          env: { ...process.env, NODE_COMPILE_CACHE: compiled },
          stdio: ["ignore", "inherit", "inherit", "ipc"]
        })
      ),
      (c) => Effect.sync(() => c.kill("SIGKILL"))
    )
    const answers = new Map<number, { readonly answer?: unknown; readonly error?: string }>()
    let news: Record<string, number> = {}
    let ready = false
    let over = false
    child.on("exit", () => (over = true))
    child.on("message", (message: any) => {
      if (message.ready === true) ready = true
      else if (message.number === undefined) news = message
      else answers.set(message.number, message)
    })
    let asked = 0
    const send = (order: string, args: Record<string, unknown> = {}): number => {
      child.send({ ...args, number: ++asked, order })
      return asked
    }
    yield* eventually(() => ready || over, "the other process", { millis: 30_000 })
    return {
      pid: child.pid!,
      ask: (order, args) =>
        Effect.gen(function* () {
          const number = send(order, args)
          const found = yield* eventually(() => answers.get(number) ?? (over && {}), `the answer to ${order}`, {
            millis: 30_000
          })
          if (found.error !== undefined) return yield* Effect.die(new Error(found.error))
          return found.answer
        }),
      tell: send,
      news: () => news,
      kill: Effect.suspend(() => {
        child.kill("SIGKILL")
        return Effect.asVoid(eventually(() => over, "the end of the other process", { millis: 10_000 }))
      })
    } satisfies StoreProcess
  })
