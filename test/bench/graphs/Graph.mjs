// The graphs that are measured. A graph is its predecessors by node; successors are the contender's own business.
export const layered = (width, layers, fanIn) => {
  const deps = []
  let seed = 42
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff) / 0x7fff_ffff
  for (let layer = 0; layer < layers; layer++)
    for (let at = 0; at < width; at++) {
      if (layer === 0) {
        deps.push([])
        continue
      }
      const chosen = new Set()
      while (chosen.size < fanIn) chosen.add((layer - 1) * width + Math.floor(random() * width))
      deps.push([...chosen])
    }
  return deps
}

export const chain = (length) => Array.from({ length }, (_, i) => (i === 0 ? [] : [i - 1]))

export const fan = (width) => [
  [],
  ...Array.from({ length: width }, () => [0]),
  Array.from({ length: width }, (_, i) => i + 1)
]

const grid = (side) =>
  Array.from({ length: side * side }, (_, i) => {
    const before = []
    if (i >= side) before.push(i - side)
    if (i % side > 0) before.push(i - 1)
    return before
  })

/** `repeats`: warm runs in a process, at most. `bodies`: what its steps are; all there are when it doesn't say. */
export const graphs = {
  small: { text: "layered 30×30, 3 dependencies each", make: () => layered(30, 30, 3), repeats: 120 },
  layered: { text: "layered 100×100, 3 dependencies each", make: () => layered(100, 100, 3), repeats: 15 },
  chain: { text: "chain of 10,000", make: () => chain(10_000), repeats: 15 },
  fan: { text: "fan-out 1→10,000→1", make: () => fan(10_000), repeats: 15 },
  grid: { text: "diamond grid 100×100", make: () => grid(100), repeats: 15 },
  wide: { text: "layered 1,000×100, 3 dependencies each", make: () => layered(1_000, 100, 3), repeats: 4 },
  "chain-100k": { text: "chain of 100,000", make: () => chain(100_000), repeats: 4, bodies: ["value"] },
  million: { text: "chain of 1,000,000", make: () => chain(1_000_000), repeats: 1, bodies: ["value"] }
}

/** What each step computes: its place and its predecessors' values, so that a wrong order shows in the sum. */
export const stepValue = (node, inputs) => {
  let sum = node
  for (let k = 0; k < inputs.length; k++) sum = (sum + inputs[k]) | 0
  return sum
}

/** The sum over all steps that every contender has to come to. */
export const expectedSum = (deps) => {
  const out = new Int32Array(deps.length)
  let sum = 0
  for (let i = 0; i < deps.length; i++) {
    out[i] = stepValue(
      i,
      deps[i].map((d) => out[d])
    )
    sum = (sum + out[i]) | 0
  }
  return sum
}

/** The successors of each node. */
export const successorsOf = (deps) => {
  const successors = deps.map(() => [])
  for (let i = 0; i < deps.length; i++) for (const d of deps[i]) successors[d].push(i)
  return successors
}

/** The sum of what the steps gave. */
export const sumOf = (values) => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum = (sum + values[i]) | 0
  return sum
}
