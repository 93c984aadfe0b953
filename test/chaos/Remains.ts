/**
 * What is left of a project when no engine runs in it, and what must hold of it whenever that is.
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert } from "@effect/vitest"
import { ExecutionState, type ExecutionEvent, ExecutionStatus } from "@halte/engine/model"
import { SqliteStore } from "@halte/store-sqlite"
import { Effect } from "effect"
import * as ChaosFlow from "./ChaosFlow.ts"

export interface Recorded {
  readonly id: string
  readonly flow: string
  readonly n: number
  readonly events: ReadonlyArray<ExecutionEvent.ExecutionEvent>
  readonly state: ExecutionState.ExecutionState
}

export interface Remains {
  readonly executions: ReadonlyArray<Recorded>
  /** Who holds claims. */
  readonly owners: ReadonlyArray<string>
}

const fileOf = (directory: string) => join(directory, ".halte/halte.db")

/** Reads everything; asserts that the file is whole and that no sequence has a gap. */
export const read = (directory: string): Effect.Effect<Remains> =>
  Effect.gen(function* () {
    if (!existsSync(fileOf(directory))) return { executions: [], owners: [] }
    const store = yield* SqliteStore.open({ file: fileOf(directory) })
    assert.deepStrictEqual(store.notices, [], "the file was whole")
    const executions: Array<Recorded> = []
    for (const { flow, id } of yield* store.list({ limit: Number.MAX_SAFE_INTEGER })) {
      const events = yield* store.read(id, 0, Number.MAX_SAFE_INTEGER)
      assert.deepStrictEqual(
        events.map((event) => event.sequence),
        events.map((_, i) => i + 1),
        `the sequences of \`${id}\` have no gap`
      )
      const state = ExecutionState.fold(undefined, events)!
      executions.push({ id, flow, n: (state.params as { readonly n: number }).n, events, state })
    }
    return { executions, owners: (yield* store.owners).map(({ owner }) => owner) }
  }).pipe(Effect.scoped, Effect.orDie)

/** Asserts that SQLite finds nothing wrong with the file. */
export const quickCheck = (directory: string): void => {
  if (!existsSync(fileOf(directory))) return
  const db = new DatabaseSync(fileOf(directory), { readOnly: true })
  try {
    const found = db.prepare("PRAGMA quick_check").all()
    assert.deepStrictEqual(
      found.map((row) => row["quick_check"]),
      ["ok"]
    )
  } finally {
    db.close()
  }
}

/** The pieces of work that were begun, in their order. */
export const works = (directory: string): ReadonlyArray<ChaosFlow.Work> => {
  const file = join(directory, "effects")
  if (!existsSync(file)) return []
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ChaosFlow.Work)
}

/** P5: after recovery nobody owns anything, and each step is exactly one of done, with its value, not started, interrupted. */
export const assertRecovered = ({ executions, owners }: Remains): void => {
  assert.deepStrictEqual(owners, [], "no claim is left of an engine that is gone")
  for (const { events, id, state } of executions) {
    assert.isTrue(ExecutionStatus.isEnded(state.status), `\`${id}\` has ended, it is ${state.status}`)
    const { completed, failed, interrupted, notStarted, skipped, terminated } = state.ended!.partition
    const all = [...completed, ...interrupted.map(({ step }) => step), ...notStarted]
    assert.deepStrictEqual([...failed, ...skipped, ...terminated], [], `nothing else happened to \`${id}\``)
    assert.deepStrictEqual(all.toSorted(), ChaosFlow.steps.toSorted(), `each step of \`${id}\` is one of them`)
    const done = new Set(events.flatMap((e) => (e.type === "step-completed" ? [e.step] : [])))
    assert.deepStrictEqual(completed.toSorted(), [...done].toSorted(), `what of \`${id}\` is done has its value`)
    for (const { step } of interrupted) assert.strictEqual(state.steps.get(step)?.status, "Interrupted")
  }
}

/** What the steps of an execution gave: the values, or the hashes of those that are kept apart. */
export const valuesOf = ({ events }: Recorded): Readonly<{ [step: string]: unknown }> =>
  Object.fromEntries(
    events.flatMap((e) =>
      e.type === "step-completed" ? [[e.step, e.references?.["value"]?.sha256 ?? e.value] as const] : []
    )
  )
