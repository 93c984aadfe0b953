/**
 * Pictures of the story for tests of views.
 */
import { DurationText, TimeLeft } from "@halte/engine/model"
import type { Look } from "../src/view/Look.ts"
import type { Picture } from "../src/view/Picture.ts"
import * as Story from "./ReleaseStory.ts"

export const plain: Look = { color: false, unicode: true }
export const colored: Look = { color: true, unicode: true }
export const ascii: Look = { color: false, unicode: false }

// oxlint-disable-next-line no-control-regex
export const strip = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, "")

export const keys = ["Ctrl-C interrupt", "↑↓ move", "l logs", "p pause", "? help"]

export const picture = (
  facts: Parameters<typeof Story.tell>[0],
  now: string,
  columns: number,
  more?: Partial<Picture>
): Picture => {
  const at = Story.time(now)
  const left = TimeLeft.make()
  for (const event of Story.tell(facts)) left.observe(event)
  return {
    state: Story.stateOf(facts),
    now: at,
    size: { columns, rows: 40 },
    look: plain,
    asked: 0,
    timeLeft: (step) => left.of(step, at),
    lastLine: () => undefined,
    keys,
    ...more
  }
}

/** A flow of many steps side by side, the first `done` of them completed and the next `running` at work. */
export const many = (all: number, done: number, running: number): Parameters<typeof Story.tell>[0] => {
  const steps = Array.from({ length: all }, (_, i) => ({
    id: `job-${i + 1}`,
    name: `job-${i + 1}`,
    kind: "process" as const,
    after: [],
    stopsWithinMillis: 5500
  }))
  return [
    {
      at: "14:07:00.000",
      type: "execution-started",
      flow: "many",
      definition: { ...Story.definition, name: "many", steps },
      params: {},
      source: "Cli",
      strategy: { _tag: "FinishCurrent" }
    },
    ...steps
      .slice(0, done + running)
      .map((s) => ({ at: "14:07:00.000", type: "step-started" as const, step: s.id, try: 1 })),
    ...steps.slice(0, done).map((s, i) => ({
      at: `14:07:0${DurationText.count(1 + (i % 9))}.000`,
      type: "step-completed" as const,
      step: s.id,
      try: 1,
      tookMillis: 1000
    }))
  ]
}
