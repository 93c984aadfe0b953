/** Small flows, as data: what a step gives is a function of what it reads. */
import { RandomGraph } from "@halte/engine/testing"

const { node } = RandomGraph

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
  ],
  "maps within maps": [
    node("a"),
    node("m", { kind: "map", inputs: ["a"], items: 3, concurrency: 2, turns: 1 }),
    node("o", {
      kind: "map",
      inputs: ["a"],
      items: 2,
      steps: [
        node("b", { kind: "promise", turns: 1 }),
        node("i", { kind: "map", inputs: ["b"], items: 2, turns: 1 }),
        node("l", { kind: "for-each", inputs: ["i"], items: 3, every: 2 })
      ]
    }),
    node("none", { kind: "map", items: 0, after: ["m"] }),
    node("no", { kind: "map", items: 2, when: false }),
    node("end", { inputs: ["m", "o", "none"] })
  ]
}
