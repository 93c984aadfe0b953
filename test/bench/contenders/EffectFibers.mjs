// Bare Effect, a fiber per step: each waits for its predecessors' Deferreds. The way one writes it by hand.
import { Deferred, Effect } from "effect"
import { sumOf } from "../graphs/Graph.mjs"
import { asEffect } from "./StepEffect.mjs"

export const build = (deps, step, body) => {
  const indices = deps.map((_, i) => i)
  return () => {
    const out = new Array(deps.length)
    const one = asEffect(deps, step, body, out)
    return Effect.runPromise(
      Effect.suspend(() => {
        const done = indices.map(() => Deferred.makeUnsafe())
        return Effect.forEach(
          indices,
          (i) =>
            Effect.forEach(deps[i], (d) => Deferred.await(done[d]), { discard: true }).pipe(
              Effect.andThen(one(i)),
              Effect.andThen(Deferred.succeed(done[i], undefined))
            ),
          { concurrency: "unbounded", discard: true }
        )
      })
    ).then(() => () => sumOf(out))
  }
}
