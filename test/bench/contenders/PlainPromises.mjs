// The floor: the least that runs a graph in order at all. Promises, a count of open predecessors per step, nothing else.
import { successorsOf, sumOf } from "../graphs/Graph.mjs"

export const build = (deps, step) => {
  const successors = successorsOf(deps)
  return () =>
    new Promise((resolve, reject) => {
      const n = deps.length
      const out = new Array(n)
      const left = Int32Array.from(deps, (d) => d.length)
      let open = n
      const go = async (i) => {
        out[i] = await step(
          i,
          deps[i].map((d) => out[d])
        )
        for (const next of successors[i]) if (--left[next] === 0) go(next).catch(reject)
        if (--open === 0) resolve(() => sumOf(out))
      }
      for (let i = 0; i < n; i++) if (deps[i].length === 0) go(i).catch(reject)
    })
}
