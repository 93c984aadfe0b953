import { describe, it } from "@effect/vitest"
import { FrontEndTest } from "@halte/engine/testing"
import { Effect } from "effect"
import { afterAll } from "vitest"
import * as BridgedPage from "../support/desktop/BridgedPage.ts"
import * as StandInDesktop from "../support/desktop/StandInDesktop.ts"

afterAll(StandInDesktop.closeBrowser)

// R4, R5, P10: engine, handlers, a message port, the window's protocol, the page in a real Chromium, and its button. What
// comes after the button has done its work, a second and a late request, has no button: then the page's own request is
// sent again.
FrontEndTest.suite({ describe, it }, "the desktop", {
  source: "Desktop",
  open: (engine) =>
    Effect.gen(function* () {
      const { page } = yield* BridgedPage.open(engine, "/executions", { confirm: false })
      yield* Effect.promise(() => page.getByRole("heading", { name: "Executions" }).waitFor())
      return {
        executions: engine,
        interrupt: (id) =>
          Effect.promise(async () => {
            const before = await Effect.runPromise(engine.get(id))
            if (before.status !== "Running" || before.signal !== undefined)
              return page.evaluate(async (path) => {
                const response = await fetch(path, {
                  method: "POST",
                  headers: { "content-type": "application/json" },
                  body: "{}"
                })
                return response.status
              }, `/executions/${id}/interrupt`)
            if (!page.url().endsWith(id)) await page.goto(new URL(`/executions/${id}`, page.url()).href)
            const [answer] = await Promise.all([
              page.waitForResponse((response) => response.url().endsWith(`/executions/${id}/interrupt`)),
              page
                .getByRole("button", { name: /^Interrupt\b/ })
                .first()
                .click()
            ])
            return answer.status()
          })
      }
    })
})
