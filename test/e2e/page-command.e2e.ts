import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { Effect, Stream } from "effect"
import type { Page } from "playwright-core"
import { afterAll } from "vitest"
import * as Axe from "../support/Axe.ts"
import * as PageServer from "../support/PageServer.ts"

afterAll(PageServer.closeBrowser)

const on = (page: Page) => {
  const button = (name: string) => page.getByRole("button", { name, exact: true })
  const output = page.getByLabel("Output of the command")
  const status = page.locator(".out .stat")
  return {
    button,
    output,
    status,
    interrupt: button("⏹ Interrupt"),
    says: (text: string) => status.getByText(text, { exact: true }).waitFor(),
    execute: async (line: string) => {
      await page.getByLabel("Command line").fill(line)
      await button("Execute Command").click()
    },
    /** Presses Interrupt and answers yes. */
    stop: async () => {
      await button("⏹ Interrupt").click()
      await page.getByRole("dialog").getByRole("button", { name: "Interrupt" }).click()
    }
  }
}

const test = (
  title: string,
  run: (server: PageServer.PageServer, page: Page, view: ReturnType<typeof on>) => Promise<void>,
  options?: PageServer.PageOptions
) =>
  it.live(title, () =>
    Effect.scoped(
      Effect.gen(function* () {
        const server = yield* PageServer.serve({})
        const page = yield* server.openPage({ path: "/command", ...options })
        yield* Effect.promise(() => page.getByLabel("Working directory").fill(server.directory))
        yield* Effect.promise(() => run(server, page, on(page)))
      })
    )
  )

const names = ["Execute Command", "⏹ Interrupt", "Copy Command", "Clear Output", "Help", "Load Config", "Save Config"]

describe("the Command view", () => {
  test("R48 R49 has its buttons in order, and Interrupt works only while something runs", async (_, page, view) => {
    const texts = await page.locator(".tools button").allTextContents()
    assert.deepStrictEqual(texts, names)
    assert.isTrue(await view.interrupt.isDisabled())

    await view.execute("sh hold.sh it")
    await view.output.getByText("ready it").waitFor()
    await view.says("Running...")
    assert.isTrue(await view.interrupt.isEnabled())
    assert.isTrue(await view.button("Execute Command").isDisabled())

    await view.stop()
    await view.says("⏹ Command interrupted")
    assert.isTrue(await view.interrupt.isDisabled())
    assert.isTrue(await view.button("Execute Command").isEnabled())
  })

  test("R54 R55 R56 says what happens, word for word, when it completes, fails and is interrupted", async (_, page, view) => {
    await view.execute("echo fine")
    await view.says("✓ Command completed successfully")
    assert.strictEqual(await view.output.textContent(), "fine\n✓ Command completed successfully\n")
    assert.match((await view.status.textContent()) ?? "", /exit code 0$/)

    await view.execute("echo bad; exit 7")
    await view.says("✗ Command failed with exit code 7")
    assert.isTrue(await view.interrupt.isDisabled())

    await view.execute("exec sh hold.sh it")
    await view.output.getByText("ready it").waitFor()
    await view.stop()
    await view.says("⏹ Command interrupted")
    assert.strictEqual(
      await view.output.textContent(),
      "ready it\n⏹ Interrupt signal sent...\ncleaning up\n⏹ Command interrupted by user\n"
    )
    // R57: it trapped the signal and ended by itself.
    assert.match((await view.status.textContent()) ?? "", /stopped cleanly$/)
  })

  test("R52 R54 says that it interrupts before anything is killed, and kills what ignores SIGTERM after the grace", async (_, page, view) => {
    await page.getByLabel("Grace period").fill("2")
    await view.execute("trap '' TERM; echo ready; while :; do sleep 0.05; done")
    await view.output.getByText("ready").waitFor()
    await view.stop()
    await view.says("⏹ Interrupting...")
    await view.output.getByText("⏹ Interrupt signal sent...").waitFor()
    await page.getByText(/^SIGTERM sent .* ago, SIGKILL in /).waitFor()
    assert.isTrue(await view.interrupt.isDisabled())
    await view.says("⏹ Command interrupted")
    assert.match((await view.status.textContent()) ?? "", /SIGKILL/)
  })

  test("R50 R71 says that nothing runs when Esc or Ctrl+C has nothing to interrupt", async (_, page, view) => {
    await page.getByLabel("Command line").press("Escape")
    await view.says("No command is currently running.")
  })

  test("R51 asks before it interrupts, looks again after the answer, and can be told not to ask", async (server, page, view) => {
    await view.execute("sh hold.sh it")
    await view.output.getByText("ready it").waitFor()
    await view.interrupt.click()
    const dialog = page.getByRole("dialog")
    assert.strictEqual(await dialog.getByRole("heading").textContent(), "Confirm Interrupt")
    await dialog.getByText("Are you sure you want to interrupt the running command?", { exact: true }).waitFor()
    const keep = dialog.getByRole("button", { name: "Keep running" })
    await dialog.locator("button:focus", { hasText: "Keep running" }).waitFor()
    assert.deepStrictEqual(await Axe.violations(page), [])

    // No: it goes on.
    await keep.click()
    await dialog.waitFor({ state: "detached" })
    await view.says("Running...")

    // Esc closes the question and does not interrupt.
    await view.interrupt.click()
    await dialog.waitFor()
    await page.keyboard.press("Escape")
    await dialog.waitFor({ state: "detached" })
    await view.says("Running...")

    // Yes, but it has ended while the question was open: nothing is interrupted.
    await view.interrupt.click()
    await dialog.waitFor()
    server.write("go", "")
    await view.output.getByText("done it").waitFor()
    await dialog.getByRole("button", { name: "Interrupt" }).click()
    await view.says("No command is currently running.")
    assert.notInclude((await view.output.textContent()) ?? "", "Interrupt signal sent")

    // Switched off, it does not ask.
    await page.getByLabel("Confirm before interrupting").uncheck()
    await view.execute("echo ready; sleep 60")
    await view.output.getByText("ready").waitFor()
    await view.interrupt.click()
    await view.says("⏹ Command interrupted")
  })

  test("R71 interrupts by Esc and by Ctrl+C, and leaves Ctrl+C to who copies", async (_, page, view) => {
    await page.getByLabel("Confirm before interrupting").uncheck()
    await view.execute("echo ready; sleep 60")
    await view.output.getByText("ready").waitFor()
    // Marked text: Ctrl+C copies.
    await view.output.selectText()
    await view.output.press("Control+c")
    await view.says("Running...")
    await page.evaluate(() => getSelection()?.removeAllRanges())
    await view.output.press("Control+c")
    await view.says("⏹ Command interrupted")

    await view.execute("echo again; sleep 60")
    await view.output.getByText("again").waitFor()
    await page.getByLabel("Command line").press("Escape")
    await view.says("⏹ Command interrupted")
  })

  it.live(
    "R47 runs one at a time: a second tab shows the same run and the same buttons, and is refused a second one",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const server = yield* PageServer.serve({})
          const first = yield* server.openPage({ path: "/command" })
          const second = yield* server.openPage({ path: "/command" })
          yield* Effect.promise(async () => {
            const [one, two] = [on(first), on(second)]
            await two.button("Execute Command").waitFor()
            await first.getByLabel("Working directory").fill(server.directory)
            await one.execute("sh hold.sh it")
            await one.output.getByText("ready it").waitFor()
            // The second tab sees it, without having done anything.
            await two.output.getByText("ready it").waitFor()
            await two.says("Running...")
            assert.isTrue(await two.button("Execute Command").isDisabled())
            // Enter says why nothing is started.
            await second.getByLabel("Command line").fill("echo no")
            await second.getByLabel("Command line").press("Enter")
            await two.says("A command is already running. Please wait or interrupt it first.")
            // It is interrupted from there, and both see it.
            await two.stop()
            await one.says("⏹ Command interrupted")
            await one.output.getByText("⏹ Command interrupted by user").waitFor()
          })
          const commands = yield* server.executions.list({ flow: "command" })
          assert.strictEqual(commands.length, 1)
        })
      )
  )

  test("R59 R60 streams line by line, stops a silent one, and never starts interrupted", async (server, page, view) => {
    await page.getByLabel("Confirm before interrupting").uncheck()
    await view.execute("echo one; while [ ! -e two ]; do sleep 0.05; done; echo two; sleep 60")
    await view.output.getByText("one").waitFor()
    server.write("two", "")
    await view.output.getByText("two").waitFor()
    await view.interrupt.click()
    await view.says("⏹ Command interrupted")

    await view.execute("sleep 60")
    await view.says("Running...")
    await view.interrupt.click()
    await view.says("⏹ Command interrupted")

    await view.execute("echo anew")
    await view.says("✓ Command completed successfully")
    assert.strictEqual(await view.output.textContent(), "anew\n✓ Command completed successfully\n")
  })

  test("R49 copies the exact line, and clears the view but not the log", async (server, page, view) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"])
    const line = `printf '%s\\n' "a  b" | tr a-z A-Z`
    await view.execute(line)
    await view.says("✓ Command completed successfully")
    await view.button("Copy Command").click()
    await page.getByRole("status").getByText("Command copied").waitFor()
    assert.strictEqual(await page.evaluate(() => navigator.clipboard.readText()), line)

    await view.output.getByText("A  B").waitFor()
    await view.button("Clear Output").click()
    await page.waitForFunction(() => document.querySelector('[aria-label="Output of the command"]')?.textContent === "")
    const [execution] = await Effect.runPromise(server.executions.list({ flow: "command" }))
    const lines = await Effect.runPromise(Stream.runCollect(server.executions.logs(execution!.id)))
    assert.deepStrictEqual(
      Array.from(lines, ({ text }) => text),
      ["A  B"]
    )
  })

  test("R49 saves and loads line, directory, variables without secrets, grace and whether to confirm", async (server, page, view) => {
    await page.getByLabel("Command line").fill(`echo "$GREETING $TOKEN"; pwd`)
    await page.getByLabel("Working directory").fill(server.directory)
    await view.button("Add a variable").click()
    await page.getByLabel("Name of variable 1").fill("GREETING")
    await page.getByLabel("Value of GREETING").fill("hello")
    await view.button("Add a variable").click()
    await page.getByLabel("Name of variable 2").fill("TOKEN")
    await page.getByLabel("Value of TOKEN").fill("s3cret-value")
    await page.getByLabel("Secret: kept nowhere").nth(1).check()
    await page.getByLabel("Grace period").fill("1.5")
    await page.getByLabel("Confirm before interrupting").uncheck()

    const [download] = await Promise.all([page.waitForEvent("download"), view.button("Save Config").click()])
    const text = readFileSync(await download.path(), "utf8")
    assert.deepStrictEqual(JSON.parse(text), {
      halte: 1,
      command: {
        line: `echo "$GREETING $TOKEN"; pwd`,
        directory: server.directory,
        environment: { GREETING: "hello", TOKEN: null },
        graceMillis: 1500,
        confirm: false
      }
    })

    await page.reload()
    await page.getByLabel("Confirm before interrupting").check()
    const file = page.getByLabel("Configuration file")
    await file.setInputFiles({ name: "command.halte.json", mimeType: "application/json", buffer: Buffer.from(text) })
    await view.says("command.halte.json was loaded. Fill in: TOKEN.")
    assert.strictEqual(await page.getByLabel("Command line").inputValue(), `echo "$GREETING $TOKEN"; pwd`)
    assert.strictEqual(await page.getByLabel("Grace period").inputValue(), "1.5")
    assert.isFalse(await page.getByLabel("Confirm before interrupting").isChecked())
    assert.strictEqual(await page.getByLabel("Value of TOKEN").inputValue(), "")
    await page.getByLabel("Value of TOKEN").fill("s3cret-value")
    await view.button("Execute Command").click()
    await view.output.getByText(server.directory).waitFor()
    // What it prints of a secret is masked in the record.
    await view.output.getByText("hello ***").waitFor()
    const [execution] = await Effect.runPromise(server.executions.list({ flow: "command" }))
    const state = await Effect.runPromise(server.executions.get(execution!.id))
    assert.notInclude(JSON.stringify(state.params), "s3cret")

    // A bad file names its line and changes nothing.
    const bad = async (content: string, said: RegExp) => {
      await file.setInputFiles({ name: "bad.json", mimeType: "application/json", buffer: Buffer.from(content) })
      await view.status.getByText(said).waitFor()
      assert.strictEqual(await page.getByLabel("Grace period").inputValue(), "1.5")
      assert.strictEqual(await page.getByLabel("Working directory").inputValue(), server.directory)
    }
    await bad(
      `{\n  "halte": 1,\n  "command": {\n    "line": "x"\n`,
      /^bad\.json, line \d+: It is no JSON: .* Nothing was changed\.$/
    )
    await bad(
      `{\n  "halte": 1,\n  "command": {\n    "line": "x",\n    "graceMillis": -5\n  }\n}`,
      /^bad\.json, line 5: `command\.graceMillis`: .* Nothing was changed\.$/
    )
    await bad(`{\n  "halte": 1,\n  "command": {\n    "directory": "x"\n  }\n}`, /^bad\.json, line 3: `command\.line`: /)
    await bad(`{\n  "halte": 1,\n  "command": { "line": "x" },\n  "more": 1\n}`, /^bad\.json, line 4: `more`: /)
  })

  test("R49 opens the keys and the docs by Help", async (_, page, view) => {
    await view.button("Help").click()
    const dialog = page.getByRole("dialog", { name: "Help" })
    await dialog.getByText("Interrupt the running command").waitFor()
    assert.strictEqual(await dialog.getByRole("link", { name: "The HTTP API" }).getAttribute("href"), "/docs")
    await dialog.getByRole("button", { name: "Close" }).click()
    await dialog.waitFor({ state: "detached" })
  })

  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [1440, 320])
      test(
        `has no violation of WCAG 2.2 AA (${colorScheme}, ${width} wide)`,
        async (_, page, view) => {
          await view.execute("sh hold.sh it")
          await view.output.getByText("ready it").waitFor()
          assert.deepStrictEqual(await Axe.violations(page), [])
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          assert.isAtMost(overflow, 0)
        },
        { colorScheme, viewport: { width, height: 900 } }
      )
})
