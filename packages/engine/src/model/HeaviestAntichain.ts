/**
 * Of things of which some come before others, the heaviest set in which none comes before another: what can be under
 * way at the same time at worst.
 *
 * @since 0.1.0
 */

/** More than these are bounded from above by chains instead of computed. */
const mostExact = 256

/**
 * The set, and its weight; with more than 256 things a weight that is never too small, without a set.
 *
 * @since 0.1.0
 */
export interface Heaviest {
  readonly weight: number
  readonly of: ReadonlyArray<number> | undefined
}

/**
 * Finds it. `isBefore` has to be transitive.
 *
 * **Details**
 *
 * Among chains that hold everything, the least sum of weights is the weight of the heaviest antichain (Dilworth, with
 * weights); it is the sum of all weights less the greatest flow from each thing to those after it.
 *
 * @since 0.1.0
 */
export const make = (weights: ReadonlyArray<number>, isBefore: (a: number, b: number) => boolean): Heaviest =>
  weights.length > mostExact ? { weight: byChains(weights, isBefore), of: undefined } : exact(weights, isBefore)

const exact = (weights: ReadonlyArray<number>, isBefore: (a: number, b: number) => boolean): Heaviest => {
  const size = weights.length
  // Each thing twice: as the earlier of a pair, and as the later one. What flows between pairs is kept by pair.
  const out = Float64Array.from(weights)
  const into = Float64Array.from(weights)
  const flow = new Float64Array(size * size)
  const after: Array<Array<number>> = weights.map((_, a) => weights.flatMap((_, b) => (isBefore(a, b) ? [b] : [])))
  const before: Array<Array<number>> = weights.map(() => [])
  after.forEach((list, a) => list.forEach((b) => before[b]!.push(a)))
  const reached = () => {
    /** Where each was reached from: as an earlier one 0 to size − 1, as a later one size to 2 size − 1; −1 not at all, −2 from the source. */
    const from = new Int32Array(2 * size).fill(-1)
    const queue: Array<number> = []
    for (let a = 0; a < size; a++)
      if (out[a]! > 0) {
        from[a] = -2
        queue.push(a)
      }
    for (let at = 0; at < queue.length; at++) {
      const node = queue[at]!
      if (node < size) {
        for (const b of after[node]!)
          if (from[size + b] === -1) {
            from[size + b] = node
            if (into[b]! > 0) return { from, end: b }
            queue.push(size + b)
          }
      } else
        for (const a of before[node - size]!)
          if (from[a] === -1 && flow[a * size + node - size]! > 0) {
            from[a] = node
            queue.push(a)
          }
    }
    return { from, end: undefined }
  }
  for (;;) {
    const { end, from } = reached()
    if (end === undefined) {
      const of = weights.flatMap((weight, i) => (weight > 0 && from[i] !== -1 && from[size + i] === -1 ? [i] : []))
      return { weight: of.reduce((sum, i) => sum + weights[i]!, 0), of }
    }
    const path: Array<readonly [a: number, b: number, sign: 1 | -1]> = []
    let amount = into[end]!
    for (let node = size + end; ;) {
      const previous = from[node]!
      if (previous === -2) {
        amount = Math.min(amount, out[node]!)
        for (const [a, b, sign] of path) flow[a * size + b]! += sign * amount
        out[node]! -= amount
        into[end]! -= amount
        break
      }
      if (node >= size) path.push([previous, node - size, 1])
      else {
        amount = Math.min(amount, flow[node * size + previous - size]!)
        path.push([node, previous - size, -1])
      }
      node = previous
    }
  }
}

/** Chains that hold everything, made as they come: at most one of each is in an antichain. */
const byChains = (weights: ReadonlyArray<number>, isBefore: (a: number, b: number) => boolean): number => {
  const chains: Array<{ last: number; heaviest: number }> = []
  weights.forEach((weight, i) => {
    const chain = chains.find(({ last }) => isBefore(last, i))
    if (chain === undefined) chains.push({ last: i, heaviest: weight })
    else {
      chain.last = i
      chain.heaviest = Math.max(chain.heaviest, weight)
    }
  })
  return chains.reduce((sum, { heaviest }) => sum + heaviest, 0)
}
