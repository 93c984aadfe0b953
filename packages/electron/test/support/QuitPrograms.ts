/** Programs that run something on two desks, and what they run. */
import type { StopBound } from "@halte/engine/model"
import { idOf, program, type ProgramOptions, stateOf, type Told } from "./QuitDesks.ts"

export const release = stateOf(idOf(1), {
  steps: { build: 5500, test: 500, ship: 0 },
  done: ["build"],
  running: ["test"]
})
export const index = stateOf(idOf(2), { flow: "index", steps: { walk: 5500 }, running: ["walk"] })
export const endless = stateOf(idOf(3), { flow: "endless", steps: { loop: null }, running: ["loop"] })

/** As its engine says that it was asked to stop, and what it promised. */
export const requested = (n: number, told: Told, bound: StopBound.StopBound) =>
  stateOf(idOf(n), {
    ...told,
    more: [
      {
        type: "interrupt-requested",
        signal: { source: "Desktop", requestedAt: 1 as never },
        strategy: { _tag: "FinishCurrent" },
        bound,
        running: told.running ?? []
      }
    ]
  })

export const running = (options: Partial<ProgramOptions> = {}) => {
  const made = program({ desks: ["a", "b"], ...options })
  made.desk("a").runs(release)
  made.desk("b").runs(index)
  made.done()
  return made
}

export const interrupted = async (options: Partial<ProgramOptions> = {}) => {
  const made = running(options)
  await made.quits()
  await made.question().answer("Interrupt")
  made.done()
  await made.clock.move(1000)
  return made
}
