/** Small flows, as data: what a step gives is a function of what it reads. */
import { RandomGraph } from "@halte/engine/testing"

const { node } = RandomGraph

/** Its steps by id, groups left out. */
export const leavesOf = (nodes: ReadonlyArray<RandomGraph.Node>, prefix = ""): ReadonlyMap<string, RandomGraph.Node> =>
  new Map(
    nodes.flatMap((one) =>
      one.kind === "group"
        ? [...leavesOf(one.steps, `${prefix}${one.name}/`)]
        : [[`${prefix}${one.name}`, one] as const]
    )
  )

export const flows: Record<string, ReadonlyArray<RandomGraph.Node>> = {
  "a chain": [node("a"), node("b", { inputs: ["a"], kind: "promise", turns: 1 }), node("c", { inputs: ["b"] })],
  "a fan": [
    node("a", { kind: "effect", turns: 1 }),
    ...["b", "c", "d", "e"].map((name, i) => node(name, { inputs: ["a"], kind: "effect", turns: i % 3 })),
    node("f", { inputs: ["b", "c", "d", "e"] })
  ],
  "a diamond with lists": [
    node("a"),
    node("b", { inputs: ["a"], kind: "for-each", items: 7, every: 3, concurrency: 2, turns: 1 }),
    node("c", { inputs: ["a"], kind: "for-each", items: 4, every: 1 }),
    node("d", { inputs: ["b", "c"] })
  ],
  "groups within groups": [
    node("a"),
    node("g", {
      kind: "group",
      inputs: ["a"],
      steps: [
        node("b", { kind: "promise", turns: 1 }),
        node("h", {
          kind: "group",
          after: ["b"],
          steps: [node("c", { kind: "loop", items: 3, turns: 1 }), node("d", { inputs: ["c"] })]
        })
      ]
    }),
    node("e", { inputs: ["g"] })
  ],
  "another try, conditions and skipped steps": [
    node("a", { kind: "retry", turns: 1 }),
    node("no", { when: false, after: ["a"] }),
    node("reads", { inputs: ["no"] }),
    node("yes", { when: true, inputs: ["a"], kind: "effect" }),
    node("g", { kind: "group", when: false, steps: [node("b")] }),
    node("last", { inputs: ["yes"], after: ["reads", "g"], kind: "retry" })
  ]
}
