/**
 * The states that closing and quitting can be in, and what can happen in each: `busy` runs a release, `idle` runs nothing.
 */
import { type ProgramOptions, idOf, program, stateOf, turn } from "./QuitDesks.ts"

export type Program = ReturnType<typeof program>

export const release = stateOf(idOf(1), { running: ["build"] })
const other = stateOf(idOf(2), { flow: "other", running: ["build"] })

const fresh = (options: Partial<ProgramOptions> = {}): Program => {
  const made = program({ desks: ["busy", "idle"], ...options })
  made.desk("busy").runs(release)
  return made
}

const reached = async (through: (p: Program) => unknown): Promise<Program> => {
  const made = fresh()
  await through(made)
  await turn()
  // What follows is another gesture.
  await made.clock.move(1000)
  return made
}

export const states = {
  "nothing runs": () => reached((p) => p.desk("busy").runs()),
  "something runs": () => reached(() => undefined),
  "asked about quitting": () => reached((p) => p.quits()),
  "asked about a window": () => reached((p) => p.closes("busy")),
  "interrupting one window": () =>
    reached(async (p) => {
      await p.closes("busy")
      await p.question().answer("Interrupt")
    }),
  "in the background": () =>
    reached(async (p) => {
      await p.quits()
      await p.question().answer("Background")
    }),
  interrupting: () =>
    reached(async (p) => {
      await p.quits()
      await p.question().answer("Interrupt")
    }),
  terminating: () =>
    reached(async (p) => {
      await p.quits()
      await p.question().answer("Interrupt")
      await p.clock.move(1000)
      await p.quits()
    }),
  leaving: () =>
    reached(async (p) => {
      p.desk("busy").runs()
      p.desk("idle").engine!.hangs = true
      await p.quits()
    }),
  left: () =>
    reached(async (p) => {
      p.desk("busy").runs()
      await p.quits()
    })
} as const

export type StateName = keyof typeof states

const hasWindow = (p: Program, name: string): boolean =>
  p.desks.some((desk) => desk.name === name && desk.window !== undefined)

export const events = {
  quit: (p: Program) => p.quits(),
  "busy window closed": (p: Program) => (hasWindow(p, "busy") ? p.closes("busy") : undefined),
  "idle window closed": (p: Program) => (hasWindow(p, "idle") ? p.closes("idle") : undefined),
  "busy window lost": (p: Program) => (hasWindow(p, "busy") ? p.loses("busy") : undefined),
  "terminate now": async (p: Program) => {
    const before = p.questions.length
    const done = p.guard.terminateAll(p.desks[0]!)
    if (p.questions.length > before) await p.question().answer("Terminate")
    await done
  },
  SIGTERM: (p: Program) => p.guard.signalled("SIGTERM"),
  "system ends": (p: Program) => p.guard.systemEnds("shutdown of the system"),
  "all ends": (p: Program) => p.desks[0]!.runs(),
  "another starts": (p: Program) => p.desks[0]!.runs(...p.desks[0]!.running.states.values(), other),
  "engine dies": (p: Program) => p.desks[0]!.engine!.dies()
} as const

export type EventName = keyof typeof events

/** What an event does in a state: the phase after it, and what was done, in order. */
export const outcome = async (state: StateName, event: EventName): Promise<string> => {
  const made = await states[state]()
  made.done()
  const told = made.told.length
  await events[event](made)
  await turn()
  const open = made.questions.filter(({ isOpen }) => isOpen).length
  return [
    made.guard.phase,
    ...made.done(),
    ...made.told.slice(told).map(() => "told"),
    ...(open > 0 ? [`${open} asked`] : [])
  ].join(" | ")
}
