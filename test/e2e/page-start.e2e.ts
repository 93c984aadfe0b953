import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { afterAll } from "vitest"
import * as Axe from "../support/Axe.ts"
import * as PageServer from "../support/PageServer.ts"

afterAll(PageServer.closeBrowser)

const release = `halte: 1
name: release
description: Build, test and upload one version.
single: true
params:
  version: { type: string, pattern: '^\\d+\\.\\d+\\.\\d+$', description: What to release }
  target: { type: string, default: ./out }
  token: { type: string, secret: true, env: RELEASE_TOKEN, optional: true }
  copies: { type: integer, default: 2 }
steps:
  build: { run: sh hold.sh build }
  upload:
    after: build
    steps:
      part-1: { run: echo one }
      part-2: { after: part-1, run: echo two }
`

const test = (
  title: string,
  run: (server: PageServer.PageServer, page: Page) => Promise<void>,
  options?: PageServer.PageOptions & { readonly files?: Readonly<Record<string, string>> }
) =>
  it.live(title, () =>
    Effect.scoped(
      Effect.gen(function* () {
        const server = yield* PageServer.serve(options?.files ?? { "release.flow.yaml": release })
        const page = yield* server.openPage(options)
        yield* Effect.promise(() => run(server, page))
      })
    )
  )

describe("the page: signing in, the list, starting a flow", () => {
  test(
    "R15 R38 starts a flow from its params and opens the execution",
    async (server, page) => {
      await page.getByRole("link", { name: "Start a flow" }).click()
      await page.getByRole("link", { name: /release/ }).click()
      await page.getByRole("heading", { name: "Start release" }).waitFor()
      // What would run is there before anything does.
      await page.getByRole("heading", { name: /^Plan/ }).waitFor()
      await page.getByText("within 5.5 s", { exact: true }).waitFor()
      assert.strictEqual(await page.getByLabel("target").inputValue(), "./out")
      assert.strictEqual(await page.getByLabel("token").getAttribute("placeholder"), "Taken from RELEASE_TOKEN")
      assert.strictEqual(await page.getByLabel("token").getAttribute("type"), "password")

      // What is wrong is said at its field, which has the focus; nothing is started.
      await page.getByLabel("copies").fill("two")
      await page.getByLabel("version").fill("2.4")
      await page.getByRole("button", { name: "Start", exact: true }).click()
      await page.getByText("Does not match ^\\d+\\.\\d+\\.\\d+$", { exact: true }).waitFor()
      await page.getByText("Is not a whole number", { exact: true }).waitFor()
      await page.locator('[name="version"]:focus').waitFor()
      assert.strictEqual(await page.getByLabel("version").getAttribute("aria-invalid"), "true")
      assert.deepStrictEqual(await Effect.runPromise(server.executions.list()), [])

      await page.getByLabel("version").fill("2.4.0")
      await page.getByLabel("copies").fill("3")
      await page.getByLabel("token").fill("t0ken-value")
      await page.getByText("halte run release --param version=2.4.0 --param copies=3").waitFor()

      // A dry run starts nothing and shows no secret.
      await page.getByRole("button", { name: "Dry run" }).click()
      await page.getByText('"token": "(secret)"').waitFor()
      assert.deepStrictEqual(await Effect.runPromise(server.executions.list()), [])

      await page.keyboard.press("Control+Enter")
      await page.waitForURL(/\/executions\/[0-9A-Z]{20}$/)
      const [execution] = await Effect.runPromise(server.executions.list())
      assert.strictEqual(new URL(page.url()).pathname, `/executions/${execution!.id}`)
      const state = await Effect.runPromise(server.executions.get(execution!.id))
      assert.strictEqual(state.source, "Page")
      assert.deepStrictEqual(
        { ...(state.params as Record<string, unknown>), token: "" },
        { version: "2.4.0", target: "./out", copies: 3, token: "" }
      )
      assert.notInclude(JSON.stringify(state), "t0ken-value")

      // R16: one at a time; the one that runs is named, and one click away.
      await page.goto(`${server.url}/flows/release`)
      await page.getByLabel("version").fill("2.4.1")
      await page.getByRole("button", { name: "Start", exact: true }).click()
      await page.getByRole("link", { name: "Open it" }).click()
      await page.waitForURL(`${server.url}/executions/${execution!.id}`)
      assert.strictEqual((await Effect.runPromise(server.executions.list())).length, 1)
    },
    { allow: /409/ }
  )

  test("R15 lists executions live, finds them, and interrupts and resumes one by keys", async (server, page) => {
    await page.getByText("Nothing has run here yet").waitFor()
    const id = await Effect.runPromise(
      server.executions.start({ flow: "release", params: { version: "1.0.0" }, source: "Cli", by: "anna" })
    )
    // It comes by itself.
    const row = page.getByRole("row").filter({ hasText: "release" })
    await row.getByText("Running").waitFor()
    await row.getByText("anna · CLI").waitFor()
    await page.getByText("1 live").waitFor()

    // Single keys, while the list has the focus.
    await row.getByRole("link", { name: "release" }).focus()
    await page.keyboard.press("i")
    const dialog = page.getByRole("dialog", { name: "Confirm Interrupt" })
    await dialog.getByText("Are you sure you want to interrupt release?").waitFor()
    await dialog.getByText("within 5.5 s, can be resumed").waitFor()
    await dialog.getByLabel("Reason").fill("wrong version")
    await page.keyboard.press("Control+Enter")
    await row.getByText("Interrupted", { exact: true }).waitFor()
    const state = await Effect.runPromise(server.executions.get(id))
    assert.strictEqual(state.signal?.reason, "wrong version")
    assert.strictEqual(state.signal?.source, "Page")

    await row.getByRole("link", { name: "release" }).focus()
    await page.keyboard.press("r")
    await row.getByText("Running").waitFor()
    server.write("go", "")
    await row.getByText("Completed").waitFor()
    await row.getByText("3 of 3 steps").waitFor()

    // Filters, by chips and by what is typed.
    await page.keyboard.press("/")
    await page.keyboard.type("nothing like that")
    await page.getByText("No execution is like that").waitFor()
    await page.getByRole("button", { name: "Show all executions" }).click()
    await page.getByRole("button", { name: /^Failed/ }).click()
    await page.getByText("No execution is like that").waitFor()
    await page.getByRole("button", { name: /^Completed 1/ }).click()
    await row.waitFor()
    await row.getByRole("link", { name: "release" }).press("Enter")
    await page.waitForURL(`${server.url}/executions/${id}`)
  })

  test("signs in by an address that works once, and says how to get another", async (server, page) => {
    await page.getByRole("heading", { name: "Executions" }).waitFor()
    // The code is in the address no longer.
    assert.strictEqual(new URL(page.url()).hash, "")
    const context = page.context()
    // No script can read the cookie.
    assert.strictEqual(await page.evaluate(() => document.cookie), "")
    const [cookie] = await context.cookies()
    assert.isTrue(cookie!.httpOnly)
    assert.strictEqual(cookie!.sameSite, "Strict")

    const other = await context.browser()!.newContext()
    try {
      const stranger = await other.newPage()
      await stranger.goto(server.url)
      await stranger.getByRole("heading", { name: "This page is not signed in" }).waitFor()
      assert.deepStrictEqual(await Axe.violations(stranger), [])
      const used = server.signInUrl()
      await stranger.goto(used)
      await stranger.getByRole("heading", { name: "Executions" }).waitFor()
      await other.clearCookies()
      await stranger.goto("about:blank")
      await stranger.goto(used)
      await stranger.getByText("The address was used before, or is too old: each works once.").waitFor()
      await stranger.getByLabel(/paste an address or a code/).fill(server.signInUrl())
      await stranger.getByRole("button", { name: "Sign in" }).click()
      await stranger.getByRole("heading", { name: "Executions" }).waitFor()
    } finally {
      await other.close()
    }
  })

  test(
    "has keys, settings that are kept, and says when there is no such page",
    async (server, page) => {
      await page.getByRole("heading", { name: "Executions" }).waitFor()
      await page.keyboard.press("?")
      const help = page.getByRole("dialog", { name: "Keyboard shortcuts" })
      await help.getByText("Interrupt, when no text is selected").waitFor()
      assert.deepStrictEqual(await Axe.violations(page), [])
      await page.keyboard.press("Escape")
      await help.waitFor({ state: "detached" })

      await page.getByRole("button", { name: "Settings" }).click()
      const settings = page.getByRole("dialog", { name: "Settings" })
      await settings.getByLabel("Your name").fill("Ada")
      await settings.getByLabel("Single-key shortcuts").uncheck()
      await settings.getByLabel("Colours").selectOption("dark")
      assert.deepStrictEqual(await Axe.violations(page), [])
      await settings.getByRole("button", { name: "Done" }).click()
      await page.reload()
      assert.strictEqual(await page.evaluate(() => document.documentElement.dataset["theme"]), "dark")
      const id = await Effect.runPromise(server.executions.start({ flow: "release", params: { version: "1.0.0" } }))
      const link = page.getByRole("link", { name: "release", exact: true })
      await link.focus()
      // Switched off: the key does nothing.
      await page.keyboard.press("i")
      await page.getByRole("button", { name: /^Interrupt release/ }).click()
      await page.getByRole("dialog").getByRole("button", { name: "Interrupt" }).click()
      await page.getByRole("row").getByText("Interrupted", { exact: true }).waitFor()
      const { requests } = await Effect.runPromise(server.executions.get(id))
      assert.deepStrictEqual(
        requests.map(({ signal }) => signal.by),
        ["Ada"]
      )

      await page.goto(`${server.url}/nowhere`)
      await page.getByRole("heading", { name: "There is no such page" }).waitFor()
      await page.getByRole("link", { name: "All executions" }).click()
      await page.waitForURL(`${server.url}/executions`)
    },
    { allow: /404/ }
  )

  test(
    "starts the flow as its file is now, and says with its line what is wrong with it",
    async (server, page) => {
      await page.goto(`${server.url}/flows/release`)
      await page.getByLabel("version").fill("2.4.0")
      // Somebody edits the file meanwhile: what was typed stays, and the new text is what starts.
      server.write("release.flow.yaml", release.replace("run: echo one", "run: echo new"))
      await page.getByRole("button", { name: "Start", exact: true }).click()
      const differs = page.getByText("Look at it as it is now, and start it again.")
      const opened = page.waitForURL(/\/executions\/\w{20}$/).then(() => "opened" as const)
      if ((await Promise.race([differs.waitFor().then(() => "differs" as const), opened])) === "differs") {
        assert.strictEqual(await page.getByLabel("version").inputValue(), "2.4.0")
        await page.getByRole("button", { name: "Start", exact: true }).click()
        await opened
      }
      const [execution] = await Effect.runPromise(server.executions.list())
      const { definition } = await Effect.runPromise(server.executions.get(execution!.id))
      assert.include(JSON.stringify(definition), "echo new")
      await Effect.runPromise(server.executions.terminate(execution!.id))

      await page.goto(`${server.url}/flows/release`)
      await page.getByLabel("version").fill("2.4.1")
      server.write("release.flow.yaml", release.replace("after: build", "after: bild"))
      await page.getByRole("button", { name: "Start", exact: true }).click()
      await page.locator("code", { hasText: "release.flow.yaml:13:" }).waitFor()
      await page.locator("pre", { hasText: "after: bild" }).waitFor()
      assert.deepStrictEqual(await Axe.violations(page), [])
    },
    { allow: /409|422/ }
  )

  test(
    "signs out",
    async (server, page) => {
      await page.getByRole("button", { name: "Settings" }).click()
      await page.getByRole("button", { name: "Sign out" }).click()
      await page.getByRole("heading", { name: "This page is not signed in" }).waitFor()
      await page.goto(server.url)
      await page.getByRole("heading", { name: "This page is not signed in" }).waitFor()
    },
    { allow: /401/ }
  )

  test(
    "says how to write a flow where there is none",
    async (server, page) => {
      await page.goto(`${server.url}/flows`)
      await page.getByText("This server has no flow", { exact: true }).waitFor()
      await page.goto(`${server.url}/flows/lost`)
      await page.getByText("This server has no flow lost").waitFor()
      assert.deepStrictEqual(await Axe.violations(page), [])
    },
    { files: {} }
  )

  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [1440, 320])
      test(
        `has no violation of WCAG 2.2 AA (${colorScheme}, ${width} wide)`,
        async (server, page) => {
          await Effect.runPromise(server.executions.start({ flow: "release", params: { version: "1.0.0" } }))
          const check = async () => {
            assert.deepStrictEqual(await Axe.violations(page), [])
            const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
            assert.isAtMost(over, 0)
          }
          await page.getByRole("row").getByText("Running").waitFor()
          await check()
          await page.goto(`${server.url}/flows`)
          await page.getByRole("link", { name: /Build, test/ }).waitFor()
          await check()
          await page.goto(`${server.url}/flows/release`)
          await page.getByRole("button", { name: "Start", exact: true }).click()
          await page.getByText("Is needed", { exact: true }).waitFor()
          await check()
        },
        { colorScheme, viewport: { width, height: 900 } }
      )
})
