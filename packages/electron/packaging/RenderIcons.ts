/**
 * Draws every icon of the desktop from the page's sign, by the browser of the tests:
 * `node -C @halte/source packages/electron/packaging/RenderIcons.ts`. What it makes is committed, so nothing that builds
 * or packages the desktop needs a browser.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { launch } from "../../../test/support/Browser.ts"
import * as IconFile from "./IconFile.ts"

const sign = readFileSync(join(import.meta.dirname, "../../web/public/sign.svg"), "utf8")
const resources = join(import.meta.dirname, "../resources")
const icons = join(import.meta.dirname, "icons")

/** The sign on a square, with room around it: the share of the edge that the sign takes. */
const framed = (share: number): string => {
  const edge = 16 / share
  const from = (16 - edge) / 2
  return sign.replace('viewBox="0 0 16 16"', `viewBox="${from} ${from} ${edge} ${edge}"`)
}

/** macOS colors it itself: only the shape counts. The ring is no filled disc there, or the letter would be lost. */
const template =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.6" fill="none" stroke="#000" stroke-width="1.4"/><path d="M5.7 4.9v6.2M10.3 4.9v6.2M5.7 8h4.6" stroke="#000" stroke-width="1.6" fill="none"/></svg>'

/** Beside the application's own icon in a taskbar: something runs. */
const running =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.4" fill="#0550ae" stroke="#fff" stroke-width="1.2"/><path d="M6.2 4.6v6.8l5.4-3.4z" fill="#fff"/></svg>'

const browser = await launch()
try {
  const page = await browser.newPage()
  const draw = async (svg: string, size: number): Promise<Buffer> => {
    await page.setViewportSize({ width: size, height: size })
    const image = svg.replace("<svg ", `<svg width="${size}" height="${size}" `)
    await page.setContent(`<!doctype html><style>html,body{margin:0}svg{display:block}</style>${image}`)
    return page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } })
  }
  const save = (path: string, bytes: Uint8Array): void => writeFileSync(path, bytes)

  mkdirSync(icons, { recursive: true })
  mkdirSync(resources, { recursive: true })
  const sizes = new Map<number, Buffer>()
  // Small ones have no pixel to spare for room around them.
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024])
    sizes.set(size, await draw(framed(size < 64 ? 1 : 0.9), size))

  for (const size of [16, 24, 32, 48, 64, 128, 256, 512]) save(join(icons, `${size}x${size}.png`), sizes.get(size)!)
  save(join(icons, "icon.icns"), IconFile.icns(sizes))
  save(join(icons, "icon.ico"), IconFile.ico([16, 24, 32, 48, 64, 128, 256].map((size) => sizes.get(size)!)))
  save(join(resources, "icon.png"), sizes.get(1024)!)
  save(join(resources, "tray.png"), await draw(sign, 24))
  save(join(resources, "tray@2x.png"), await draw(sign, 48))
  save(join(resources, "trayTemplate.png"), await draw(template, 16))
  save(join(resources, "trayTemplate@2x.png"), await draw(template, 32))
  save(join(resources, "running-overlay.png"), await draw(running, 16))
  save(join(resources, "running-overlay@2x.png"), await draw(running, 32))
} finally {
  await browser.close()
}
