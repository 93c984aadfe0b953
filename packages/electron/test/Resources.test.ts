/** The icons: they are there, as large as the platforms want them, and show something. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { inflateSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as IconFile from "../packaging/IconFile.ts"

const resources = join(import.meta.dirname, "../resources")
const icons = join(import.meta.dirname, "../packaging/icons")

/** Red, green, blue and opacity of each pixel of a PNG with 8 bits for each of them. */
const pixels = (png: Buffer): ReadonlyArray<readonly [red: number, green: number, blue: number, alpha: number]> => {
  const { height, width } = IconFile.sizeOf(png)
  assert.deepStrictEqual([...png.subarray(24, 29)], [8, 6, 0, 0, 0], "eight bits, with opacity, not interlaced")
  const data: Array<Buffer> = []
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") data.push(png.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  const raw = inflateSync(Buffer.concat(data))
  const row = width * 4
  const out = Buffer.alloc(height * row)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)]!
    for (let x = 0; x < row; x++) {
      const given = raw[y * (row + 1) + 1 + x]!
      const left = x < 4 ? 0 : out[y * row + x - 4]!
      const up = y === 0 ? 0 : out[(y - 1) * row + x]!
      const corner = x < 4 || y === 0 ? 0 : out[(y - 1) * row + x - 4]!
      out[y * row + x] = given + predicted(filter, left, up, corner)
    }
  }
  return Array.from({ length: width * height }, (_, i) => [
    out[4 * i]!,
    out[4 * i + 1]!,
    out[4 * i + 2]!,
    out[4 * i + 3]!
  ])
}

/** The five filters of PNG. */
const predicted = (filter: number, left: number, up: number, corner: number): number => {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  const estimate = left + up - corner
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(estimate - value)) as [
    number,
    number,
    number
  ]
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
}

const yellow = ([red, green, blue, alpha]: readonly [number, number, number, number]) =>
  alpha > 200 && red > 230 && green > 170 && blue < 60
const share = (png: Buffer, is: (pixel: readonly [number, number, number, number]) => boolean): number => {
  const all = pixels(png)
  return all.filter(is).length / all.length
}

describe("icons of the running desktop", () => {
  const sizes: Readonly<Record<string, number>> = {
    "icon.png": 1024,
    "tray.png": 24,
    "tray@2x.png": 48,
    "trayTemplate.png": 16,
    "trayTemplate@2x.png": 32,
    "running-overlay.png": 16,
    "running-overlay@2x.png": 32
  }

  it("are these and no others, in these sizes", () => {
    assert.deepStrictEqual(
      readdirSync(resources).filter((name) => name.endsWith(".png")),
      Object.keys(sizes).toSorted()
    )
    for (const [name, size] of Object.entries(sizes))
      assert.deepStrictEqual(IconFile.sizeOf(readFileSync(join(resources, name))), { width: size, height: size }, name)
  })

  it.each(["icon.png", "tray.png", "tray@2x.png"])("show the sign on nothing: %s", (name) => {
    const png = readFileSync(join(resources, name))
    assert.isAbove(share(png, yellow), 0.2)
    assert.isAbove(
      share(png, ([, , , alpha]) => alpha === 0),
      0.1
    )
  })

  it.each(["trayTemplate.png", "trayTemplate@2x.png"])("are black where macOS colors them itself: %s", (name) => {
    const png = readFileSync(join(resources, name))
    assert.strictEqual(
      share(png, ([red, green, blue, alpha]) => alpha > 0 && red + green + blue > 0),
      0
    )
    const drawn = share(png, ([, , , alpha]) => alpha > 127)
    assert.isTrue(drawn > 0.2 && drawn < 0.7, `${drawn}`)
  })

  it.each(["running-overlay.png", "running-overlay@2x.png"])("are another sign where something runs: %s", (name) => {
    const png = readFileSync(join(resources, name))
    assert.strictEqual(share(png, yellow), 0)
    assert.isAbove(
      share(png, ([red, , blue, alpha]) => alpha > 200 && blue > 150 && red < 40),
      0.3
    )
  })
})

describe("icons of the installed desktop", () => {
  const edges = [16, 24, 32, 48, 64, 128, 256, 512]

  it.each(edges)("Linux has one of %d pixels, with the sign", (edge) => {
    const png = readFileSync(join(icons, `${edge}x${edge}.png`))
    assert.deepStrictEqual(IconFile.sizeOf(png), { width: edge, height: edge })
    assert.isAbove(share(png, yellow), 0.2)
  })

  it("macOS has one file with all that it shows, each of its size", () => {
    const file = readFileSync(join(icons, "icon.icns"))
    assert.strictEqual(file.toString("latin1", 0, 4), "icns")
    assert.strictEqual(file.readUInt32BE(4), file.length)
    const found: Array<readonly [string, number]> = []
    for (let at = 8; at < file.length;) {
      const length = file.readUInt32BE(at + 4)
      found.push([file.toString("latin1", at, at + 4), IconFile.sizeOf(file.subarray(at + 8, at + length)).width])
      at += length
    }
    assert.deepStrictEqual(found, [
      ["ic11", 32],
      ["ic12", 64],
      ["ic07", 128],
      ["ic13", 256],
      ["ic08", 256],
      ["ic14", 512],
      ["ic09", 512],
      ["ic10", 1024]
    ])
  })

  it("Windows has one file with all that it shows, 256 pixels among them", () => {
    const file = readFileSync(join(icons, "icon.ico"))
    assert.deepStrictEqual([file.readUInt16LE(0), file.readUInt16LE(2)], [0, 1])
    const found = Array.from({ length: file.readUInt16LE(4) }, (_, i) => {
      const at = 6 + 16 * i
      const from = file.readUInt32LE(at + 12)
      const { width } = IconFile.sizeOf(file.subarray(from, from + file.readUInt32LE(at + 8)))
      assert.strictEqual(file.readUInt8(at) || 256, width)
      return width
    })
    assert.deepStrictEqual(found, [16, 24, 32, 48, 64, 128, 256])
  })

  it("a size that is missing, or too large for Windows, is refused by name", () => {
    assert.throws(() => IconFile.icns(new Map()), "The entry ic11 needs a PNG of 32 pixels.")
    assert.throws(
      () => IconFile.ico([readFileSync(join(icons, "512x512.png"))]),
      "An entry of 512 × 512 pixels is too large."
    )
  })
})
