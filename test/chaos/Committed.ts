/**
 * What was committed when each process ended, and whether the processes after it did any of that again.
 */
import { assert } from "@effect/vitest"
import * as ChaosFlow from "./ChaosFlow.ts"
import type { Remains } from "./Remains.ts"

export interface Committed {
  /**
   * Asserts that a process did nothing that was committed before, and nothing twice. Answers how much it did that had been
   * begun before.
   */
  readonly check: (life: number, works: ReadonlyArray<ChaosFlow.Work>) => number
  /** Adds what is committed now; asserts that all of it was done. */
  readonly add: (remains: Remains, works: ReadonlyArray<ChaosFlow.Work>) => void
}

interface Of {
  readonly completed: ReadonlySet<string>
  /** Of the loop. */
  readonly cursor: number
  readonly relaxed: boolean
}

const nothing: Of = { completed: new Set(), cursor: 0, relaxed: false }

const nameOf = ({ execution, index, step }: ChaosFlow.Work): string =>
  `\`${step}\`${index === undefined ? "" : ` ${index}`} of \`${execution}\``

export const make = (): Committed => {
  const committed = new Map<string, Of>()
  return {
    check: (life, works) => {
      const before = new Set(works.filter((work) => work.life < life).map(nameOf))
      const now = new Set<string>()
      let again = 0
      for (const work of works) {
        if (work.life !== life) continue
        const name = nameOf(work)
        assert.isFalse(now.has(name), `${name} ran twice in one process`)
        now.add(name)
        const { completed, cursor, relaxed } = committed.get(work.execution) ?? nothing
        assert.isFalse(completed.has(work.step), `${name} ran although it was done`)
        if (work.index !== undefined)
          assert.isAtLeast(work.index, cursor, `${name} ran although the cursor was behind it`)
        if (!before.has(name)) continue
        again++
        if (work.index !== undefined && !relaxed)
          assert.isBelow(
            work.index,
            cursor + ChaosFlow.batch,
            `${name} ran again, more than one batch after the cursor`
          )
      }
      return again
    },
    add: ({ executions }, works) => {
      const done = new Set(works.map(nameOf))
      for (const { events, flow, id } of executions) {
        const completed = new Set(events.flatMap((e) => (e.type === "step-completed" ? [e.step] : [])))
        const cursors = events.flatMap((e) => (e.type === "step-cursor" ? [e.cursor as number] : []))
        const cursor = completed.has("loop") ? ChaosFlow.items : (cursors.at(-1) ?? 0)
        const required = [
          ...[...completed].filter((step) => step !== "loop").map((step) => ({ life: 0, execution: id, step })),
          ...Array.from({ length: cursor }, (_, index) => ({ life: 0, execution: id, step: "loop", index }))
        ]
        for (const work of required)
          assert.isTrue(done.has(nameOf(work)), `${nameOf(work)} is recorded and was not done`)
        committed.set(id, { completed, cursor, relaxed: flow === "chaos-relaxed" })
      }
    }
  }
}
