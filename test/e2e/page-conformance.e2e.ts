import { describe, it } from "@effect/vitest"
import { FrontEndTest } from "@halte/engine/testing"
import { WebServer } from "@halte/http"
import { Effect } from "effect"
import { afterAll } from "vitest"
import * as PageServer from "../support/PageServer.ts"

afterAll(PageServer.closeBrowser)

// R5, P10: engine, handlers, guard, a server on a port, the page in a real browser, and its button. What comes after the
// button has done its work, a second and a late request, has no button: then the page's own request is sent again.
FrontEndTest.suite({ describe, it }, "the page", {
  source: "Page",
  open: (engine) =>
    Effect.gen(function* () {
      const server = yield* WebServer.listen(engine, { port: 0 })
      const page = yield* PageServer.openPage(server.signInUrl, { path: "/executions" })
      yield* Effect.promise(() => page.getByRole("heading", { name: "Executions" }).waitFor())
      yield* Effect.promise(() => page.evaluate(() => localStorage.setItem("halte.settings", '{"confirm":false}')))
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
            if (!page.url().endsWith(id)) await page.goto(`${server.url}/executions/${id}`)
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
