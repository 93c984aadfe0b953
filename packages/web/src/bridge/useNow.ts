/**
 * The time, for what counts up or down on the page: one clock for all, and none while nobody needs it.
 */
import { Atom } from "effect/reactivity"
import { useAtomValue } from "./Registry.ts"

const clock = (millis: number) =>
  Atom.readable<number>((get) => {
    const timer = setInterval(() => get.setSelf(Date.now()), millis)
    get.addFinalizer(() => clearInterval(timer))
    return Date.now()
  })

const seconds = clock(1000)
const tenths = clock(100)
const still = Atom.readable(() => Date.now())

/** The wall clock, in milliseconds; it moves every second, every tenth of one, or not at all. */
export const useNow = (pace: "second" | "tenth" | "still" = "second"): number =>
  useAtomValue(pace === "second" ? seconds : pace === "tenth" ? tenths : still)
