import { assert, describe, it } from "@effect/vitest"
import * as Dagre from "../src/execution/graph/DagrePlacement.ts"
import { atFirst, showing, whole } from "../src/execution/graph/Fit.ts"
import { draw, headHeight } from "../src/execution/graph/Layout.ts"
import { separate } from "../src/execution/graph/LevelPlacement.ts"
import { next } from "../src/execution/graph/Moves.ts"
import { longestPaths, mainLine } from "../src/execution/graph/Ranks.ts"
import { corners, path, type Way } from "../src/execution/graph/Route.ts"
import { release } from "./FlowStory.ts"

const way = (from: string, to: string, crosses: ReadonlyArray<number>): Way => ({
  from,
  to,
  start: 100,
  end: 140,
  gap: 0,
  crosses
})
const gaps = [{ middle: 120, width: 40 }]

describe("the way of a wire", () => {
  it("is straight where both ends are at one height", () => {
    assert.strictEqual(path(corners([way("a", "b", [30, 30])], gaps)[0]!), "M100 30L140 30")
  })

  it("changes its height in the gap, with corners of 10 px", () => {
    assert.strictEqual(
      path(corners([way("a", "b", [30, 130])], gaps)[0]!),
      "M100 30L110 30Q120 30 120 40L120 120Q120 130 130 130L140 130"
    )
  })

  it("has smaller corners where there is no room for those", () => {
    assert.strictEqual(
      path(corners([way("a", "b", [30, 38])], gaps)[0]!),
      "M100 30L116 30Q120 30 120 34L120 34Q120 38 124 38L140 38"
    )
  })

  it("shares its line with wires of the same step, and keeps clear of others", () => {
    const x = (ways: ReadonlyArray<Way>) => corners(ways, gaps).map((points) => points[1]!.x)
    const [one, same, other, merged] = x([
      way("a", "b", [0, 100]),
      way("a", "c", [0, 50]),
      way("d", "e", [50, 150]),
      way("f", "b", [120, 100])
    ])
    assert.strictEqual(one, 120)
    assert.strictEqual(same, 120, "forks from one step")
    assert.notStrictEqual(other, 120, "neither ends meet")
    assert.isDefined(merged)
  })
})

describe("ranks", () => {
  it("stand one further than the furthest step before", () => {
    const ranks = longestPaths(
      ["a", "b", "c", "d"],
      [
        ["a", "b"],
        ["b", "c"],
        ["a", "c"],
        ["c", "d"]
      ]
    )
    assert.deepStrictEqual([...ranks].toSorted(), [
      ["a", 0],
      ["b", 1],
      ["c", 2],
      ["d", 3]
    ])
  })

  it("of a longest way make the main line", () => {
    const edges = [
      ["a", "b"],
      ["b", "c"],
      ["a", "x"],
      ["x", "c"],
      ["c", "d"]
    ] as const
    assert.deepStrictEqual([...mainLine(["a", "b", "c", "d", "x"], edges)].toSorted(), [
      ["a", "b"],
      ["b", "c"],
      ["c", "d"]
    ])
  })

  it("take neighbours apart as little as can be", () => {
    assert.deepStrictEqual(separate([0, 0, 100], [10, 10, 10], 10), [-10, 10, 100])
    assert.deepStrictEqual(separate([0, 0, 6], [9, 9, 9], 0), [-7, 2, 11])
    assert.deepStrictEqual(separate([], [], 10), [])
  })
})

describe("an arrow key on the graph", () => {
  const picture = draw(release, new Set(), Dagre.place)
  const go = (from: string, ...directions: ReadonlyArray<"left" | "right" | "up" | "down">) =>
    directions.reduce((at, direction) => next(picture, at, direction, headHeight) ?? at, from)

  it("R29 goes along wires to the right and back", () => {
    assert.strictEqual(go("build", "right"), "test")
    assert.strictEqual(go("build", "right", "right"), "upload")
    assert.strictEqual(go("ship", "right"), "announce")
    assert.strictEqual(go("announce", "left", "left"), "upload")
    assert.strictEqual(go("announce", "right"), "announce", "there is nothing further")
  })

  it("R29 goes down into a group, along its steps, and to what is below", () => {
    assert.strictEqual(go("upload", "down"), "upload/part-1")
    assert.strictEqual(go("upload/part-1", "down", "down"), "upload/part-3")
    assert.strictEqual(go("upload/part-3", "down"), "index")
    assert.strictEqual(go("upload/part-1", "up"), "upload")
    assert.strictEqual(go("test", "down"), "index")
  })

  it("R29 leaves a group to what follows it", () => {
    assert.strictEqual(go("upload/part-2", "right"), "ship")
    assert.strictEqual(go("upload/part-2", "left"), "test")
  })

  it("reaches every step from the first one", () => {
    const reached = new Set(["build"])
    for (const id of reached)
      for (const direction of ["left", "right", "up", "down"] as const) reached.add(go(id, direction))
    assert.sameMembers(
      [...reached],
      picture.boxes.map(({ id }) => id)
    )
  })
})

describe("what of a picture is seen", () => {
  const picture = draw(release, new Set(), Dagre.place)

  it("is all of it, in the middle and never larger than it is", () => {
    const seen = whole(picture, { width: 2000, height: 1200 })
    assert.strictEqual(seen.zoom, 1)
    assert.strictEqual(Math.round(seen.x), Math.round((2000 - picture.width) / 2))
    assert.isBelow(whole(picture, { width: 600, height: 400 }).zoom, 0.6)
  })

  it("is what is under way, large enough to read, where all of it would be too small", () => {
    const announce = picture.boxes.find(({ id }) => id === "announce")
    const seen = atFirst(picture, { width: 400, height: 400 }, announce)
    assert.strictEqual(seen.zoom, 0.8)
    const x = announce!.x * seen.zoom + seen.x
    assert.isTrue(x > 0 && x + announce!.width * seen.zoom < 400, `${x}`)
  })

  it("moves as little as can be to show a step", () => {
    const size = { width: 400, height: 400 }
    const box = picture.boxes.find(({ id }) => id === "announce")!
    const seen = showing({ x: 0, y: 0, zoom: 1 }, size, box)
    assert.isAtMost(box.x + box.width + seen.x, 400)
    assert.deepStrictEqual(showing(seen, size, box), seen, "what is seen stays")
  })
})
