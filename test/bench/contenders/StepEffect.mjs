// A step as an Effect, for the bare formulations.
import { Effect } from "effect"

export const asEffect = (deps, step, body, out) => {
  const inputs = (i) => deps[i].map((d) => out[d])
  return body === "promise"
    ? (i) =>
        Effect.map(
          Effect.promise(() => step(i, inputs(i))),
          (value) => {
            out[i] = value
          }
        )
    : (i) =>
        Effect.sync(() => {
          out[i] = step(i, inputs(i))
        })
}
