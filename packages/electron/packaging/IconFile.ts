/**
 * The two containers that macOS and Windows want their icons in. Both may hold PNG files as they are.
 */

/** Width and height of a PNG file. */
export const sizeOf = (png: Uint8Array): { readonly width: number; readonly height: number } => {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  return { width: view.getUint32(16), height: view.getUint32(20) }
}

/** By the edge in pixels: those that are shown at double density have an entry of their own. */
const icnsTypes: ReadonlyArray<readonly [type: string, edge: number]> = [
  ["ic11", 32],
  ["ic12", 64],
  ["ic07", 128],
  ["ic13", 256],
  ["ic08", 256],
  ["ic14", 512],
  ["ic09", 512],
  ["ic10", 1024]
]

/** An icon of macOS; `pngs` by their edge. */
export const icns = (pngs: ReadonlyMap<number, Uint8Array>): Uint8Array => {
  const entries = icnsTypes.map(([type, edge]) => {
    const png = pngs.get(edge)
    if (png === undefined) throw new Error(`The entry ${type} needs a PNG of ${edge} pixels.`)
    const head = Buffer.alloc(8)
    head.write(type, 0, "latin1")
    head.writeUInt32BE(8 + png.length, 4)
    return Buffer.concat([head, png])
  })
  const body = Buffer.concat(entries)
  const head = Buffer.alloc(8)
  head.write("icns", 0, "latin1")
  head.writeUInt32BE(8 + body.length, 4)
  return Buffer.concat([head, body])
}

/** An icon of Windows; the edges are at most 256 pixels. */
export const ico = (pngs: ReadonlyArray<Uint8Array>): Uint8Array => {
  const head = Buffer.alloc(6 + 16 * pngs.length)
  head.writeUInt16LE(1, 2)
  head.writeUInt16LE(pngs.length, 4)
  let offset = head.length
  for (const [i, png] of pngs.entries()) {
    const { height, width } = sizeOf(png)
    if (width > 256 || height > 256) throw new Error(`An entry of ${width} × ${height} pixels is too large.`)
    const at = 6 + 16 * i
    // 256 is written as 0.
    head.writeUInt8(width % 256, at)
    head.writeUInt8(height % 256, at + 1)
    head.writeUInt16LE(1, at + 4)
    head.writeUInt16LE(32, at + 6)
    head.writeUInt32LE(png.length, at + 8)
    head.writeUInt32LE(offset, at + 12)
    offset += png.length
  }
  return Buffer.concat([head, ...pngs])
}
