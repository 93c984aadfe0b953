/**
 * An engine in a process of its own, to be killed.
 */
import { spawn } from "node:child_process"
import { randomInt } from "node:crypto"
import { fileURLToPath } from "node:url"
import { Effect, type Scope } from "effect"
import { eventually } from "../../../../test/support/Eventually.ts"
import { endAll, survivors } from "./Survivors.ts"

const script = fileURLToPath(new URL("../fixtures/engine.ts", import.meta.url))
/** The engine's modules are compiled once, not by each process that stands in for one. */
const compiled = fileURLToPath(new URL("../../../../node_modules/.cache/node-compile", import.meta.url))

export interface Engine {
  readonly number: number
  readonly pid: number
  /** The pid of the supervisor that watches now. */
  readonly supervisor: (other?: number) => Effect.Effect<number>
  /** The pids of supervisors and of the sweeps that they became. */
  readonly supervisors: () => ReadonlyArray<number>
  readonly signal: (name: NodeJS.Signals) => void
  readonly exit: Effect.Effect<number | null>
}

/** A number that no engine of this run has, nor any other engine that is likely. */
export const number = (): number => randomInt(2 ** 30, 2 ** 31)

/** Starts an engine that runs these commands; answers when all of their programs are ready. */
export const start = (
  commands: ReadonlyArray<ReadonlyArray<string>>,
  options: { readonly flags?: ReadonlyArray<string>; readonly engine?: number } = {}
): Effect.Effect<Engine, never, Scope.Scope> =>
  Effect.gen(function* () {
    const engine = options.engine ?? number()
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(
          process.execPath,
          [
            "-C",
            "@halte/source",
            script,
            String(engine),
            ...(options.flags ?? []),
            ...commands.map((c) => JSON.stringify(c))
          ],
          { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NODE_COMPILE_CACHE: compiled } }
        )
      ),
      (c) =>
        Effect.andThen(
          Effect.sync(() => c.kill("SIGKILL")),
          endAll(String(engine))
        )
    )
    let text = ""
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (d: string) => (text += d))
    const exit = new Promise<number | null>((resolve) => child.once("exit", resolve))
    const supervisors = () => survivors(String(engine)).filter((pid) => pid !== child.pid)
    yield* eventually(() => (text.match(/^ready \d+$/gm) ?? []).length === commands.length, "every program", {
      millis: 60_000,
      detail: () => text
    })
    return {
      number: engine,
      pid: child.pid!,
      supervisors,
      supervisor: (other) =>
        eventually(() => supervisors().find((pid) => pid !== other), "a supervisor", { millis: 5_000 }),
      signal: (name) => void child.kill(name),
      exit: Effect.promise(() => exit)
    }
  })
