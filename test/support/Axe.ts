/**
 * What axe finds on a page that is open: violations of WCAG 2.2 AA, each in a line.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

interface Found {
  readonly id: string
  readonly help: string
  readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary?: string }>
}

/** The page's own policy lets no script in: this one comes by the debugger, not through the document. */
export const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  // What fades in has its contrast when it is there. One that is replaced meanwhile never finishes.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .map((a) => (a.effect?.getTiming().iterations === Infinity ? undefined : a.finished.catch(() => undefined)))
    )
  )
  await page.evaluate(source)
  const found = await page.evaluate(async () => {
    const axe = (
      globalThis as unknown as { readonly axe: { run: (...args: ReadonlyArray<unknown>) => Promise<unknown> } }
    ).axe
    return (await axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"]
    })) as unknown
  })
  return (found as { readonly violations: ReadonlyArray<Found> }).violations.flatMap(({ help, id, nodes }) =>
    nodes.map(
      ({ failureSummary, html }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary?.split("\n")[1] ?? ""}`
    )
  )
}
