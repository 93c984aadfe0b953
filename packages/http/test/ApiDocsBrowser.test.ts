/** The pages about the API in a real browser: light and dark, narrow and wide, with what axe says of them. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import type { Browser, Page } from "playwright-core"
import { WebServer } from "@halte/http"
import * as Axe from "../../../test/support/Axe.ts"
import * as ChromiumBrowser from "../../../test/support/Browser.ts"
import * as Scripted from "./support/Scripted.ts"

const ceiling = 60_000

describe("the pages about the API in a browser", () => {
  const scope = Scope.makeUnsafe()
  let browser: Browser
  let url: string
  beforeAll(async () => {
    const listening = WebServer.listen(Scripted.make(), { port: 0 })
    url = (await Effect.runPromise(Effect.provideService(listening, Scope.Scope, scope))).url
    browser = await ChromiumBrowser.launch()
  }, ceiling)
  afterAll(async () => {
    await browser.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }, ceiling)

  const open = async (path: string, width: number, scheme: "light" | "dark", look: (page: Page) => Promise<void>) => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme })
    try {
      const page = await context.newPage()
      const said: Array<string> = []
      page.on("console", (message) => said.push(message.text()))
      page.on("pageerror", (error) => said.push(String(error)))
      const response = await page.goto(url + path)
      assert.strictEqual(response?.status(), 200)
      await look(page)
      assert.deepStrictEqual(said, [])
    } finally {
      await context.close()
    }
  }

  for (const path of ["/docs", "/problems", "/problems/definition-changed"])
    for (const scheme of ["light", "dark"] as const)
      it(`${path} has no flaw that axe finds, in ${scheme}`, { timeout: ceiling }, () =>
        open(path, 1280, scheme, async (page) => {
          // One card is like the others: hundreds take long.
          await page.evaluate(() => {
            for (const card of Array.from(document.querySelectorAll(".card")).slice(12)) {
              for (const link of document.querySelectorAll(`a[href="#${card.id}"]`)) link.remove()
              card.remove()
            }
          })
          assert.deepStrictEqual(await Axe.violations(page), [])
        })
      )

  for (const width of [320, 768, 1280, 2560])
    it(`fits ${width} px without scrolling sideways`, { timeout: ceiling }, async () => {
      for (const path of ["/docs", "/problems", "/problems/needs-rerun"])
        await open(path, width, "light", async (page) => {
          const size = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const)
          assert.isAtMost(size[0], size[1], path)
        })
    })

  it("leads from an operation to a schema and to the page of a problem, by keyboard too", { timeout: ceiling }, () =>
    open("/docs", 1280, "light", async (page) => {
      await page.locator('#startExecution a[href="#schema-ExecutionState"]').first().click()
      assert.strictEqual(new URL(page.url()).hash, "#schema-ExecutionState")
      const problem = page.locator('#startExecution a[href="/problems/flow-busy"]')
      await problem.focus()
      await page.keyboard.press("Enter")
      await page.waitForURL("**/problems/flow-busy")
      assert.strictEqual(await page.locator("h1").textContent(), "The flow runs one execution at a time")
    })
  )
})
