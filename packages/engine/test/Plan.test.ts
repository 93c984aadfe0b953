import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { Flow, Params, Plan, Step, StepGraph } from "@halte/engine"

const compile = (flow: Flow.Any) => Plan.make(Result.getOrThrow(StepGraph.make(flow)))
const step = (name: string, options: Step.Options = {}) => Step.make(name, { ...(options as object), run: () => 0 })

describe("Plan", () => {
  const params = Params.anything
  const a = step("a")
  const g = Step.group("g", {
    concurrency: 2,
    after: "a",
    steps: [step("x", { limit: "db" }), Step.group("h", { steps: [step("y", { after: "x" })] })]
  })
  const b = Step.make("b", { input: { g, a, params }, run: () => 0 })
  const plan = compile(Flow.make("f", { limits: { db: 3 }, steps: [a, g, b] }))
  const at = (key: string) => plan.indexOf.get(key)!
  const successors = (key: string) =>
    Array.from(plan.successor.slice(plan.first[at(key)], plan.first[at(key) + 1]), (k) => {
      const { id, kind } = plan.nodes[k]!
      return kind === "close" ? `${id}/` : id
    }).sort()

  it("is the graph as flat arrays: successors, and how many come before each node", () => {
    assert.strictEqual(plan.size, 8)
    assert.deepStrictEqual(successors("a"), ["b", "g"])
    assert.deepStrictEqual(successors("g"), ["g/h", "g/x"])
    assert.deepStrictEqual(successors("g/x"), ["g/", "g/h/y"])
    assert.deepStrictEqual(successors("g/"), ["b"])
    assert.deepStrictEqual(
      ["a", "g", "g/x", "g/h", "g/h/y", "g/h/", "g/", "b"].map((key) => plan.inDegree[at(key)]),
      [0, 1, 1, 1, 2, 1, 2, 2]
    )
    assert.strictEqual(plan.first[plan.size], plan.successor.length)
    assert.strictEqual(
      plan.inDegree.reduce((sum, n) => sum + n, 0),
      plan.successor.length
    )
  })

  it("knows steps from groups, and which group each node is in", () => {
    const steps = plan.nodes.filter((_, i) => plan.isStep[i] === 1).map((n) => n.id)
    assert.deepStrictEqual(steps.map(String).sort(), ["a", "b", "g/h/y", "g/x"])
    assert.deepStrictEqual(
      ["a", "g", "g/x", "g/h/y", "g/h/"].map((key) => plan.ids[plan.parent[at(key)]!] ?? null),
      [null, null, "g", "g/h", "g"]
    )
  })

  it("takes the input of a group from the node that closes it, and leaves params to the execution", () => {
    const { names, nodes } = plan.inputs[at("b")]!
    assert.deepStrictEqual(Array.from(names), ["g", "a"])
    assert.deepStrictEqual([...nodes], [at("g/"), at("a")])
    assert.deepStrictEqual(plan.paramInputs[at("b")], ["params"])
    assert.isUndefined(plan.inputs[at("a")])
  })

  it("counts a step against its own limit and that of each group around it", () => {
    const sizes = (key: string) => plan.limits[at(key)]?.map((limit) => plan.limitSize[limit])
    assert.deepStrictEqual(sizes("g/x"), [3, 2])
    assert.deepStrictEqual(sizes("g/h/y"), [2])
    assert.isUndefined(sizes("a"))
    assert.isUndefined(sizes("g"), "groups take no place")
  })

  it("calls a step plain that is its body and nothing more", () => {
    const one = compile(
      Flow.make("f", {
        steps: [
          step("plain"),
          step("after", { after: "plain", undo: () => 0, label: "x" }),
          step("when", { when: () => true }),
          step("retry", { retry: { tries: 2 } }),
          step("timeout", { timeout: 1 }),
          step("clean-up", { cleanUp: () => 0 })
        ]
      })
    )
    assert.deepStrictEqual([...one.isPlain], [1, 1, 0, 0, 0, 0])
  })

  it("is compiled once for a graph", () => {
    const graph = Result.getOrThrow(StepGraph.make(Flow.make("f", { steps: [step("a")] })))
    assert.strictEqual(Plan.make(graph), Plan.make(graph))
  })
})
