import { assert, describe, it } from "@effect/vitest"
import type { FlowDescription } from "@halte/engine/model"
import * as fc from "fast-check"
import * as Dagre from "../src/execution/graph/DagrePlacement.ts"
import { draw, sizes } from "../src/execution/graph/Layout.ts"
import * as Levels from "../src/execution/graph/LevelPlacement.ts"
import type { Box, Picture } from "../src/execution/graph/Picture.ts"
import type { Place } from "../src/execution/graph/Placement.ts"
import { flow, release, step } from "./FlowStory.ts"

const box = (picture: Picture, id: string): Box => picture.boxes.find((one) => one.id === id)!
const middle = ({ height, y }: Box) => y + height / 2
const ends = (path: string) => {
  const numbers = (path.match(/-?[\d.]+/g) ?? []).map(Number)
  return { from: { x: numbers[0]!, y: numbers[1]! }, to: { x: numbers.at(-2)!, y: numbers.at(-1)! } }
}
const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

const placers: ReadonlyArray<readonly [string, Place]> = [
  ["dagre", Dagre.place],
  ["levels", Levels.place]
]

describe("the picture of a flow", () => {
  it("R29 goes from left to right, with the steps of a group from top to bottom in it", () => {
    const picture = draw(release, new Set(), Dagre.place)
    const at = (id: string) => box(picture, id)
    assert.isBelow(at("build").x + at("build").width, at("test").x)
    assert.isBelow(at("test").x + at("test").width, at("upload").x)
    const parts = ["upload/part-1", "upload/part-2", "upload/part-3"].map(at)
    for (const part of parts) {
      assert.deepStrictEqual({ width: part.width, height: part.height }, { ...sizes.part })
      assert.strictEqual(part.entry, "top")
      assert.isTrue(overlap(part, at("upload")))
    }
    assert.isBelow(parts[0]!.y + parts[0]!.height, parts[1]!.y)
    assert.isBelow(parts[1]!.y + parts[1]!.height, parts[2]!.y)
    assert.strictEqual(parts[0]!.x, parts[1]!.x)
  })

  it("keeps the main line straight, and what the flow names first above", () => {
    const picture = draw(release, new Set(), Dagre.place)
    const line = ["build", "test", "upload", "ship", "announce"].map((id) => Math.round(middle(box(picture, id))))
    assert.deepStrictEqual(new Set(line).size, 1, line.join())
    assert.isAbove(middle(box(picture, "index")), line[0]!)
  })

  it("draws a loop over two columns, beside what runs at the same time", () => {
    const picture = draw(release, new Set(), Dagre.place)
    const [index, test, upload] = ["index", "test", "upload"].map((id) => box(picture, id))
    assert.strictEqual(index!.x, test!.x)
    assert.strictEqual(index!.x + index!.width, upload!.x + upload!.width)
    assert.isAtLeast(index!.width, sizes.loop.width)
  })

  it("lets wires leave at the right and enter at the left, or at top and bottom in a group", () => {
    const picture = draw(release, new Set(), Dagre.place)
    for (const wire of picture.wires) {
      const [from, to] = [box(picture, wire.from), box(picture, wire.to)]
      const { from: a, to: b } = ends(wire.path)
      if (to.entry === "left") {
        assert.deepStrictEqual(a, { x: from.x + from.width, y: middle(from) })
        assert.deepStrictEqual(b, { x: to.x, y: middle(to) })
      } else {
        assert.deepStrictEqual(a, { x: from.x + from.width / 2, y: from.y + from.height })
        assert.deepStrictEqual(b, { x: to.x + to.width / 2, y: to.y })
      }
    }
    assert.deepStrictEqual(
      picture.wires.map(({ from, to }) => `${from} → ${to}`).toSorted(),
      [
        "build → index",
        "build → test",
        "index → ship",
        "ship → announce",
        "test → upload",
        "upload → ship",
        "upload/part-1 → upload/part-2",
        "upload/part-2 → upload/part-3"
      ].toSorted()
    )
  })

  it("R29 draws a closed group as one step, wired as its steps are", () => {
    const inner = flow(
      step("a"),
      step("g", [], { steps: [step("g/x", ["a"]), step("g/y", ["g/x"])] }),
      step("z", ["g/y"])
    )
    const wires = (collapsed: ReadonlyArray<string>) =>
      draw(inner, new Set(collapsed), Dagre.place).wires.map((w) => `${w.from} → ${w.to}: ${w.sources.join()}`)
    assert.sameMembers(wires([]), ["g/x → g/y: g/x", "a → g: a", "g → z: g/y"])
    assert.sameMembers(wires(["g"]), ["a → g: a", "g → z: g/y"])
    const closed = box(draw(inner, new Set(["g"]), Dagre.place), "g")
    assert.deepStrictEqual([closed.open, closed.width, closed.height], [false, 156, 60])
  })

  it("draws many steps of the same place as one block with one wire in and one out", () => {
    const many = Array.from({ length: 40 }, (_, i) => step(`s${i}`, ["a"]))
    const fan = flow(
      step("a"),
      ...many,
      step(
        "z",
        many.map(({ id }) => id)
      )
    )
    const picture = draw(fan, new Set(), Dagre.place)
    assert.strictEqual(picture.boxes.length, 42)
    assert.strictEqual(picture.wires.length, 2)
    assert.strictEqual(picture.wires[1]?.sources.length, 40)
    assert.isBelow(picture.height, 40 * 60, "not one column")
    assert.deepStrictEqual(
      picture.boxes.map(({ id }) => id),
      fan.steps.map(({ id }) => id),
      "in the order of the definition, which is that of the keyboard"
    )
  })

  it("draws 2,000 steps in levels, soon enough to wait for", () => {
    const steps = Array.from({ length: 2000 }, (_, i) => {
      const before = Math.floor(i / 40) * 40 - 40
      return step(`s${i}`, i < 40 ? [] : [`s${before + ((i * 7) % 40)}`, `s${before + ((i * 13) % 40)}`])
    })
    const begin = performance.now()
    const picture = draw(flow(...steps), new Set(), Levels.place)
    assert.strictEqual(picture.boxes.length, 2000)
    assert.isBelow(performance.now() - begin, 5000)
  })

  it("draws a flow without steps, and a group without any", () => {
    assert.deepStrictEqual(draw(flow(), new Set(), Dagre.place), { boxes: [], wires: [], width: 0, height: 0 })
    assert.strictEqual(draw(flow(step("g", [], { steps: [] })), new Set(), Dagre.place).boxes.length, 1)
  })

  for (const [name, place] of placers)
    it(`never lets boxes overlap, nor a wire go back, whatever the flow is (${name})`, () => {
      fc.assert(
        fc.property(anyFlow, ({ collapsed, definition }) => {
          const picture = draw(definition, collapsed, place)
          const outer = (a: string, b: string) => b.startsWith(`${a}/`)
          for (const [i, a] of picture.boxes.entries())
            for (const b of picture.boxes.slice(i + 1)) {
              if (!outer(a.id, b.id) && !outer(b.id, a.id)) assert.isFalse(overlap(a, b), `${a.id} and ${b.id}`)
              if (outer(a.id, b.id))
                assert.isTrue(
                  b.x >= a.x && b.y >= a.y && b.x + b.width <= a.x + a.width && b.y + b.height <= a.y + a.height,
                  `${b.id} lies in ${a.id}`
                )
            }
          for (const { from, path, to } of picture.wires) {
            const [a, b] = [box(picture, from), box(picture, to)]
            assert.isTrue(a !== undefined && b !== undefined, `${from} and ${to} are there`)
            const way = ends(path)
            if (b.entry === "left") assert.isBelow(way.from.x, way.to.x)
            else assert.isBelow(way.from.y, way.to.y)
            assert.notInclude(path, "NaN")
          }
          for (const { height, width, x, y } of picture.boxes) {
            assert.isTrue(x >= -0.1 && y >= -0.1)
            assert.isTrue(x + width <= picture.width + 0.1 && y + height <= picture.height + 0.1)
          }
        }),
        { numRuns: name === "dagre" ? 20 : 100 }
      )
    })
})

/** Flows of up to three levels; a step waits for siblings before it, or for what is around it. */
const anyFlow = fc
  .record({
    sizes: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 8 }),
    seeds: fc.array(fc.nat({ max: 1000 }), { minLength: 60, maxLength: 60 })
  })
  .map(({ seeds, sizes: children }) => {
    let at = 0
    const seed = () => seeds[at++ % seeds.length]!
    const groups: Array<string> = []
    const make = (prefix: string, count: number, depth: number): ReadonlyArray<FlowDescription.StepDescription> => {
      const out: Array<FlowDescription.StepDescription> = []
      for (let i = 0; i < count; i++) {
        const id = `${prefix}s${i}`
        const after = out.filter(() => seed() % 3 === 0).map((one) => one.id)
        const inner = depth < 3 && seed() % 3 === 0 ? make(`${id}/`, 1 + (seed() % 3), depth + 1) : undefined
        if (inner !== undefined) groups.push(id)
        const kind = seed() % 4 === 0 ? ("for-each" as const) : ("process" as const)
        out.push(inner === undefined ? step(id, after, { kind }) : step(id, after, { steps: inner }))
      }
      return out
    }
    const definition = flow(...make("", children.reduce((a, b) => a + b, 1) % 14, 1))
    return { definition, collapsed: new Set(groups.filter((_, i) => seeds[i]! % 2 === 0)) }
  })
