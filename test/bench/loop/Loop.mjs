// The loops that are measured: each works through `n` iterations with a stopping point at every `every`th.
import { StoppingPoint } from "@halte/engine"
import { Effect } from "effect"
import { work } from "./Body.mjs"

/** The same loop without stopping points. */
const plain = (rounds, n) => {
  for (let i = 0; i < n; i++) work(rounds, i)
}

/** The same list and function without stopping points. */
const plainList = (rounds, n) => {
  const list = itemsOf(n)
  each(list, (item) => {
    work(rounds, item)
  })
}
const each = (list, body) => {
  for (let i = 0; i < list.length; i++) body(list[i], i)
}

const items = []
const itemsOf = (n) => {
  while (items.length < n) items.push(items.length)
  return items.length === n ? items : items.slice(0, n)
}

/** The loop with stopping points as an Effect, or as a function of the step; `bare` is what it is compared with. */
export const loops = {
  forEach: {
    text: "StoppingPoint.forEach",
    bare: plainList,
    effect: (rounds, n, every) =>
      StoppingPoint.forEach(itemsOf(n), { every, cursor: 0 }, (item) => {
        work(rounds, item)
      })
  },
  batches: {
    text: "own loop, StoppingPoint.check before each batch",
    bare: plain,
    effect: (rounds, n, every) =>
      Effect.gen(function* () {
        for (let i = 0; i < n;) {
          if (StoppingPoint.isBreak(yield* StoppingPoint.check)) return
          for (const end = Math.min(i + every, n); i < end; i++) work(rounds, i)
        }
      })
  },
  every: {
    text: "own loop, yield* StoppingPoint.every(n)",
    bare: plain,
    effect: (rounds, n, every) =>
      Effect.gen(function* () {
        const stop = StoppingPoint.every(every)
        for (let i = 0; i < n; i++) {
          if (StoppingPoint.isBreak(yield* stop)) return
          work(rounds, i)
        }
      })
  },
  await: {
    text: "own loop, await ctx.stop.every(n)",
    bare: plain,
    promise: async (step, rounds, n, every) => {
      for (let i = 0; i < n; i++) {
        if (await step.stop.every(every)) return
        work(rounds, i)
      }
    }
  },
  "await-if-due": {
    text: "own loop, ctx.stop.every(n), awaited only when it answers a promise",
    bare: plain,
    promise: async (step, rounds, n, every) => {
      const { stop } = step
      for (let i = 0; i < n; i++) {
        const answer = stop.every(every)
        if (answer !== false && (await answer)) return
        work(rounds, i)
      }
    }
  }
}
