/** `halte graph`: every kind of step, what is in what, what comes after what, and how soon each stops, in each format. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Flow, type FlowDescription, Step, StepGraph } from "@halte/engine"
import { instance } from "@viz-js/viz"
import { Effect, Result } from "effect"
import * as FlowGraph from "../src/view/FlowGraph.ts"
import { width } from "../src/view/TextWidth.ts"
import * as Story from "./ReleaseStory.ts"
import { plain } from "./Screens.ts"

const screen = { look: plain, columns: 80 }
const describeFlow = (
  steps: ReadonlyArray<Step.Any>,
  options?: Omit<Parameters<typeof Flow.make>[1], "steps">
): FlowDescription.FlowDescription =>
  Result.getOrThrow(StepGraph.make(Flow.make("all", { steps, ...options }))).description

const cleanUp = { run: () => undefined, deadline: "4 seconds" } as const
const run = () => Effect.void

/** One of everything that a picture has a sign for. */
const all = () => {
  const build = Step.process("build", { command: "npm run build", retry: { tries: 3 } })
  const part1 = Step.process("part-1", { command: "./upload 1", idempotent: false })
  const part2 = Step.process("part-2", { command: "./upload 2", after: part1, onInterrupt: "finish" })
  const deep = Step.group("deep", {
    after: part1,
    steps: [Step.make("x", { input: { build }, run, stopsWithin: "1 second" })]
  })
  const upload = Step.group("upload", {
    after: build,
    when: () => true,
    whenText: "params.version != '0.0.0'",
    steps: [part1, part2, deep],
    cleanUp,
    undo: cleanUp
  })
  const index = Step.forEach("index", { items: [1], every: 16, after: build, run: () => 1 })
  const resize = Step.map("resize", {
    items: ["a"],
    step: (picture) => {
      const shrink = Step.process("shrink", { input: { picture }, command: "convert", detail: "convert" })
      return Step.group("one", { steps: [shrink, Step.sleep("rest", { after: shrink, duration: "1 second" })] })
    }
  })
  const thumb = Step.map("thumb", { items: ["a"], step: () => Step.process("t", { command: "thumb" }) })
  const notes = Step.flow("notes", { flow: Flow.make("release-notes", { steps: [Step.sleep("a", { duration: 1 })] }) })
  const hash = Step.module("hash", { url: "file:///hash.ts", timeout: "1 minute" })
  const ship = Step.gate("ship", { message: "Ship it?", after: [upload, index, resize, thumb, hash] })
  const announce = Step.http("announce", {
    input: { index },
    after: [ship, notes],
    request: { method: "POST", url: "http://h/" }
  })
  return describeFlow([build, upload, index, resize, thumb, notes, hash, ship, announce])
}

/** What a label must not do, in one text. */
const hostile = '"]; evil --> x\n<b>&lt;</b> %%{init: {"theme": "dark"}}%% `md` #quot; \\" }} end'
const hostileFlow = () =>
  describeFlow([Step.process("a", { label: hostile, command: hostile, whenText: hostile, when: () => true })], {
    label: hostile
  })

/** The lines that a flowchart may have; nothing in quotes has a meaning, save the tags that are ours. */
const mermaidLines = [
  /^flowchart LR$/,
  /^ *(subgraph )?s\d+(\[|\(|\[\[|\(\[|\{\{|>|\[\/)"(<b>|<\/b>|<br\/>|#\d+;|[\p{L}\p{N}\p{M}\p{S} .,:/()'_=·≤…→-])*"(\]|\)|\]\]|\]\)|\}\}|\\\])(:::\w+)?$/u,
  /^ *end$/,
  /^ *style s\d+ (stroke-dasharray:5 3|stroke-width:3px)(,stroke-width:3px)?$/,
  /^ *s\d+ (-->|==>) s\d+$/,
  /^ {2}subgraph legend\[Legend\]$/,
  /^ {4}l\w+\["[ \w:]+"\]( (-->|==>)\|[\w ]+\| l\w+\[" "\]|:::\w+)$/,
  /^ {2}classDef \w+ [\w:#, -]+$/
]

describe("FlowGraph", () => {
  it("draws the story of the documents in each format", () => {
    expect(FlowGraph.toMermaid(Story.definition)).toMatchSnapshot("mermaid")
    expect(FlowGraph.toDot(Story.definition)).toMatchSnapshot("dot")
    expect(FlowGraph.toText(Story.definition, screen).join("\n")).toMatchSnapshot("text")
  })

  it("shows nested groups, kinds, conditions, loops, maps, sub-flows, gates, what tidies up, and the time of each", () => {
    expect(FlowGraph.toText(all(), screen).join("\n")).toMatchSnapshot("all as text")
    const mermaid = FlowGraph.toMermaid(all())
    for (const part of [
      'subgraph s2["<b>upload</b><br/>when params.version #33;= #39;0.0.0#39;<br/>clean-up 4 s<br/>undo"]'.replaceAll(
        "#39;",
        "'"
      ),
      "<b>build</b><br/>process · stops within 5.5 s<br/>3 tries",
      "<b>part-1</b><br/>process · stops within 5.5 s<br/>not idempotent",
      '<b>part-2</b><br/>process · no bound<br/>runs to its end when stopped"]:::unbounded',
      '[["<b>index</b><br/>for-each, every 16 · stops within 5 ms"]]',
      '["<b>resize</b><br/>for each item"]',
      '[/"<b>notes</b><br/>flow release-notes · stops at once"\\]',
      '{{"<b>ship</b><br/>gate: Ship it#63; · stops at once"}}',
      '>"<b>announce</b><br/>http · stops within 0.5 s<br/>may be sent twice"]',
      '["<b>hash</b><br/>worker · stops within 1m<br/>timeout 1m"]'
    ])
      assert.include(mermaid, part)
  })

  it("tells what is only waited for from what is read", () => {
    const a = Step.make("a", { run: () => 1 })
    const flow = describeFlow([a, Step.make("b", { input: { a }, run }), Step.make("c", { after: a, run })])
    assert.include(FlowGraph.toMermaid(flow), "  s1 ==> s2\n  s1 --> s3\n")
    assert.include(FlowGraph.toDot(flow), "  s1 -> s2 [penwidth=2.2]\n  s1 -> s3\n")
    assert.deepStrictEqual(FlowGraph.toText(flow, screen).slice(2, 4), [
      "├─ b  function · no bound; reads a",
      "└─ c  function · no bound; after a"
    ])
  })

  it("draws what a map makes for each item in a box of its own, a group's steps straight in it", () => {
    const text = FlowGraph.toText(all(), screen, { legend: false })
    const at = text.findIndex((line) => line.startsWith("├─ resize"))
    assert.deepStrictEqual(
      text.slice(at, at + 5).map((line) => line.replace(/  .*$/, "")),
      ["├─ resize", "│", "│", "├─ thumb", "│"]
    )
    assert.match(text[at + 1]!, /├─ shrink +process/)
    assert.match(text[at + 2]!, /└─ rest +sleep 1 s · stops at once; after shrink/)
    assert.match(text[at + 4]!, /└─ thumb +process/)
  })

  it("says of the flow how soon it stops, what it promises, and what tidies up after it", () => {
    const steps = [Step.process("a", { command: "make", cleanUp: { ...cleanUp, always: true } })]
    const [title, step] = FlowGraph.toText(describeFlow(steps, { stopsWithin: "20 seconds", cleanUp }), screen)
    assert.strictEqual(title, "all: stops within 13.5 s, promised 20 s, clean-up 4 s")
    assert.strictEqual(step, "└─ a  process · stops within 9.5 s; clean-up 4 s, always")
  })

  it("explains what is in the picture and no more, and nothing where nothing shall be", () => {
    const one = describeFlow([Step.sleep("a", { duration: 1 })])
    for (const text of [FlowGraph.toMermaid(one), FlowGraph.toDot(one)]) assert.notInclude(text, "egend")
    assert.include(FlowGraph.toMermaid(all()), "reads its output")
    assert.include(FlowGraph.toDot(all()), "only when its condition is met")
    for (const text of [
      FlowGraph.toMermaid(all(), { legend: false }),
      FlowGraph.toDot(all(), { legend: false }),
      FlowGraph.toText(all(), screen, { legend: false }).join("\n")
    ]) {
      assert.notInclude(text, "egend")
      assert.notInclude(text, "reads its output")
    }
  })

  it("keeps hostile texts inside their quotes, in Mermaid by its rules", () => {
    for (const flow of [all(), hostileFlow()]) {
      const [open, title, close, ...lines] = FlowGraph.toMermaid(flow).trimEnd().split("\n")
      assert.deepStrictEqual([open, close], ["---", "---"])
      assert.isString(JSON.parse(title!.replace(/^title: /, "")))
      for (const line of lines)
        assert.isTrue(
          mermaidLines.some((form) => form.test(line)),
          line
        )
    }
  })

  it("gives Graphviz what it can draw, hostile texts as they are", async () => {
    const viz = await instance()
    for (const flow of [all(), hostileFlow(), Story.definition]) {
      const result = viz.render(FlowGraph.toDot(flow), { format: "svg", engine: "dot" })
      assert.deepStrictEqual(
        result.errors.filter(({ level }) => level === "error"),
        []
      )
      assert.strictEqual(result.status, "success")
    }
    const svg = viz.renderString(FlowGraph.toDot(hostileFlow()), { format: "svg", engine: "dot" })
    assert.notInclude(svg, "<b>")
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((m) =>
      m[1]!
        .replace(/&#(\d+);|&(lt|gt|quot|amp);/g, (whole, code: string | undefined, name: string | undefined) =>
          code === undefined ? { lt: "<", gt: ">", quot: '"', amp: "&" }[name!]! : String.fromCodePoint(Number(code))
        )
        .replaceAll("\u00a0", " ")
    )
    assert.include(texts, hostile.replace("\n", " "))
  })

  it("fits every terminal, in Unicode and in ASCII", () => {
    for (const columns of [40, 80, 120])
      for (const look of [plain, { color: false, unicode: false }]) {
        const lines = FlowGraph.toText(all(), { look, columns })
        for (const line of lines) assert.isAtMost(width(line), columns, line)
        if (!look.unicode) for (const line of lines) assert.match(line, /^[\u0020-\u007e]*$/)
      }
  })

  it("ends an arrow of a group at its border, from a step that ends it to one that begins it", () => {
    const a = Step.make("a", { run })
    const first = Step.group("first", { steps: [a, Step.make("b", { after: a, run }), Step.make("c", { run })] })
    const late = Step.make("late", { after: "early", run })
    const second = Step.group("second", { after: first, steps: [late, Step.make("early", { run })] })
    assert.include(FlowGraph.toDot(describeFlow([first, second])), "  s4 -> s7 [ltail=cluster_s1, lhead=cluster_s5]\n")
  })

  it("draws 10,000 steps in seconds", () => {
    const steps = Array.from({ length: 100 }, (_, g) =>
      Step.group(`g${g}`, {
        ...(g === 0 ? undefined : { after: `g${g - 1}` }),
        steps: Array.from({ length: 100 }, (_, i) =>
          Step.make(`s${i}`, { run, ...(i === 0 ? undefined : { after: `s${i - 1}` }) })
        )
      })
    )
    const flow = describeFlow(steps)
    const begin = performance.now()
    FlowGraph.toMermaid(flow)
    FlowGraph.toDot(flow)
    FlowGraph.toText(flow, screen)
    assert.isBelow(performance.now() - begin, 10_000)
  })
})
