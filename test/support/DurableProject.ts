/**
 * A project of a test's own whose executions are kept: flow files and programs in a scratch directory, `halte` in it, and
 * what is recorded, read from the store itself.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { ExecutionEvent, ExecutionState, type ExecutionSummary } from "@halte/engine/model"
import { SqliteStore } from "@halte/store-sqlite"
import { Effect, type Scope } from "effect"
import * as Program from "./Program.ts"
import * as Repository from "./Repository.ts"
import * as TerminalProgram from "./TerminalProgram.ts"

type Env = Readonly<Record<string, string | undefined>>

/** One command line from its start to its end. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Both, without line breaks: what is said does not depend on where lines are wrapped. */
  readonly said: string
}

/** An execution as the store has it. */
export interface Recorded {
  readonly id: string
  readonly summary: ExecutionSummary.ExecutionSummary
  readonly events: ReadonlyArray<ExecutionEvent.ExecutionEvent>
  readonly state: ExecutionState.ExecutionState
}

export interface DurableProject {
  readonly directory: string
  readonly write: (name: string, text: string) => string
  /** The lines that steps left in a file; none when it is not there. */
  readonly lines: (name: string) => ReadonlyArray<string>
  /** Lets the programs of `hold` go on to their end. */
  readonly go: Effect.Effect<void>
  readonly start: (args: ReadonlyArray<string>, env?: Env) => Effect.Effect<Program.Program, never, Scope.Scope>
  readonly terminal: (
    args: ReadonlyArray<string>,
    env?: Env
  ) => Effect.Effect<TerminalProgram.TerminalProgram, never, Scope.Scope>
  /** Runs a command line to its end. */
  readonly run: (args: ReadonlyArray<string>, env?: Env) => Effect.Effect<Ran, never, Scope.Scope>
  /** Everything in the store, newest first; asserts that no sequence has a gap. Recovers and changes nothing. */
  readonly recorded: Effect.Effect<ReadonlyArray<Recorded>>
  /** The newest one. */
  readonly newest: Effect.Effect<Recorded>
}

/**
 * Waits for the file `go`; asked to stop, it cleans up. Its log tells which of these happened. Nobody reads what a shell
 * says about the end of its `sleep` when the engine is dead.
 */
const hold = `trap '' PIPE
trap 'echo cleaned >>$1.log; exit 0' TERM
echo begun >>$1.log
echo ready $1
while [ ! -e go ]; do sleep 0.05; done
echo ended >>$1.log
`

/** Does not care about SIGTERM. */
const stubborn = `trap '' TERM
echo begun >>$1.log
echo ready $1
while [ ! -e go ]; do sleep 0.05; done
echo ended >>$1.log
`

/** Writes a line to a file and to its output again and again, until it is stopped. */
const ticks = `echo ready ticks
n=0
while :; do n=$((n+1)); echo $n >>ticks.log; echo tick $n; sleep 0.02; done
`

/** A directory, or the one that is given. */
export const make = (
  place: Effect.Effect<string, never, Scope.Scope> = Repository.scratch("durable")
): Effect.Effect<DurableProject, never, Scope.Scope> =>
  Effect.map(place, (directory) => {
    const path = (name: string) => join(directory, name)
    const write = (name: string, text: string) => {
      writeFileSync(path(name), text)
      return path(name)
    }
    const start: DurableProject["start"] = (args, env = {}) => Program.halte(args, { cwd: directory, env })
    const recorded = readStore(path(".halte/halte.db"))
    write("hold.sh", hold)
    write("stubborn.sh", stubborn)
    write("ticks.sh", ticks)
    write(
      "build.flow.yaml",
      `halte: 1
name: build
steps:
  first: { run: echo ran >>first.log }
  hold: { after: first, run: [sh, hold.sh, hold], grace: 5s }
  last: { after: hold, run: echo ran >>last.log }
`
    )
    return {
      directory,
      write,
      lines: (name) => (existsSync(path(name)) ? readFileSync(path(name), "utf8").trimEnd().split("\n") : []),
      go: Effect.sync(() => void write("go", "")),
      start,
      terminal: (args, env = {}) => TerminalProgram.halte(args, { cwd: directory, env, columns: 100 }),
      run: (args, env) =>
        Effect.gen(function* () {
          const halte = yield* start(args, env)
          const { code } = yield* halte.end()
          const [stdout, stderr] = [halte.stdout.text, halte.stderr.text]
          return { code, stdout, stderr, said: oneLine(`${stdout}\n${stderr}`) }
        }),
      recorded,
      newest: Effect.map(recorded, ([one]) => one ?? assert.fail("nothing is recorded"))
    }
  })

/** A text without its line breaks. */
export const oneLine = (text: string): string => text.replace(/\s+/g, " ")

const readStore = (file: string): Effect.Effect<ReadonlyArray<Recorded>> =>
  Effect.gen(function* () {
    const store = yield* SqliteStore.open({ file })
    const recorded: Array<Recorded> = []
    for (const summary of yield* store.list()) {
      const events = yield* store.read(summary.id, 0, Number.MAX_SAFE_INTEGER)
      assert.deepStrictEqual(
        events.map((event) => event.sequence),
        events.map((_, i) => i + 1),
        "sequences have no gap"
      )
      recorded.push({ id: summary.id, summary, events, state: ExecutionState.fold(undefined, events)! })
    }
    return recorded
  }).pipe(Effect.scoped, Effect.orDie)

/** The id that a started execution says in its first plain line. */
export const idOf = (program: Program.Program): Effect.Effect<string> =>
  Effect.map(program.stdout.waitFor(/ (?:started|resumed, attempt \d+,) ([0-9A-Z]{20})/), ([, id]) => id!)

/** The lines of a stream of JSON, after the one that says what it is. */
export const jsonLines = (text: string): ReadonlyArray<string> => {
  const [head, ...rest] = text.trimEnd().split("\n")
  assert.deepStrictEqual(JSON.parse(head!), { type: "stream", version: 1 })
  return rest
}

/** Waits for what the store says about the newest execution, by looking again and again. */
export const until = (
  project: DurableProject,
  what: string,
  is: (recorded: Recorded) => boolean,
  millis = 30_000
): Effect.Effect<Recorded> =>
  Effect.gen(function* () {
    const end = performance.now() + millis
    for (;;) {
      const [newest] = yield* project.recorded
      if (newest !== undefined && is(newest)) return newest
      if (performance.now() > end)
        return assert.fail(`Waited ${millis / 1000} s for ${what}. Recorded: ${JSON.stringify(newest?.events)}`)
      yield* Effect.sleep(20)
    }
  })

/**
 * Whether every process of a program that matches is stopped, as by SIGSTOP. A shell that was just starting a program
 * waits for its child, which is stopped: it can do no more than that, and its state is `D`. Linux only.
 */
export const allStopped = (program: { readonly marked: Program.Program["marked"] }, command: string): boolean => {
  const found = program.marked.alive().filter((one) => one.command.includes(command))
  const states = found.map(({ pid }) => stateOf(pid))
  return states.includes("T") && states.every((state) => state === "T" || state === "D")
}

const stateOf = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    return stat.slice(stat.lastIndexOf(")") + 2)[0]
  } catch {
    return undefined
  }
}
