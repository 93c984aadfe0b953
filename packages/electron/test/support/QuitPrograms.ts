/** Programs that run something on two desks, and what they run. */
import { idOf, program, type ProgramOptions, stateOf } from "./QuitDesks.ts"

export const release = stateOf(idOf(1), {
  steps: { build: 5500, test: 500, ship: 0 },
  done: ["build"],
  running: ["test"]
})
export const index = stateOf(idOf(2), { flow: "index", steps: { walk: 5500 }, running: ["walk"] })
export const endless = stateOf(idOf(3), { flow: "endless", steps: { loop: null }, running: ["loop"] })

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
