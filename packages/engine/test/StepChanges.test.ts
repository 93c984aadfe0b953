import { assert, describe, it } from "@effect/vitest"
import { type FlowDescription, StepChanges } from "@halte/engine/model"

type Step = FlowDescription.StepDescription
type Group = Step & { readonly steps: ReadonlyArray<Step> }

const step = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  name: id.slice(id.lastIndexOf("/") + 1),
  kind: "process",
  after: [],
  detail: `run ${id}`,
  fingerprint: JSON.stringify(more),
  ...more
})
const group = (id: string, steps: ReadonlyArray<Step>, more: Partial<Step> = {}): Group => {
  const { detail: _, ...rest } = step(id, { kind: "group", ...more })
  return { ...rest, steps }
}
const flow = (...steps: ReadonlyArray<Step>) => ({ steps })

/** `release`: a build, a group with an inner group, what reads the group, and a step apart. */
const build = step("build")
const parts = (...inner: ReadonlyArray<Step>) => [
  step("upload/first", { detail: "put first" }),
  group("upload/rest", [step("upload/rest/a"), step("upload/rest/b"), ...inner], { after: ["upload/first"] })
]
const upload = (inner: ReadonlyArray<Step> = parts(), more: Partial<Step> = {}) =>
  group("upload", inner, { after: ["build"], ...more })
const rest = [
  step("notify", { after: ["upload"], inputs: ["upload"] }),
  step("close", { after: ["notify"] }),
  step("lint")
]
const release = flow(build, upload(), ...rest)

const one = (before: Partial<Step>, after: Partial<Step>) => {
  const changes = StepChanges.between(flow(step("a", before)), flow(step("a", after)))
  return changes.map((c) => `${c.change}: ${c.before ?? ""} → ${c.after ?? ""}`)
}
const rerun = (after: { readonly steps: ReadonlyArray<Step> }, before = release) => [
  ...StepChanges.again(StepChanges.between(before, after), after)
]

describe("StepChanges.between", () => {
  it("finds nothing in the same definition, whatever people call its steps", () => {
    assert.deepStrictEqual(StepChanges.between(release, release), [])
    const named = { label: "Build", icon: "b", description: "Builds.", fingerprint: build.fingerprint! }
    assert.deepStrictEqual(StepChanges.between(flow(build), flow({ ...build, ...named })), [])
  })

  it("shows only what differs, before and after", () => {
    assert.deepStrictEqual(one({ detail: "npm run build" }, { detail: "npm run build:prod" }), [
      "changed: npm run build → npm run build:prod"
    ])
    for (const [before, after, reads] of [
      [{}, { after: ["b"] }, "after nothing → after b"],
      [{}, { after: ["b"], inputs: ["b"] }, "reads nothing → reads b"],
      [{ after: ["b"] }, { after: ["b"], inputs: ["b"] }, "after b; reads nothing → after nothing; reads b"],
      [{ when: "params.fast" }, {}, "when params.fast → always"],
      [{ timeoutMillis: 60_000 }, { timeoutMillis: 600_000 }, "timeout 1m → timeout 10m"],
      [{ tries: 3 }, { tries: 1 }, "3 tries → 1 try"],
      [
        { stops: "SIGTERM → 5 s → SIGKILL", stopsWithinMillis: 5500 },
        { stops: "no stopping point declared" },
        "stops within 5.5 s (SIGTERM → 5 s → SIGKILL) → no bound (no stopping point declared)"
      ],
      [{}, { idempotent: false }, "idempotent unsaid → idempotent false"],
      [{ cleanUp: true }, { undo: true }, "with clean-up; no undo → no clean-up; with undo"],
      [{ kind: "process" }, { kind: "gate" }, "kind process → kind gate"],
      [
        { detail: "make", timeoutMillis: 1000 },
        { detail: "make all", tries: 2 },
        "make; timeout 1 s; 1 try → make all; no timeout; 2 tries"
      ]
    ] as ReadonlyArray<readonly [Partial<Step>, Partial<Step>, string]>)
      assert.deepStrictEqual(one(before, after), [`changed: ${reads}`])
  })

  it("says that the definition differs when only its fingerprint tells", () => {
    assert.deepStrictEqual(StepChanges.between(flow(build), flow({ ...build, fingerprint: "other" })), [
      { step: "build", change: "changed", after: "its definition" }
    ])
  })

  it("trusts fingerprints where both have one, and what is described where one has none", () => {
    assert.deepStrictEqual(
      one({ fingerprint: "same", timeoutMillis: 1000 }, { fingerprint: "same", timeoutMillis: 2000 }),
      []
    )
    const { fingerprint: _, ...old } = step("a")
    assert.deepStrictEqual(StepChanges.between(flow(old), flow(step("a"))), [])
    assert.deepStrictEqual(StepChanges.between(flow(old), flow(step("a", { detail: "other" }))), [
      { step: "a", change: "changed", before: "run a", after: "other" }
    ])
  })

  it("lists what was added and removed where it stands, each with all there is to say", () => {
    const before = flow(step("first"), step("a"), step("gone", { when: "params.x" }), step("gone-too"), step("z"))
    const after = flow(step("a"), step("z"), step("new", { after: ["z"], timeoutMillis: 1000, idempotent: true }))
    assert.deepStrictEqual(StepChanges.between(before, after), [
      { step: "first", change: "removed", before: "run first" },
      { step: "gone", change: "removed", before: "run gone; when params.x" },
      { step: "gone-too", change: "removed", before: "run gone-too" },
      { step: "new", change: "added", after: "run new; after z; timeout 1 s; idempotent true" }
    ])
  })

  it("compares a group without its steps, which it lists on their own", () => {
    const changed = upload(parts(step("upload/rest/c")), { when: "params.up", fingerprint: "when" })
    assert.deepStrictEqual(StepChanges.between(release, flow(build, changed, ...rest)), [
      { step: "upload", change: "changed", before: "always", after: "when params.up" },
      { step: "upload/rest/c", change: "added", after: "run upload/rest/c" }
    ])
    assert.deepStrictEqual(
      StepChanges.between(flow(build), flow(build, upload())).map((c) => `${c.step}: ${c.after}`),
      [
        "upload: group of 2 steps; after build",
        "upload/first: put first",
        "upload/rest: group of 2 steps; after upload/first",
        "upload/rest/a: run upload/rest/a",
        "upload/rest/b: run upload/rest/b"
      ]
    )
  })

  it("keeps to one line, and to the part of a long one that differs", () => {
    const long = (end: string) => `echo ${"x".repeat(300)} ${end} ${"y".repeat(300)}`
    const [change] = StepChanges.between(
      flow(step("a", { detail: long("one") })),
      flow(step("a", { detail: long("two") }))
    )
    assert.match(change!.before!, /^…x+ one y+…$/)
    assert.match(change!.after!, /^…x+ two y+…$/)
    assert.isAtMost(change!.before!.length, 122)
    assert.deepStrictEqual(one({ detail: "make\nmake test" }, { detail: "make\tall\u001b[31m" }), [
      "changed: make\\nmake test → make\\tall\\u001b[31m"
    ])
  })
})

describe("StepChanges.again", () => {
  it("names what changed, was added or comes after such a step, and nothing else", () => {
    assert.deepStrictEqual(rerun(release), [])
    assert.sameMembers(rerun(flow(build, upload(), rest[0]!, step("close", { detail: "other" }), rest[2]!)), ["close"])
    assert.sameMembers(rerun(flow(step("build", { detail: "other" }), upload(), ...rest)), [
      "build",
      "upload/first",
      "upload/rest/a",
      "upload/rest/b",
      "notify",
      "close"
    ])
    assert.sameMembers(rerun(flow(build, upload(), ...rest, step("last", { after: ["lint"] }))), ["last"])
  })

  it("takes a group for all of its steps, on both sides of an edge", () => {
    const first = step("upload/first", { detail: "other" })
    assert.sameMembers(rerun(flow(build, upload([first, parts()[1]!]), ...rest)), [
      "upload/first",
      "upload/rest/a",
      "upload/rest/b",
      "notify",
      "close"
    ])
    // Its siblings did not wait for it.
    const inner = upload(parts(step("upload/rest/c")))
    assert.sameMembers(rerun(flow(build, inner, ...rest)), ["upload/rest/c", "notify", "close"])
    const keys = upload(parts(), { when: "params.up", fingerprint: "when" })
    assert.sameMembers(rerun(flow(build, keys, ...rest)), [
      "upload/first",
      "upload/rest/a",
      "upload/rest/b",
      "notify",
      "close"
    ])
  })

  it("takes a group that has lost a step for changed towards what comes after it", () => {
    const fewer = group("upload/rest", [step("upload/rest/a")], { after: ["upload/first"] })
    assert.sameMembers(rerun(flow(build, upload([parts()[0]!, fewer]), ...rest)), ["notify", "close"])
    const none = upload([parts()[0]!])
    assert.sameMembers(rerun(flow(build, none, ...rest)), ["notify", "close"])
    // Nothing came after it.
    assert.deepStrictEqual(rerun(flow(build, upload(), rest[0]!, rest[1]!)), [])
  })

  it("follows a chain of 100,000 steps", () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => step(`s${i}`, i === 0 ? {} : { after: [`s${i - 1}`] }))
    const changed = [{ step: "s1", change: "changed" as const }]
    assert.strictEqual(StepChanges.again(changed, flow(...chain)).size, 99_999)
  })
})
