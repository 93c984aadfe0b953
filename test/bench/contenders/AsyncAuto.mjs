// async.auto: steps by name, each with the names of its predecessors.
import auto from "async/auto.js"
import { sumOf } from "../graphs/Graph.mjs"

export const build = (deps, step) => {
  const tasks = {}
  for (let i = 0; i < deps.length; i++) {
    const work = async (results) =>
      step(
        i,
        deps[i].map((d) => results[`s${d}`])
      )
    tasks[`s${i}`] = deps[i].length === 0 ? async () => step(i, []) : [...deps[i].map((d) => `s${d}`), work]
  }
  return () => auto(tasks).then((results) => () => sumOf(deps.map((_, i) => results[`s${i}`])))
}
