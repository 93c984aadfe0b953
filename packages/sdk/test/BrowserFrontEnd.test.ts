/** The SDK in a real Chromium: as a client of a server on a port, whose page it is part of, and with an engine of its own. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Redacted, type Scope } from "effect"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Browser, Page } from "playwright-core"
import { type Executions, ExecutionsLocal, Flow } from "@halte/engine"
import { Bounded, FrontEndTest, HandStep } from "@halte/engine/testing"
import { WebServer } from "@halte/http"
import { launch } from "../../../test/support/Browser.ts"
import * as BrowserBundle from "./support/BrowserBundle.ts"
import * as ChromiumDoor from "./support/ChromiumDoor.ts"
import type { LocalPage } from "./support/page/LocalPage.ts"
import type { Door } from "./support/page/RemotePage.ts"

let browser: Browser
const directories: Array<string> = []
const saved: Record<string, URL> = {}

beforeAll(async () => {
  browser = await launch()
  for (const name of ["RemotePage.ts", "LocalPage.ts"]) {
    const directory = mkdtempSync(join(tmpdir(), "halte-page-"))
    directories.push(directory)
    ChromiumDoor.save(await BrowserBundle.ofFile(join(import.meta.dirname, "support/page", name)), directory)
    saved[name] = pathToFileURL(`${directory}/`)
  }
}, 120_000)

afterAll(async () => {
  await browser?.close()
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

/** A server around an engine, and a browser of its own that has opened its page. */
const opened = (
  engine: Executions.ExecutionsShape,
  name: string,
  enter = true
): Effect.Effect<
  { readonly page: Page; readonly server: WebServer.WebServer; readonly complaints: ReadonlyArray<string> },
  never,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const server = yield* Effect.orDie(WebServer.listen(engine, { port: 0, page: saved[name] }))
    const context = yield* Effect.acquireRelease(
      Effect.promise(() => browser.newContext()),
      (own) => Effect.promise(() => own.close())
    )
    const page = yield* Effect.promise(() => context.newPage())
    // A page that breaks the rules of its server's content policy, or anything else, says so here.
    const complaints: Array<string> = []
    page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())))
    page.on("pageerror", (error) => void complaints.push(String(error)))
    yield* Effect.promise(() => page.goto(enter ? server.signInUrl() : server.url))
    const isThere = () => page.evaluate(() => "door" in globalThis || "page" in globalThis)
    yield* Bounded.within(
      Effect.promise(async () => {
        while (complaints.length === 0 && !(await isThere()));
      }),
      "the script of the page",
      15_000
    )
    assert.deepStrictEqual(complaints, [])
    if (enter && name === "RemotePage.ts")
      assert.deepStrictEqual(
        yield* Effect.promise(() => page.evaluate(() => (globalThis as unknown as { door: Door }).door.enter())),
        { value: true }
      )
    return { page, server, complaints }
  })

FrontEndTest.suite({ describe, it }, "R5, Halte.connect in Chromium", {
  source: "Page",
  open: (engine) =>
    Effect.map(opened(engine, "RemotePage.ts"), ({ page }) => {
      const executions = ChromiumDoor.make(page)
      return { executions, interrupt: (id) => executions.interrupt(id) }
    })
})

describe("Halte in Chromium", () => {
  it.live(
    "R41: a page without the cookie of a session is refused with the typed error, and let in with the token",
    () =>
      Effect.gen(function* () {
        const engine = yield* ExecutionsLocal.make({ flows: [] })
        const { page, server } = yield* opened(engine, "RemotePage.ts", false)
        const enter = (token?: string) =>
          Effect.promise(() =>
            page.evaluate((given) => (globalThis as unknown as { door: Door }).door.enter(given), token)
          )
        const refused = yield* enter()
        assert.strictEqual(("error" in refused ? (refused.error as { _tag: string }) : undefined)?._tag, "Unauthorized")
        assert.deepStrictEqual(yield* enter(Redacted.value(server.token)), { value: true })
        assert.deepStrictEqual(yield* ChromiumDoor.make(page).flows, [])
      })
  )

  it.live("R40: a page that folds the events shows what the engine has, also when it comes late", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("flow", { steps }) as Flow.Flow<unknown, never>] })
      const { page } = yield* opened(engine, "RemotePage.ts")
      const executions = ChromiumDoor.make(page)
      const id = yield* executions.start({ flow: "flow" })
      const hand = yield* a.begun()
      const folded = page.evaluate(
        (execution) => (globalThis as unknown as { door: Door }).door.call("folded", [execution as never]),
        id as string
      )
      yield* executions.interrupt(id, { reason: "a click" })
      yield* hand.succeed()
      assert.deepStrictEqual(
        yield* Bounded.within(
          Effect.promise(() => folded),
          "the fold"
        ),
        { value: "Interrupted" }
      )
      const [summary] = yield* executions.list({ limit: 1 })
      assert.strictEqual(summary?.status, "Interrupted")
    })
  )

  it.live(
    "R5, R22: an engine in the page passes the suite for front ends, and stops a loop at its cursor",
    () =>
      Effect.gen(function* () {
        const engine = yield* ExecutionsLocal.make({ flows: [] })
        const { page } = yield* opened(engine, "LocalPage.ts")
        const titles = yield* Effect.promise(() =>
          page.evaluate(() => (globalThis as unknown as { page: LocalPage }).page.titles)
        )
        assert.isAtLeast(titles.length, 15)
        for (const [index, title] of titles.entries()) {
          const run = page.evaluate((i) => (globalThis as unknown as { page: LocalPage }).page.run(i), index)
          assert.strictEqual(yield* Effect.promise(() => run), "passed", title)
        }
        const { stopped, ...rest } = yield* Effect.promise(() =>
          page.evaluate(() => (globalThis as unknown as { page: LocalPage }).page.program())
        )
        assert.deepStrictEqual(rest, {
          _tag: "Interrupted",
          notStarted: ["last"],
          resumed: "Completed",
          completed: ["count", "last"]
        })
        assert.isAbove(stopped ?? 0, 0)
        assert.strictEqual((stopped ?? 1) % 1000, 0)
      }),
    60_000
  )
})

describe("bundles for browsers", () => {
  const stated = (what: string): number => {
    const page = readFileSync(new URL("../../../docs/reference/sdk.md", import.meta.url), "utf8")
    const row = new RegExp(`\\| \`${what}\` +\\| (\\d+) kB`).exec(page)
    return Number(row?.[1] ?? assert.fail(`docs/reference/sdk.md says no size of ${what}`)) * 1000
  }

  for (const [what, program] of [
    ["Halte.connect", `import { Halte } from "@halte/sdk"\nexport const connect = Halte.connect`],
    [
      "Halte.local",
      `import { Flow, Halte, Step } from "@halte/sdk"\nexport const local = [Halte.local, Flow.make, Step.make]`
    ]
  ] as const)
    it(`${what} imports nothing of Node, and weighs what the docs say`, { timeout: 60_000 }, async () => {
      const { gzip, nodeImports } = await BrowserBundle.make(program)
      assert.deepStrictEqual(nodeImports, [])
      // A little room, so that a line more is no failure, and a library more is one.
      assert.isAtMost(gzip, stated(what) * 1.05, "the docs say less")
      assert.isAtLeast(gzip, stated(what) * 0.85, "the docs say more")
    })
})
