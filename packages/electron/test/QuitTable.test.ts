/**
 * Every (state × event) pair of closing and quitting has one answer: the phase after it, and what was done, in order.
 */
import { assert, describe, it } from "vitest"
import { type EventName, events, outcome, type StateName, states } from "./support/QuitStates.ts"

const table: Readonly<Record<StateName, Readonly<Record<EventName, string>>>> = {
  "nothing runs": {
    quit: "Left | busy: stop via Quit | idle: stop via Quit | busy: closed | idle: closed | leave 0",
    "busy window closed": "Open | busy: closed | busy: stop via Window closed | busy: forgotten",
    "idle window closed": "Open | idle: closed | idle: stop via Window closed | idle: forgotten",
    "busy window lost": "Open | busy: closed | busy: stop via Window closed | busy: forgotten",
    "terminate now": "Open",
    SIGTERM: "Left | busy: stop via SIGTERM | idle: stop via SIGTERM | busy: closed | idle: closed | leave 0",
    "system ends":
      "Left | busy: stop via shutdown of the system | idle: stop via shutdown of the system | busy: closed | idle: closed | leave 0",
    "all ends": "Open",
    "another starts": "Open",
    "engine dies": "Open"
  },
  "something runs": {
    quit: "Asking | asks Quit Halte? | 1 asked",
    "busy window closed": "Open | asks Close the window? | 1 asked",
    "idle window closed": "Open | idle: closed | idle: stop via Window closed | idle: forgotten",
    "busy window lost": "Open | busy: closed",
    "terminate now": "Open",
    SIGTERM:
      "Interrupting | busy: shows Interrupting release | idle: shows Interrupting release | busy: stop via SIGTERM | idle: stop via SIGTERM",
    "system ends":
      "Interrupting | busy: shows Interrupting release | idle: shows Interrupting release | busy: stop via shutdown of the system | idle: stop via shutdown of the system",
    "all ends": "Open",
    "another starts": "Open",
    "engine dies": "Open"
  },
  "asked about quitting": {
    quit: "Asking | 1 asked",
    "busy window closed": "Asking | 1 asked",
    "idle window closed": "Asking | 1 asked",
    "busy window lost": "Asking | busy: closed | 1 asked",
    "terminate now": "Asking | 1 asked",
    SIGTERM:
      "Interrupting | busy: shows Interrupting release | idle: shows Interrupting release | busy: stop via SIGTERM | idle: stop via SIGTERM",
    "system ends":
      "Interrupting | busy: shows Interrupting release | idle: shows Interrupting release | busy: stop via shutdown of the system | idle: stop via shutdown of the system",
    "all ends": "Left | busy: stop via Quit | idle: stop via Quit | busy: closed | idle: closed | leave 0",
    "another starts": "Asking | 1 asked",
    "engine dies": "Open"
  },
  "asked about a window": {
    quit: "Asking | asks Quit Halte? | 1 asked",
    "busy window closed": "Open | 1 asked",
    "idle window closed": "Open | idle: closed | idle: stop via Window closed | idle: forgotten | 1 asked",
    "busy window lost": "Open | busy: closed",
    "terminate now": "Open | 1 asked",
    SIGTERM:
      "Interrupting | busy: shows Interrupting release | idle: shows Interrupting release | busy: stop via SIGTERM | idle: stop via SIGTERM",
    "system ends":
      "Interrupting | busy: shows Interrupting release | idle: shows Interrupting release | busy: stop via shutdown of the system | idle: stop via shutdown of the system",
    "all ends": "Open | busy: closed | busy: stop via Window closed | busy: forgotten",
    "another starts": "Open | 1 asked",
    "engine dies": "Open"
  },
  "interrupting one window": {
    quit: "Interrupting | busy: shows Interrupting release | idle: shows Interrupting release | busy: stop by anna via Interrupt and quit | idle: stop by anna via Interrupt and quit",
    "busy window closed": "Open | busy: shows Terminating release | busy: terminate by anna via Window closed again",
    "idle window closed": "Open | idle: closed | idle: stop via Window closed | idle: forgotten",
    "busy window lost": "Open | busy: closed",
    "terminate now":
      "Open | asks Terminate release now? | busy: shows Terminating release | busy: terminate by anna via Terminate now",
    SIGTERM:
      "Interrupting | busy: shows Interrupting release | idle: shows Interrupting release | busy: stop via SIGTERM | idle: stop via SIGTERM",
    "system ends":
      "Interrupting | busy: shows Interrupting release | idle: shows Interrupting release | busy: stop via shutdown of the system | idle: stop via shutdown of the system",
    "all ends": "Open | busy: shows Interrupting | busy: closed | busy: forgotten",
    "another starts": "Open | busy: shows Interrupting release, other",
    "engine dies": "Open | busy: shows Interrupting | busy: closed | busy: forgotten | told"
  },
  "in the background": {
    quit: "Asking | asks Quit Halte? | 1 asked",
    "busy window closed": "Open",
    "idle window closed": "Open",
    "busy window lost": "Open",
    "terminate now": "Open",
    SIGTERM: "Interrupting | busy: shows Interrupting release | busy: stop via SIGTERM",
    "system ends": "Interrupting | busy: shows Interrupting release | busy: stop via shutdown of the system",
    "all ends": "Open",
    "another starts": "Open",
    "engine dies": "Open | told"
  },
  interrupting: {
    quit: "Terminating | busy: shows Terminating release | idle: shows Terminating release | busy: terminate by anna via Quit again",
    "busy window closed":
      "Terminating | busy: shows Terminating release | idle: shows Terminating release | busy: terminate by anna via Window closed again",
    "idle window closed": "Interrupting | idle: closed",
    "busy window lost": "Interrupting | busy: closed",
    "terminate now":
      "Terminating | asks Terminate release now? | busy: shows Terminating release | idle: shows Terminating release | busy: terminate by anna via Terminate now",
    SIGTERM:
      "Terminating | busy: shows Terminating release | idle: shows Terminating release | busy: terminate via SIGTERM",
    "system ends": "Interrupting",
    "all ends": "Left | busy: shows Interrupting | idle: shows Interrupting | leave 0",
    "another starts":
      "Interrupting | busy: shows Interrupting release, other | idle: shows Interrupting release, other",
    "engine dies": "Left | busy: shows Interrupting | idle: shows Interrupting | leave 69 | told"
  },
  terminating: {
    quit: "Left | busy: kill | leave 69 | told",
    "busy window closed": "Left | busy: kill | leave 69 | told",
    "idle window closed": "Terminating | idle: closed",
    "busy window lost": "Terminating | busy: closed",
    "terminate now": "Terminating",
    SIGTERM: "Left | busy: kill | leave 137 | told",
    "system ends": "Terminating",
    "all ends": "Left | busy: shows Terminating | idle: shows Terminating | leave 0",
    "another starts": "Terminating | busy: shows Terminating release, other | idle: shows Terminating release, other",
    "engine dies": "Left | busy: shows Terminating | idle: shows Terminating | leave 69 | told"
  },
  leaving: {
    quit: "Left | idle: kill | leave 0",
    "busy window closed": "Leaving",
    "idle window closed": "Leaving",
    "busy window lost": "Leaving",
    "terminate now": "Leaving",
    SIGTERM: "Left | idle: kill | leave 137",
    "system ends": "Leaving",
    "all ends": "Leaving",
    "another starts": "Leaving",
    "engine dies": "Leaving"
  },
  left: {
    quit: "Left",
    "busy window closed": "Left",
    "idle window closed": "Left",
    "busy window lost": "Left",
    "terminate now": "Left",
    SIGTERM: "Left",
    "system ends": "Left",
    "all ends": "Left",
    "another starts": "Left",
    "engine dies": "Left"
  }
}

describe("every state and event of quitting", () => {
  for (const state of Object.keys(states) as ReadonlyArray<StateName>)
    for (const event of Object.keys(events) as ReadonlyArray<EventName>)
      it(`${state}, ${event}`, async () => {
        assert.strictEqual(await outcome(state, event), table[state][event])
      })
})
