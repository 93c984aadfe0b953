import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { Flow, FlowError, Params, Step, StepGraph } from "@halte/engine"

const step = (name: string, after?: Step.Target | ReadonlyArray<Step.Target>) =>
  Step.make(name, { run: () => 0, ...(after === undefined ? undefined : { after }) })

const problemsOf = (flow: Flow.Any): ReadonlyArray<FlowError.Problem> => {
  const made = StepGraph.make(flow)
  assert.isTrue(Result.isFailure(made), "the flow is refused")
  return Result.isFailure(made) ? made.failure.problems : []
}
const only = (flow: Flow.Any): FlowError.Problem => {
  const problems = problemsOf(flow)
  assert.deepStrictEqual(
    problems.map((p) => p.message),
    [problems[0]!.message],
    "it is the only problem"
  )
  return problems[0]!
}
const made = (flow: Flow.Any): StepGraph.StepGraph => Result.getOrThrow(StepGraph.make(flow))

describe("StepGraph", () => {
  describe("refuses with a typed error", () => {
    it("a cycle, with its whole path", () => {
      const problem = only(Flow.make("f", { steps: [step("a", "c"), step("b", "a"), step("c", "b")] }))
      assert.strictEqual(problem._tag, "CycleFound")
      assert.strictEqual(problem.code, "cycle-found")
      assert.deepStrictEqual((problem as FlowError.CycleFound).path.length, 4)
      assert.strictEqual(
        problem.message,
        "Flow `f` has a cycle: `a` → `b` → `c` → `a`. Remove one of these dependencies."
      )
    })

    it("a cycle that is not reached from a first step", () => {
      const problem = only(Flow.make("f", { steps: [step("first"), step("a", ["first", "b"]), step("b", "a")] }))
      assert.deepStrictEqual((problem as FlowError.CycleFound).path, ["a", "b", "a"])
    })

    it("R29: a cycle through a group, by the names of groups and steps", () => {
      const upload = Step.group("upload", { after: "check", steps: [step("part-1"), step("part-2", "part-1")] })
      const problem = only(Flow.make("f", { steps: [upload, step("check", "upload/part-2")] }))
      assert.deepStrictEqual((problem as FlowError.CycleFound).path, ["upload", "upload/part-2", "check", "upload"])
    })

    it("R29: a group that waits for a step of its own", () => {
      const problem = only(Flow.make("f", { steps: [Step.group("g", { after: "g/a", steps: [step("a")] })] }))
      assert.deepStrictEqual((problem as FlowError.CycleFound).path, ["g", "g/a", "g"])
    })

    it("two steps of one name, side by side and in a group", () => {
      const top = only(Flow.make("f", { steps: [step("a"), step("a")] }))
      assert.strictEqual(top.message, "Flow `f` has two steps `a`. Give one of them another name.")
      const inner = only(Flow.make("f", { steps: [Step.group("g", { steps: [step("a"), step("a")] })] }))
      assert.strictEqual((inner as FlowError.DuplicateStep).step, "g/a")
    })

    it("the same step twice side by side", () => {
      const a = step("a")
      assert.strictEqual((only(Flow.make("f", { steps: [a, a] })) as FlowError.DuplicateStep).step, "a")
    })

    it("the same group twice side by side", () => {
      const g = Step.group("g", { steps: [step("a")] })
      assert.strictEqual((only(Flow.make("f", { steps: [g, g] })) as FlowError.DuplicateStep).step, "g")
    })

    it("a name that is no step, with the nearest one", () => {
      const problem = only(Flow.make("f", { steps: [step("build"), step("test", "biuld")] })) as FlowError.UnknownStep
      assert.strictEqual(
        problem.message,
        "Step `test` of flow `f` refers to `biuld`, which is no step of it. Did you mean `build`?"
      )
      const far = only(Flow.make("f", { steps: [step("build"), step("test", "xyz")] })) as FlowError.UnknownStep
      assert.isUndefined(far.nearest)
    })

    it("an input from a step that is not in the flow", () => {
      const outside = step("outside")
      const reads = Step.make("reads", { input: { value: outside }, run: () => 0 })
      const problem = only(Flow.make("f", { steps: [reads] })) as FlowError.UnknownStep
      assert.deepStrictEqual([problem.step, problem.name], ["reads", "outside"])
    })

    it("a step that comes after itself, or after the group it is in", () => {
      const self = only(Flow.make("f", { steps: [step("a", "a")] })) as FlowError.SelfDependency
      assert.strictEqual(self.message, "Step `a` of flow `f` depends on itself. Remove the dependency.")
      const group = only(Flow.make("f", { steps: [Step.group("g", { steps: [step("a", "g")] })] }))
      assert.strictEqual(
        group.message,
        "Step `g/a` of flow `f` depends on `g`, the group it is in. Depend on a step of the group instead."
      )
    })

    it("a flow and a group without steps", () => {
      assert.strictEqual(only(Flow.make("f", { steps: [] })).message, "Flow `f` has no steps. Give it at least one.")
      const group = only(Flow.make("f", { steps: [step("a"), Step.group("g", { steps: [] })] }))
      assert.strictEqual(group.message, "Group `g` of flow `f` has no steps. Give it at least one.")
    })

    it("names that are none: of the flow and of steps", () => {
      for (const bad of ["", "A", "1a", "a_b", "a b", "-a", "a/b", "ä"])
        assert.strictEqual((only(Flow.make("f", { steps: [step(bad)] })) as FlowError.InvalidName).name, bad)
      assert.strictEqual(only(Flow.make("My Flow", { steps: [step("a")] })).code, "invalid-name")
    })

    it("numbers and limits that make no sense, naming the step", () => {
      const settingOf = (flow: Flow.Any) => {
        const problem = only(flow) as FlowError.InvalidSetting
        return [problem.step, problem.setting, problem.code]
      }
      const run = () => 0
      assert.deepStrictEqual(settingOf(Flow.make("f", { concurrency: 0, steps: [step("a")] })), [
        undefined,
        "concurrency",
        "invalid-setting"
      ])
      assert.deepStrictEqual(settingOf(Flow.make("f", { limits: { db: 1.5 }, steps: [step("a")] }))[1], "limits.db")
      assert.deepStrictEqual(settingOf(Flow.make("f", { steps: [Step.make("a", { limit: "db", run })] })).slice(0, 2), [
        "a",
        "limit"
      ])
      assert.deepStrictEqual(
        settingOf(Flow.make("f", { steps: [Step.make("a", { limit: "toString", run })] })).slice(0, 2),
        ["a", "limit"]
      )
      assert.deepStrictEqual(
        settingOf(Flow.make("f", { steps: [Step.make("a", { retry: { tries: 0 }, run })] })).slice(0, 2),
        ["a", "retry.tries"]
      )
      assert.deepStrictEqual(
        settingOf(Flow.make("f", { steps: [Step.group("g", { concurrency: -1, steps: [step("a")] })] })).slice(0, 2),
        ["g", "concurrency"]
      )
      assert.deepStrictEqual(
        settingOf(Flow.make("f", { steps: [Step.forEach("a", { items: [1], concurrency: 0, run })] })).slice(0, 2),
        ["a", "concurrency"]
      )
      assert.deepStrictEqual(
        settingOf(Flow.make("f", { steps: [Step.forEach("a", { items: [1], every: 0, run })] })).slice(0, 2),
        ["a", "every"]
      )
    })

    it("every problem at once, a cycle among others too", () => {
      const problems = problemsOf(
        Flow.make("Bad", {
          concurrency: 0,
          steps: [
            step("a", "b"),
            step("b", "a"),
            step("c", "nowhere"),
            step("d"),
            step("d"),
            step("e", "e"),
            Step.group("g", { steps: [] })
          ]
        })
      )
      assert.deepStrictEqual(problems.map((p) => p.code).sort(), [
        "cycle-found",
        "duplicate-step",
        "empty-flow",
        "invalid-name",
        "invalid-setting",
        "self-dependency",
        "unknown-step"
      ])
    })
  })

  describe("finds steps by name", () => {
    const after = (flow: Flow.Any, id: string): ReadonlyArray<string> => made(flow).nodes.get(id)!.after

    it("among the siblings first, then outwards; a full id always works", () => {
      const flow = Flow.make("f", {
        steps: [
          step("build"),
          step("lint"),
          Step.group("g", {
            steps: [step("build"), step("near", "build"), step("far", "lint"), step("full", "other/x")]
          }),
          Step.group("other", { steps: [step("x")] })
        ]
      })
      assert.deepStrictEqual(after(flow, "g/near"), ["g/build"])
      assert.deepStrictEqual(after(flow, "g/far"), ["lint"])
      assert.deepStrictEqual(after(flow, "g/full"), ["other/x"])
    })

    it("not in the groups beside it", () => {
      const flow = Flow.make("f", { steps: [Step.group("g", { steps: [step("x")] }), step("y", "x")] })
      assert.deepStrictEqual((only(flow) as FlowError.UnknownStep).nearest, "x")
    })

    it("a step given as itself is that step, whatever has its name nearby", () => {
      const build = step("build")
      const flow = Flow.make("f", {
        steps: [build, Step.group("g", { steps: [step("build"), step("test", build)] })]
      })
      assert.deepStrictEqual(after(flow, "g/test"), ["build"])
    })

    it("a step used in two groups is meant by its name", () => {
      const shared = step("shared")
      const flow = Flow.make("f", {
        steps: [
          Step.group("g", { steps: [shared, step("after", shared)] }),
          Step.group("h", { steps: [shared, step("after", shared)] })
        ]
      })
      assert.deepStrictEqual(after(flow, "g/after"), ["g/shared"])
      assert.deepStrictEqual(after(flow, "h/after"), ["h/shared"])
    })
  })

  it("R29: a group waits for all of its steps, and what comes after it for the group, in m + n edges", () => {
    const parts = Array.from({ length: 50 }, (_, i) => step(`p${i}`))
    const g = Step.group("g", { steps: parts })
    const { graph } = made(Flow.make("f", { steps: [g, ...parts.map((_, i) => step(`q${i}`, g))] }))
    assert.isTrue(graph.hasDirectedEdge("g", "g/p7") && graph.hasDirectedEdge("g/p7", "g/"))
    assert.isTrue(graph.hasDirectedEdge("g/", "q9"))
    assert.strictEqual(graph.size, 150)
  })

  it("describes the flow as data: order, kinds, edges, promises, nothing of its code", () => {
    const params = Params.make(Schema.Struct({ version: Schema.String }))
    const build = Step.make("build", { label: "Build", input: { params }, run: () => 1, timeout: "10 minutes" })
    const flow = Flow.make("release", {
      version: "2",
      params,
      steps: [
        build,
        Step.group("upload", {
          after: build,
          steps: [
            Step.make("part", {
              input: { n: build },
              retry: { tries: 3 },
              idempotent: false,
              undo: () => 0,
              run: () => 0
            })
          ]
        }),
        Step.gate("ship", { message: "Ship?", after: "upload", when: () => true })
      ]
    })
    const { description } = made(flow)
    const steps = JSON.stringify({ ...description, params: undefined })
    assert.strictEqual(steps.match(/"fingerprint":"[0-9a-f]{16}"/g)?.length, 5, "one of the flow and one of each step")
    const withoutHashes = JSON.parse(steps, function (this: { readonly kind?: string }, key, value: unknown) {
      return key === "fingerprint" && this.kind !== undefined ? undefined : value
    })
    assert.deepStrictEqual(withoutHashes, {
      name: "release",
      version: "2",
      fingerprint: description.fingerprint,
      strategy: { _tag: "FinishCurrent" },
      single: false,
      steps: [
        {
          id: "build",
          name: "build",
          kind: "function",
          after: [],
          label: "Build",
          stopsWithinMillis: 600_000,
          stops: "no stopping point declared",
          timeoutMillis: 600_000
        },
        {
          id: "upload",
          name: "upload",
          kind: "group",
          after: ["build"],
          steps: [
            {
              id: "upload/part",
              name: "part",
              kind: "function",
              after: ["build"],
              inputs: ["build"],
              stops: "no stopping point declared",
              tries: 3,
              idempotent: false,
              undo: true
            }
          ]
        },
        {
          id: "ship",
          name: "ship",
          kind: "gate",
          after: ["upload"],
          when: "a condition",
          detail: "Ship?",
          stopsWithinMillis: 0,
          stops: "at once"
        }
      ]
    })
    assert.deepStrictEqual((description.params as { readonly required: unknown }).required, ["version"])
  })

  it("gives the same fingerprint to the same definition, another one to another", () => {
    const flow = (text: string, options: object = {}) =>
      made(Flow.make("f", { steps: [Step.process("a", { command: ["echo", text] })], ...options })).description
        .fingerprint
    assert.strictEqual(flow("x"), flow("x"))
    const all = [flow("x"), flow("y"), flow("x", { version: "2" }), flow("x", { concurrency: 2 })]
    assert.strictEqual(new Set(all).size, all.length)
    assert.strictEqual(flow("x", { fingerprint: "f00d" }), "f00d")
  })

  it("gives each step a fingerprint of its own definition, which what others do does not change", () => {
    const hashes = (command: string, after: ReadonlyArray<string>) =>
      made(
        Flow.make("f", {
          steps: [Step.process("a", { command }), Step.process("b", { command: "ls", after }), step("c")]
        })
      ).description.steps.map((s) => s.fingerprint)
    const [a, b, c] = hashes("echo 1", ["a"])
    assert.deepStrictEqual(hashes("echo 1", ["a"]), [a, b, c])
    const [changed, same] = hashes("echo 2", ["a"])
    assert.notStrictEqual(changed, a)
    assert.strictEqual(same, b)
    assert.notStrictEqual(hashes("echo 1", ["c"])[1], b)
  })

  it("builds 20,000 steps in a time that grows with their number, not with its square", () => {
    const list = Array.from({ length: 20_000 }, (_, i) => step(`s${i}`, i < 100 ? [] : [`s${i - 100}`, `s${i - 99}`]))
    const begin = performance.now()
    assert.strictEqual(made(Flow.make("f", { steps: list })).nodes.size, 20_000)
    // Some 150 ms; looking at all names for each step takes minutes.
    assert.isBelow(performance.now() - begin, 4_000)
  })

  it("builds a chain of 10,000 steps and 10,000 steps in nested groups", () => {
    const chain = Array.from({ length: 10_000 }, (_, i) => step(`s${i}`, i === 0 ? [] : `s${i - 1}`))
    assert.strictEqual(made(Flow.make("f", { steps: chain })).nodes.size, 10_000)
    const groups = Array.from({ length: 100 }, (_, g) =>
      Step.group(`g${g}`, { steps: Array.from({ length: 100 }, (_, i) => step(`s${i}`, i === 0 ? [] : `s${i - 1}`)) })
    )
    assert.strictEqual(made(Flow.make("f", { steps: groups })).nodes.size, 10_200)
  })
})
