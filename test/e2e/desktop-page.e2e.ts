// The page as the desktop shows it: a real browser and a real server, and around the page a bridge that the test answers.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { defaults, type DesktopState, type WaitedFor } from "@halte/web/DesktopBridge"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { afterAll } from "vitest"
import * as Axe from "../support/Axe.ts"
import { files, held, lost, on, outcomeOf, test, unknownIds } from "../support/DesktopPage.ts"
import * as FakeDesktop from "../support/FakeDesktop.ts"
import * as PageServer from "../support/PageServer.ts"

afterAll(PageServer.closeBrowser)

describe("an execution in the desktop", () => {
  test("R4 R15 R51 is interrupted after the system's question, and terminated after the one that lists what may be half done", async ({
    desktop,
    page,
    server
  }) => {
    const id = await held(server, "stubborn")
    await desktop.go(`/executions/${id}`)
    await page.getByRole("heading", { name: "stubborn" }).waitFor()
    desktop.answers.ask = () => ({ yes: true, checked: false })
    await page.locator(".xh").getByRole("button", { name: "Interrupt" }).click()
    const first = await desktop.called("ask")
    assert.strictEqual(first.message, "Are you sure you want to interrupt stubborn?")
    assert.strictEqual(first.detail, "Running → Interrupted: within 30.5 s, can be resumed")
    await page.locator(".lit").getByText("Interrupt requested by anna").waitFor()

    await page.locator(".lit").getByRole("button", { name: "Terminate now" }).click()
    const second = await desktop.called("ask", 2)
    assert.strictEqual(second.title, "Terminate stubborn now?")
    assert.match(
      second.detail ?? "",
      /^Running steps are ended .*\nInterrupting… → Terminated: SIGKILL to \d process(es)?\nMay be left half done: hold$/
    )
    const { status } = await outcomeOf(server, id)
    assert.strictEqual(status, "Terminated")
  })

  test(
    "tells the desktop what is on screen, goes where it is told, and has the project in its title",
    async ({ desktop, page, server }) => {
      const project = server.directory.split("/").at(-1)!
      await page.waitForFunction((name) => document.title === `0 live · ${name} · Halte`, project)
      assert.deepStrictEqual(desktop.of("viewing"), [{ command: false }])
      const id = await held(server, "release")
      await desktop.go(`/executions/${id}`)
      await page.waitForFunction((name) => document.title === `Running · 0 of 2 · release · ${name} · Halte`, project)
      const last = async (what: unknown) => {
        for (let n = 1; ; n++)
          if (JSON.stringify(await desktop.called("viewing", n)) === JSON.stringify(what)) return desktop.of("viewing")
      }
      await last({ execution: id, name: "release", command: false })
      // A step of it is the same execution.
      const before = desktop.of("viewing").length
      await desktop.go(`/executions/${id}?step=build`)
      await page.getByRole("heading", { name: "build" }).waitFor()
      assert.strictEqual(desktop.of("viewing").length, before)

      await desktop.go("/command")
      await on(page).execute("echo fine")
      await on(page).says("✓ Command completed successfully")
      const [command] = await Effect.runPromise(server.executions.list({ flow: "command" }))
      await last({ execution: command!.id, name: "echo fine", command: true })

      await desktop.go("/executions/nothing-like-that")
      await page.getByText("There is no such execution").waitFor()
      assert.deepStrictEqual(desktop.of("viewing").at(-1), { command: false })
      // What is no address of the page is no place to go.
      await desktop.go("https://example.org/")
      await desktop.go("/flows")
      await page.getByRole("heading", { name: "Start a flow" }).waitFor()
      assert.strictEqual(new URL(page.url()).pathname, "/flows")
      await page.waitForFunction((name) => document.title === `Start · ${name} · Halte`, project)
      assert.strictEqual(await page.locator(".conn").textContent(), `Live · ${project}`)
      server.write("go", "")
    },
    unknownIds
  )
})

describe("settings in the desktop", () => {
  it.live("the page waits for them, and is never drawn in the wrong colours", () =>
    Effect.scoped(
      Effect.gen(function* () {
        let answer = (_: DesktopState): void => undefined
        let desktop: FakeDesktop.FakeDesktop | undefined
        const server = yield* PageServer.serve(files)
        const page = yield* server.openPage({
          colorScheme: "light",
          prepare: async (to) => {
            desktop = await FakeDesktop.attach(to, { settings: { ...defaults, theme: "dark" } })
            desktop.answers.state = () => new Promise((resolve) => (answer = resolve))
          }
        })
        yield* Effect.promise(async () => {
          const { called, state } = desktop!
          await called("state")
          assert.strictEqual(await page.locator("#root > *").count(), 0)
          answer(state())
          await page.getByRole("heading", { name: "Executions" }).waitFor()
          assert.strictEqual(await page.locator("html").getAttribute("data-theme"), "dark")
        })
      })
    )
  )

  it.live("a desktop that does not answer is said to, and asked again", () =>
    Effect.scoped(
      Effect.gen(function* () {
        let desktop: FakeDesktop.FakeDesktop | undefined
        const server = yield* PageServer.serve(files)
        const page = yield* server.openPage({
          prepare: async (to) => {
            desktop = await FakeDesktop.attach(to)
            desktop.answers.state = () => Promise.reject(new Error("This window is none of Halte's."))
          }
        })
        yield* Effect.promise(async () => {
          await page.getByText("This window is none of Halte's.").waitFor()
          assert.deepStrictEqual(await Axe.violations(page), [])
          delete desktop!.answers.state
          await page.getByRole("button", { name: "Try again" }).click()
          await page.getByRole("heading", { name: "Executions" }).waitFor()
        })
      })
    )
  )

  test("are those of the desktop: shown, changed and kept there, and changed by other windows", async ({
    desktop,
    page
  }) => {
    await desktop.menu("settings")
    const sheet = page.getByRole("dialog", { name: "Settings" })
    await sheet.getByText("They are kept by the desktop.").waitFor()
    assert.strictEqual(await sheet.getByRole("button", { name: "Sign out" }).count(), 0)
    const name = sheet.getByLabel("Your name")
    assert.strictEqual(await name.getAttribute("placeholder"), "anna")

    // Typed while the desktop is slow, and tells an older state meanwhile: nothing that was typed is lost.
    const waiting: Array<() => void> = []
    desktop.answers.changeSettings = async () => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      return null
    }
    await name.pressSequentially("Bert")
    await desktop.called("changeSettings", 4)
    await desktop.push({ settings: { ...defaults, name: "B" } })
    assert.strictEqual(await name.inputValue(), "Bert")
    await desktop.push({ settings: { ...defaults, name: "Bert" } })
    for (const done of waiting) done()
    // Once all is there, the desktop has the last word.
    await desktop.called("state", 2)
    delete desktop.answers.changeSettings
    await desktop.push({ settings: { ...defaults, name: "Berta" } })
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>("#settings-name")?.value === "Berta")

    await sheet.getByLabel("Colours").selectOption("dark")
    await page.waitForFunction(() => document.documentElement.dataset["theme"] === "dark")
    await sheet.getByLabel("Tell me when executions end").uncheck()
    const most = sheet.getByLabel("Executions at a time")
    assert.strictEqual(await most.getAttribute("placeholder"), "As many as there are")
    await sheet.getByText("It counts from the next start of the engine.").waitFor()
    await most.fill("0")
    await sheet.getByText("A whole number from 1 to 1000; or nothing: as many as there are.").waitFor()
    await most.fill("4")
    await page.waitForFunction(() => document.querySelector('[aria-invalid="true"]') === null)
    await sheet.getByLabel("Single-key shortcuts").uncheck()
    await sheet.getByLabel("Confirm before interrupting").uncheck()
    await desktop.called("changeSettings", 9)
    assert.deepStrictEqual(desktop.of("changeSettings").slice(4), [
      { theme: "dark" },
      { notify: false },
      { maxExecutions: 4 },
      { shortcuts: false },
      { confirm: false }
    ])
    assert.deepStrictEqual(desktop.state().settings, {
      theme: "dark",
      confirm: false,
      shortcuts: false,
      name: "Berta",
      notify: false,
      maxExecutions: 4
    })
    await most.fill("")
    assert.deepStrictEqual(await desktop.called("changeSettings", 10), { maxExecutions: null })
    assert.strictEqual(await page.evaluate(() => localStorage.length), 0)
  })

  test("a setting that the desktop refuses is said to be as it was", async ({ desktop, page }) => {
    desktop.answers.changeSettings = () => Promise.reject(new Error("The settings could not be written: disk full."))
    await desktop.menu("settings")
    const notify = page.getByLabel("Tell me when executions end")
    await notify.click()
    await page.getByRole("alert").getByText("The setting was not kept: The settings could not be written").waitFor()
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLInputElement>("dialog input[type=checkbox]")].every(({ checked }) => checked)
    )
  })
})

describe("files that are dropped on the window", () => {
  const drag = async (page: Page, paths: ReadonlyArray<string>) => {
    const session = await page.context().newCDPSession(page)
    const data = { items: [], files: [...paths], dragOperationsMask: 1 }
    const at = { x: 300, y: 300, data }
    await session.send("Input.dispatchDragEvent", { type: "dragEnter", ...at })
    await session.send("Input.dispatchDragEvent", { type: "dragOver", ...at })
    return {
      end: async () => {
        await session.send("Input.dispatchDragEvent", { type: "drop", ...at })
        await session.detach()
      }
    }
  }

  test("are opened, one after the other; what is no flow file is told, and never becomes the page", async ({
    desktop,
    page,
    server
  }) => {
    await page.getByRole("heading", { name: "Executions" }).waitFor()
    const address = page.url()
    const at = (name: string) => join(server.directory, name)
    mkdirSync(at("shop"))
    writeFileSync(at("notes.txt"), "notes")
    const drop = await drag(page, [at("release.flow.yaml"), at("notes.txt"), at("shop"), at("stubborn.flow.yaml")])
    await page.getByText("Drop to open").waitFor()
    await drop.end()
    assert.strictEqual(await desktop.called("open", 3), "/dropped/stubborn.flow.yaml")
    assert.deepStrictEqual(desktop.of("open"), [
      "/dropped/release.flow.yaml",
      "/dropped/shop",
      "/dropped/stubborn.flow.yaml"
    ])
    await page.getByText("Drop to open").waitFor({ state: "detached" })
    const notices = page.getByRole("region", { name: "Notices" })
    await notices.getByText("`notes.txt` is not a flow file, so it was not opened.").waitFor()
    await notices.getByRole("button", { name: "Dismiss" }).click()
    await notices.waitFor({ state: "detached" })
    assert.strictEqual(page.url(), address)

    // Why the desktop did not open one is told, too.
    desktop.answers.open = () => Promise.reject(new Error("`release.flow.yaml` can't be read: permission denied."))
    await (await drag(page, [at("release.flow.yaml")])).end()
    await notices.getByText("`release.flow.yaml` can't be read: permission denied.").waitFor()

    // One that is dragged away leaves nothing.
    await drag(page, [at("release.flow.yaml")])
    await page.getByText("Drop to open").waitFor()
    await page.evaluate(() => document.body.dispatchEvent(new DragEvent("dragleave", { bubbles: true })))
    await page.getByText("Drop to open").waitFor({ state: "detached" })
    assert.strictEqual(desktop.of("open").length, 4)
    assert.strictEqual(page.url(), address)
  })

  test("go nowhere else while Halte ends", async ({ desktop, page, server }) => {
    await page.getByRole("heading", { name: "Executions" }).waitFor()
    await desktop.push({ quitting: { phase: "Interrupting", executions: [] } })
    await page.getByRole("dialog").waitFor()
    await (await drag(page, [join(server.directory, "release.flow.yaml")])).end()
    assert.strictEqual(await page.getByText("Drop to open").count(), 0)
    await desktop.push({ quitting: undefined })
    await page.getByRole("dialog").waitFor({ state: "detached" })
    assert.strictEqual(desktop.of("open").length, 0)
    assert.match(page.url(), /^http:\/\/127\.0\.0\.1/)
  })
})

describe("an engine that is gone", () => {
  test("is said, with how it ended and what ran; what is on the page stays, and the way back is two buttons", async ({
    desktop,
    page,
    server
  }) => {
    const id = await held(server, "release")
    await desktop.go(`/executions/${id}`)
    await page.getByRole("heading", { name: "release" }).waitFor()
    await desktop.push({ engine: lost })
    const engine = page.getByRole("region", { name: "Engine" })
    const alert = engine.getByRole("alert")
    await alert.getByText("The engine has ended").waitFor()
    await alert.getByText("It was killed by SIGKILL.").waitFor()
    await alert.getByText("What ran then: release, index.").waitFor()
    assert.match((await page.locator(".conn").textContent()) ?? "", /^Engine ended · halte-page-/)
    await page.getByRole("heading", { name: "release" }).waitFor()
    // What is from before does not turn.
    assert.strictEqual(
      await page.evaluate(() => {
        const glyph = document.querySelector(".live .spin")
        return glyph === null ? "there is none" : getComputedStyle(glyph).animationName
      }),
      "none"
    )

    let done = (): void => undefined
    desktop.answers.restartEngine = () => new Promise((resolve) => (done = () => resolve(null)))
    const restart = engine.getByRole("button", { name: "Restart and resume" })
    await restart.focus()
    await page.keyboard.press("Enter")
    assert.deepStrictEqual(await desktop.called("restartEngine"), { resume: true })
    await engine.getByRole("button", { name: "Restarting…" }).waitFor()
    assert.isTrue(await engine.getByRole("button", { name: "Restart", exact: true }).isDisabled())
    await desktop.push({ engine: { _tag: "Starting" } })
    await engine.getByRole("status").getByText("The engine is starting again…").waitFor()
    assert.match((await page.locator(".conn").textContent()) ?? "", /^Engine starting · /)
    done()
    // Whoever uses the keyboard is still there.
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Engine")

    // It is back: what was found is listed as it is now, with the way to it and what could not be ended.
    const recovered = [{ execution: id, flow: "release", ended: 2, left: [4123] }]
    await desktop.push({ engine: { _tag: "Running", recovered } })
    await engine.getByRole("heading", { name: "The engine runs again" }).waitFor()
    await page.getByRole("status").getByText("The engine runs again").waitFor()
    const row = engine.getByRole("listitem")
    await row.getByText("2 programs left running were ended; pid 4123 could not be ended: end it yourself").waitFor()
    await row.getByText("Running", { exact: true }).waitFor()
    assert.strictEqual(await row.getByRole("link", { name: "release" }).getAttribute("href"), `/executions/${id}`)
    assert.strictEqual(await row.getByRole("button").count(), 0)
    await engine.getByRole("button", { name: "Close" }).click()
    await engine.waitFor({ state: "detached" })
    // Told again it stays closed; lost again it is said again.
    await desktop.push({ recent: ["/projects/other"] })
    assert.strictEqual(await engine.count(), 0)
    await desktop.push({ engine: { ...lost, running: [] } })
    await engine.getByText("Nothing was running.").waitFor()
    assert.strictEqual(await engine.getByRole("button", { name: "Restart and resume" }).count(), 0)
    desktop.answers.restartEngine = () => Promise.reject(new Error("The engine is being started already."))
    await engine.getByRole("button", { name: "Restart" }).click()
    await engine.getByText("The engine is being started already.").waitFor()
    assert.deepStrictEqual(desktop.of("restartEngine").at(-1), { resume: false })
    server.write("go", "")
  })

  test(
    "R73 what was found without an engine is resumed by its button, and what refuses says why",
    async ({ desktop, page, server }) => {
      const id = await held(server, "release")
      await Effect.runPromise(server.executions.interrupt(id, { source: "Sdk" }))
      await outcomeOf(server, id)
      const gone = "01JD3M8Z9F4T6V2X0YQ7"
      await desktop.push({
        engine: {
          _tag: "Running",
          recovered: [
            { execution: id, flow: "release", ended: 0, left: [] },
            { execution: gone, flow: "index", ended: 1, left: [] }
          ]
        }
      })
      const engine = page.getByRole("region", { name: "Engine" })
      await engine.getByRole("heading", { name: "2 executions were found without an engine" }).waitFor()
      await engine.getByText("1 program left running was ended").waitFor()
      await engine.getByRole("button", { name: `Resume release …${id.slice(-6)}` }).click()
      await engine.getByRole("listitem").first().getByText("Running", { exact: true }).waitFor()
      await engine.getByRole("button", { name: `Resume index …${gone.slice(-6)}` }).click()
      await engine.getByRole("alert").getByText(gone).waitFor()
      await engine.getByRole("link", { name: "Decide in its report" }).waitFor()
      server.write("go", "")
      assert.strictEqual((await outcomeOf(server, id, 2)).status, "Completed")
    },
    unknownIds
  )

  test("one that can't be started says why and what to do, and is tried again", async ({ desktop, page }) => {
    const failed = {
      _tag: "Failed",
      code: "store-unavailable",
      message: "`.halte/halte.db` can't be opened: it is of another user. Open the project as that user."
    } as const
    await page.getByRole("heading", { name: "Executions" }).waitFor()
    await desktop.push({ engine: { _tag: "Starting" } })
    await desktop.push({ engine: failed })
    const alert = page.getByRole("region", { name: "Engine" }).getByRole("alert")
    await alert.getByText("The engine could not be started again").waitFor()
    await alert.getByText(failed.message).waitFor()
    // What was read before can still be read.
    await page.getByRole("heading", { name: "Executions" }).waitFor()

    // Where none ever ran there is nothing else to show.
    await page.reload()
    await page.getByRole("heading", { name: /could not be opened$/ }).waitFor()
    await page.locator("main").getByText(failed.message).waitFor()
    await page.getByText("store-unavailable").waitFor()
    assert.strictEqual(await page.getByRole("heading", { name: "Executions" }).count(), 0)
    await page.getByRole("button", { name: "Open another project…" }).click()
    await desktop.called("chooseProject")
    await page.getByRole("button", { name: "Try again" }).click()
    assert.deepStrictEqual(await desktop.called("restartEngine"), { resume: false })
    await desktop.push({ engine: { _tag: "Starting" } })
    await page.getByText("Its engine is starting.").waitFor()
    await desktop.push({ engine: { _tag: "Running", recovered: [] } })
    await page.getByRole("heading", { name: "Executions" }).waitFor()
  })
})

describe("Halte ending", () => {
  const waiting: ReadonlyArray<WaitedFor> = [
    {
      execution: "01JD3M8Z9F4T6V2X0YQ7",
      flow: "index",
      status: "Interrupting",
      steps: ["hash"],
      promise: "no bound: `hash`"
    }
  ]

  test(
    "P2 shows what it waits for, counts what was promised, and ends nothing by force unless asked",
    async ({ desktop, page, server }) => {
      const id = await held(server, "stubborn")
      await desktop.menu("settings")
      await page.getByRole("dialog", { name: "Settings" }).waitFor()
      await Effect.runPromise(server.executions.interrupt(id, { source: "Desktop", by: "anna" }))
      const own: WaitedFor = {
        execution: id,
        flow: "stubborn",
        status: "Running",
        steps: [],
        promise: "within 30.5 s"
      }
      await desktop.push({ quitting: { phase: "Interrupting", executions: [own, ...waiting] } })
      const dialog = page.getByRole("dialog", { name: "Halte ends when 2 executions have stopped" })
      await dialog.getByRole("status").getByText("Halte ends when 2 executions have stopped").waitFor()
      assert.strictEqual(await page.getByRole("dialog").count(), 1)
      const [first, second] = [dialog.getByRole("listitem").nth(0), dialog.getByRole("listitem").nth(1)]
      await first.getByText("Interrupting…").waitFor()
      await first.getByText("waits for hold").waitFor()
      await first.getByText(/^within 30\.5 s: [\d.]+ s left$/).waitFor()
      // Of what promises nothing no number is invented.
      await second.getByText("no bound: `hash`").waitFor()
      await second.getByText("waits for hash").waitFor()

      // There is no way back: neither Esc, however often, nor a click beside it.
      for (let n = 0; n < 3; n++) await page.keyboard.press("Escape")
      await page.mouse.click(5, 5)
      await dialog.waitFor()
      // Enter, pressed at once, does nothing; Tab reaches the only button.
      await page.keyboard.press("Enter")
      assert.strictEqual(desktop.of("terminateAll").length, 0)
      await page.keyboard.press("Tab")
      await dialog.locator("button:focus", { hasText: "Terminate now" }).waitFor()
      let answered = (): void => undefined
      desktop.answers.terminateAll = () => new Promise((resolve) => (answered = () => resolve(null)))
      await page.keyboard.press("Enter")
      await desktop.called("terminateAll")
      // The desktop asks; a no leaves everything as it is.
      assert.isTrue(await dialog.getByRole("button", { name: "Terminate now" }).isDisabled())
      answered()
      await page.waitForFunction(() => document.querySelector<HTMLButtonElement>(".quitting .b")?.disabled === false)

      // One has stopped: that is said, and is not waited for any more.
      await desktop.push({ quitting: { phase: "Interrupting", executions: [own] } })
      await page.getByRole("dialog", { name: "Halte ends when stubborn has stopped" }).waitFor()
      await page.getByRole("status").getByText("index has stopped").waitFor()

      await Effect.runPromise(server.executions.terminate(id, { source: "Desktop", by: "anna" }))
      await desktop.push({ quitting: { phase: "Terminating", executions: [own] } })
      const last = page.getByRole("dialog", { name: "Halte ends when stubborn has stopped" })
      await last.getByText("What still runs is ended by force.").waitFor()
      assert.isTrue(await last.getByRole("button", { name: "Terminating…" }).isDisabled())
      await page.getByRole("status").getByText("Terminating: what still runs is ended by force").waitFor()
      await last.getByText("stopped", { exact: true }).waitFor()
      await last.getByText("Terminated", { exact: true }).waitFor()

      await desktop.push({ quitting: { phase: "Terminating", executions: [] } })
      await page.getByRole("dialog", { name: "Halte ends now" }).waitFor()
      await page.getByText("Everything has stopped, and is recorded.").waitFor()
    },
    unknownIds
  )
})

describe("a window without a project", () => {
  const none: Partial<DesktopState> = {
    engine: { _tag: "None" },
    project: undefined,
    recent: ["/projects/shop", "/projects/very/long/path/of/some/other/project/that/needs/two/lines"]
  }

  test(
    "offers to open one, and asks nobody for executions",
    async ({ desktop, page }) => {
      const asked: Array<string> = []
      page.on("request", (request) => asked.push(new URL(request.url()).pathname))
      await page.reload()
      await page.getByRole("heading", { name: "Open a project" }).waitFor()
      assert.strictEqual(await page.title(), "Halte")
      assert.strictEqual(await page.getByRole("navigation").count(), 0)
      assert.strictEqual(await page.locator(".conn").count(), 0)
      let chosen = (_: boolean): void => undefined
      desktop.answers.chooseProject = () => new Promise((resolve) => (chosen = resolve))
      await page.getByRole("button", { name: "Open Project…" }).click()
      await desktop.called("chooseProject")
      assert.isTrue(await page.getByRole("button", { name: "Open Flow File…" }).isDisabled())
      // Nothing was chosen.
      chosen(false)
      await page.getByRole("button", { name: "Open Flow File…" }).click()
      await desktop.called("chooseFile")
      desktop.answers.open = () => Promise.reject(new Error("`/projects/shop` is not there any more."))
      await page.getByRole("button", { name: "shop /projects/shop" }).click()
      assert.strictEqual(await desktop.called("open"), "/projects/shop")
      await page.getByText("`/projects/shop` is not there any more.").first().waitFor()
      assert.deepStrictEqual(
        asked.filter((path) => /^\/(executions|server|flows|events)/.test(path) && path !== "/executions"),
        []
      )
      // Settings and keys are there all the same.
      await page.getByRole("button", { name: "Settings" }).click()
      await page.getByRole("dialog", { name: "Settings" }).waitFor()
    },
    { state: none }
  )
})

describe("notices of the desktop", () => {
  test("stay until they are dismissed, each by itself, and the focus stays among them", async ({ desktop, page }) => {
    await page.getByRole("heading", { name: "Executions" }).waitFor()
    await desktop.push({
      notices: [
        { id: 7, text: "`a.flow.yaml`, line 3: there is no step `buidl`." },
        { id: 9, text: "`b.flow.yaml` could not be read." }
      ]
    })
    const notices = page.getByRole("region", { name: "Notices" })
    await page.getByRole("status").getByText("there is no step `buidl`").waitFor()
    assert.strictEqual(await notices.getByRole("listitem").count(), 2)
    const first = notices.getByRole("button", { name: "Dismiss" }).first()
    await first.focus()
    await page.keyboard.press("Enter")
    assert.strictEqual(await desktop.called("dismiss"), 7)
    await notices.getByText("`a.flow.yaml`").waitFor({ state: "detached" })
    await page.waitForFunction(() => document.activeElement?.closest(".notices") !== null)
    await page.keyboard.press("Enter")
    assert.strictEqual(await desktop.called("dismiss", 2), 9)
    await notices.waitFor({ state: "detached" })
  })
})
