/**
 * A real program under test, without a terminal: its output, signals to it, its end, and what it left running.
 */
import { spawn } from "node:child_process"
import { Effect, type Scope } from "effect"
import { eventually } from "./Eventually.ts"
import * as Marked from "./Marked.ts"
import * as Repository from "./Repository.ts"
import { Transcript } from "./Transcript.ts"

/** How a program ended: its exit code, or the signal that ended it. */
export type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

export interface Options {
  /** @default the repository */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface Program {
  readonly pid: number
  readonly stdout: Transcript
  readonly stderr: Transcript
  /** Both, in the order in which they arrived. */
  readonly output: Transcript
  readonly marked: Marked.Marked
  /** Writes to its standard input. */
  readonly write: (text: string) => Effect.Effect<void>
  readonly endInput: Effect.Effect<void>
  /** Sends a signal to this one process. */
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Waits for its end and for the end of its output; the bound is a ceiling. @default 60,000 */
  readonly end: (millis?: number) => Effect.Effect<End>
}

/** Starts a program. At the end of the scope nothing of it is alive. */
export const start = (
  command: readonly [string, ...ReadonlyArray<string>],
  options: Options = {}
): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.gen(function* () {
    const env = { ...(yield* Repository.place(options)), ...options.env }
    const marked = yield* Marked.make
    return yield* Effect.acquireRelease(
      Effect.sync(() => open(command, { ...options, env }, marked)),
      ({ child }) => Effect.sync(() => void child.kill("SIGKILL"))
    )
  }).pipe(Effect.map(({ program }) => program))

/** Starts `halte` from its sources, on this Node. */
export const halte = (args: ReadonlyArray<string>, options?: Options): Effect.Effect<Program, never, Scope.Scope> =>
  start([process.execPath, Repository.halte, ...args], options)

const open = (
  [file, ...args]: readonly [string, ...ReadonlyArray<string>],
  options: Options,
  marked: Marked.Marked
) => {
  const child = spawn(file, args, {
    cwd: options.cwd ?? Repository.root,
    env: Repository.environment({ ...options.env, ...marked.environment }),
    stdio: "pipe"
  })
  let ended: End | undefined
  const over = () => ended !== undefined
  const texts = { stdout: "", stderr: "", output: "" }
  const stdout = new Transcript(() => texts.stdout, over)
  const stderr = new Transcript(() => texts.stderr, over)
  const output = new Transcript(() => texts.output, over)
  const changed = () => [stdout, stderr, output].forEach((transcript) => transcript.changed())
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      texts[name] += chunk
      texts.output += chunk
      changed()
    })
  }
  child.on("error", (error) => {
    texts.output += String(error)
    ended ??= { code: null, signal: null }
    changed()
  })
  child.on("close", (code, signal) => {
    ended = { code, signal }
    changed()
  })
  // A program that has ended reads nothing more.
  child.stdin.on("error", () => undefined)
  const program: Program = {
    pid: child.pid ?? -1,
    stdout,
    stderr,
    output,
    marked,
    write: (text) => Effect.sync(() => void child.stdin.write(text)),
    endInput: Effect.sync(() => void child.stdin.end()),
    signal: (signal) => Effect.sync(() => void child.kill(signal)),
    end: (millis = 60_000) =>
      eventually(() => ended, `the end of \`${[file, ...args].join(" ")}\``, {
        millis,
        detail: () => `It wrote:\n${texts.output}`
      })
  }
  return { child, program }
}
