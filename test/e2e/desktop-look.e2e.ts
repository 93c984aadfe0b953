// What only the desktop shows: readable for everybody, on every width.
import { assert, describe } from "@effect/vitest"
import type { DesktopState } from "@halte/web/DesktopBridge"
import { afterAll } from "vitest"
import * as Axe from "../support/Axe.ts"
import { lost, test, unknownIds } from "../support/DesktopPage.ts"
import * as PageServer from "../support/PageServer.ts"

afterAll(PageServer.closeBrowser)

describe("every view of the desktop", () => {
  const views: Readonly<Record<string, { readonly state: Partial<DesktopState>; readonly ready: string }>> = {
    "an engine that ended": { state: { engine: lost }, ready: "The engine has ended" },
    "an engine that runs again, with notices": {
      state: {
        engine: {
          _tag: "Running",
          recovered: [
            { execution: "01JD3M8Z9F4T6V2X0YQ7", flow: "release", ended: 2, left: [] },
            { execution: "01JD3M8Z9F4T6V2X0YQ8", flow: "index-of-everything-there-is", ended: 0, left: [4123] }
          ]
        },
        notices: [
          { id: 1, text: "`flows/nightly.flow.yaml`, line 12: there is no step `buidl`. Did you mean `build`?" },
          { id: 2, text: "`/projects/downloads/other.flow.yaml` could not be read: permission denied." }
        ]
      },
      ready: "2 executions were found without an engine"
    },
    "a project that can't be opened": {
      state: {
        engine: {
          _tag: "Failed",
          code: "store-unavailable",
          message: "`.halte/halte.db` can't be opened: it is of another user. Open the project as that user."
        }
      },
      ready: "Open another project…"
    },
    "an engine that starts": { state: { engine: { _tag: "Starting" } }, ready: "Its engine is starting." },
    "an end that is waited for": {
      state: {
        quitting: {
          phase: "Interrupting",
          executions: [
            {
              execution: "01JD3M8Z9F4T6V2X0YQ7",
              flow: "release 2.4.0",
              status: "Interrupting",
              steps: ["upload/part-2", "index"],
              promise: "within 5.5 s"
            },
            {
              execution: "01JD3M8Z9F4T6V2X0YQ8",
              flow: "npm run a-rather-long-command -- --with=arguments",
              status: "Terminating",
              steps: ["command"],
              promise: "ending now"
            }
          ]
        }
      },
      ready: "Halte ends when 2 executions have stopped"
    },
    "a window without a project": {
      state: {
        engine: { _tag: "None" },
        project: undefined,
        recent: ["/projects/shop", "/projects/very/long/path/of/some/other/project/that-needs-more-than-a-line"]
      },
      ready: "Recent projects"
    }
  }
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [name, { ready, state }] of Object.entries(views))
      test(
        `has no violation of WCAG 2.2 AA and fits from 320 pixels on: ${name} (${colorScheme})`,
        async ({ page }) => {
          for (const width of [1440, 390, 320]) {
            await page.setViewportSize({ width, height: 900 })
            await page.getByText(ready).first().waitFor()
            assert.deepStrictEqual(await Axe.violations(page), [], `${width} wide`)
            const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
            assert.isAtMost(overflow, 0, `${width} wide`)
          }
        },
        { state, colorScheme, ...unknownIds, reducedMotion: "reduce" }
      )
    test(
      `has no violation of WCAG 2.2 AA and fits from 320 pixels on: the settings (${colorScheme})`,
      async ({ desktop, page }) => {
        await page.getByRole("heading", { name: "Executions" }).waitFor()
        await desktop.menu("settings")
        await page.getByRole("dialog", { name: "Settings" }).waitFor()
        for (const width of [1440, 390, 320]) {
          await page.setViewportSize({ width, height: 900 })
          assert.deepStrictEqual(await Axe.violations(page), [], `${width} wide`)
        }
      },
      { colorScheme }
    )
  }
})
