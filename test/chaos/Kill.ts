/**
 * Kills engines at random moments, again and again, and goes on each time, until everything has completed; what must hold
 * is looked at after each death and after each recovery. The moments come from a seed, the rest from the machine.
 */
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert } from "@effect/vitest"
import { Effect, Exit, type Scope } from "effect"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"
import * as ChaosFlow from "./ChaosFlow.ts"
import * as Committed from "./Committed.ts"
import * as Random from "./Random.ts"
import * as Remains from "./Remains.ts"

export interface Options {
  /** Processes that are killed or asked to stop. */
  readonly rounds: number
  readonly seed: number
  readonly log?: (text: string) => void
}

export interface Report {
  readonly rounds: number
  readonly projects: number
  /** How many were ended how. */
  readonly ends: Readonly<{ [kind: string]: number }>
  /** Executions that had not ended when their engine was gone. */
  readonly crashed: number
  /** Steps and items that were done again, since what they had done was not committed. */
  readonly again: number
}

const engine = fileURLToPath(new URL("./Engine.ts", import.meta.url))

/** Executions of one project, which go on at the same time; the last one is relaxed. */
const executions = 4
/** Within how many milliseconds after `running` the end comes: not every one comes in time. */
const longestMillis = 900
/** The same for an end that comes while the project is being opened. */
const openingMillis = 600

interface Plan {
  readonly kind: "SIGKILL" | "SIGTERM" | "SIGINT" | "SIGTERM, then SIGKILL"
  readonly opening: boolean
  readonly millis: number
  /** Between the two signals. */
  readonly between: number
}

const planOf = (random: Random.Random): Plan => {
  const dice = random.below(100)
  const kind = dice < 64 ? "SIGKILL" : dice < 74 ? "SIGTERM" : dice < 84 ? "SIGINT" : "SIGTERM, then SIGKILL"
  const opening = random.chance(0.15)
  return { kind, opening, millis: random.below(opening ? openingMillis : longestMillis), between: random.below(60) }
}

type Values = ReadonlyMap<string, Readonly<{ [step: string]: unknown }>>

/** Which execution it is, whichever project it is in. */
const keyOf = ({ flow, n }: Remains.Recorded): string => `${flow} ${n}`

/** Runs the rounds. Dies with what does not hold, the seed and the plan of the round. */
export const run = (options: Options): Effect.Effect<Report> =>
  Effect.gen(function* () {
    const random = Random.make(options.seed)
    const tally: Tally = { rounds: 0, projects: 0, ends: {}, crashed: 0, again: 0 }
    // What comes out when nobody is killed.
    const values = yield* Effect.scoped(project({ ...options, rounds: 0 }, random, tally, undefined))
    tally.projects = 0
    while (tally.rounds < options.rounds) yield* Effect.scoped(project(options, random, tally, values))
    return tally
  })

type Tally = { -readonly [K in keyof Report]: K extends "ends" ? { [kind: string]: number } : Report[K] }

/** One project, from its first start to the completion of all of its executions. */
const project = (
  { log = () => {}, rounds, seed }: Options,
  random: Random.Random,
  tally: Tally,
  expected: Values | undefined
): Effect.Effect<Values, never, Scope.Scope> =>
  Effect.gen(function* () {
    const directory = yield* Repository.scratch("chaos")
    writeFileSync(join(directory, "program.sh"), ChaosFlow.programText)
    const lives: Array<Program.Program> = []
    const committed = Committed.make()
    for (let life = 1; ; life++) {
      const plan = tally.rounds < rounds ? planOf(random) : undefined
      const where = `round ${tally.rounds + 1}, life ${life}, seed ${seed}, ${JSON.stringify(plan)}`
      const program = yield* Program.start(
        [process.execPath, "-C", "@halte/source", engine, String(life), String(executions)],
        { cwd: directory }
      )
      const early = plan?.opening === true
      if (plan !== undefined && early) yield* Effect.forkChild(end(program, plan))
      // One that is killed early may say nothing.
      const opened = yield* says(program, "open")
      if (opened) {
        for (const before of lives)
          assert.deepStrictEqual(before.marked.alive(), [], `no program of an earlier life is left: ${where}`)
        const record = yield* Remains.read(directory)
        named(where, () => Remains.assertRecovered(record))
        yield* program.write("go\n")
      }
      if (plan !== undefined && !early && (yield* says(program, "running"))) yield* end(program, plan)
      const { code } = yield* program.end()
      lives.push(program)
      const record = yield* Remains.read(directory)
      named(where, () => {
        Remains.quickCheck(directory)
        const works = Remains.works(directory)
        tally.again += committed.check(life, works)
        committed.add(record, works)
      })
      tally.crashed += record.executions.filter(({ state }) => state.ended === undefined).length
      if (code === 3) named(where, () => Remains.assertRecovered(record))
      if (code === 0) {
        named(where, () => Remains.assertRecovered(record))
        assert.deepStrictEqual(readdirSync(join(directory, ".halte/run")), [], where)
        for (const one of lives) yield* one.marked.gone()
        const values = new Map(record.executions.map((one) => [keyOf(one), Remains.valuesOf(one)]))
        assert.strictEqual(values.size, executions, where)
        if (expected !== undefined) assert.deepStrictEqual(values, expected, where)
        tally.projects++
        return values
      }
      assert.notStrictEqual(code, 1, `${where}\n${program.output.text}`)
      if (plan !== undefined) {
        tally.rounds++
        tally.ends[plan.kind] = (tally.ends[plan.kind] ?? 0) + 1
        log(`${where}: ${code === null ? "killed" : `exit code ${code}`}`)
      }
    }
  })

/** Waits until the engine says it, or has ended without. */
const says = (program: Program.Program, text: string): Effect.Effect<boolean> =>
  Effect.map(Effect.exit(program.stdout.waitFor(text)), Exit.isSuccess)

const end = (program: Program.Program, { between, kind, millis }: Plan): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* Effect.sleep(millis)
    if (kind !== "SIGTERM, then SIGKILL") return yield* program.signal(kind)
    yield* program.signal("SIGTERM")
    yield* Effect.sleep(between)
    yield* program.signal("SIGKILL")
  })

/** What fails in it says where. */
const named = (where: string, check: () => void): void => {
  try {
    check()
  } catch (error) {
    throw new Error(`${(error as Error).message}\nin ${where}`, { cause: error })
  }
}
