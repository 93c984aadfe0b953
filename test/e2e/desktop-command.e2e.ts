// The Command view as the desktop shows it: its requirements once more, over the bridge.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { afterAll } from "vitest"
import * as Axe from "../support/Axe.ts"
import { on, outcomeOf, stateOf, test } from "../support/DesktopPage.ts"
import * as PageServer from "../support/PageServer.ts"

afterAll(PageServer.closeBrowser)

describe("the Command view in the desktop", () => {
  const command = { path: "/command" }

  test(
    "R51 asks by the system's dialog, with its words, and only a yes interrupts",
    async ({ desktop, page, server }) => {
      const view = on(page)
      await page.getByLabel("Working directory").fill(server.directory)
      await view.execute("sh hold.sh it")
      await view.output.getByText("ready it").waitFor()
      await view.button("⏹ Interrupt").click()
      assert.deepStrictEqual(await desktop.called("ask"), {
        title: "Confirm Interrupt",
        message: "Are you sure you want to interrupt the running command?",
        detail: "Running → Interrupted: SIGTERM, SIGKILL after 0.5 s",
        yes: "Interrupt",
        no: "Keep running",
        checkbox: "Do not ask again"
      })
      // No: it goes on, and the page has no dialog of its own.
      await view.says("Running...")
      assert.strictEqual(await page.getByRole("dialog").count(), 0)

      // Yes, but it ended while the question was open: the state is looked at again, and nothing is interrupted.
      desktop.answers.ask = async () => {
        const [running] = await Effect.runPromise(server.executions.list({ flow: "command" }))
        server.write("go", "")
        await outcomeOf(server, running!.id)
        return { yes: true, checked: false }
      }
      await view.button("⏹ Interrupt").click()
      await view.says("No command is currently running.")
      assert.notInclude((await view.output.textContent()) ?? "", "Interrupt signal sent")

      // Yes, and it need not be asked again: that is a setting of the desktop.
      desktop.answers.ask = () => ({ yes: true, checked: true })
      await view.execute("echo ready; sleep 60")
      await view.output.getByText("ready").waitFor()
      await view.button("⏹ Interrupt").click()
      await view.says("⏹ Command interrupted")
      await view.output.getByText("⏹ Command interrupted by user").waitFor()
      assert.deepStrictEqual(await desktop.called("changeSettings"), { confirm: false })
      assert.isFalse(await page.getByLabel("Confirm before interrupting").isChecked())

      const asked = desktop.of("ask").length
      await view.execute("echo again; sleep 60")
      await view.output.getByText("again").waitFor()
      await view.button("⏹ Interrupt").click()
      await view.says("⏹ Command interrupted")
      assert.strictEqual(desktop.of("ask").length, asked)

      // Nobody gave a name: the user of the system has asked.
      const [last] = await Effect.runPromise(server.executions.list({ flow: "command" }))
      const { requests } = await stateOf(server, last!.id)
      assert.deepStrictEqual(
        requests.map(({ signal }) => signal.by),
        ["anna"]
      )
    },
    command
  )

  test(
    "R51 one question is open at a time, and the page asks itself where the system can't",
    async ({ desktop, page }) => {
      const view = on(page)
      await view.execute("echo ready; sleep 60")
      await view.output.getByText("ready").waitFor()
      let answer = (_: { yes: boolean; checked: boolean }): void => undefined
      desktop.answers.ask = () => new Promise((resolve) => (answer = resolve))
      await view.button("⏹ Interrupt").click()
      await desktop.called("ask")
      await view.button("⏹ Interrupt").click()
      await view.line.press("Escape")
      assert.strictEqual(desktop.of("ask").length, 1)
      answer({ yes: false, checked: false })
      await view.says("Running...")

      desktop.answers.ask = () => Promise.reject(new Error("No dialog can be shown."))
      await view.button("⏹ Interrupt").click()
      const dialog = page.getByRole("dialog", { name: "Confirm Interrupt" })
      await dialog.getByRole("button", { name: "Interrupt" }).click()
      await view.says("⏹ Command interrupted")
    },
    command
  )

  test(
    "R50 R71 Esc and Ctrl+C interrupt, say when nothing runs, and never steal a copy",
    async ({ desktop, page }) => {
      const view = on(page)
      await view.line.press("Escape")
      await view.says("No command is currently running.")
      assert.strictEqual(desktop.of("ask").length, 0)

      desktop.answers.ask = () => ({ yes: true, checked: false })
      await view.execute("echo ready; sleep 60")
      await view.output.getByText("ready").waitFor()
      // Marked text: Ctrl+C is for who copies it.
      await view.output.selectText()
      await view.output.press("Control+c")
      await view.says("Running...")
      assert.strictEqual(desktop.of("ask").length, 0)
      await page.evaluate(() => getSelection()?.removeAllRanges())
      await view.output.press("Control+c")
      await view.says("⏹ Command interrupted")

      await view.execute("echo again; sleep 60")
      await view.output.getByText("again").waitFor()
      // While a sheet is open Esc closes that.
      await view.button("Help").click()
      await page.getByRole("dialog", { name: "Help" }).waitFor()
      await page.keyboard.press("Escape")
      await page.getByRole("dialog").waitFor({ state: "detached" })
      await view.says("Running...")
      await view.line.press("Escape")
      await view.says("⏹ Command interrupted")
      assert.strictEqual(desktop.of("ask").length, 2)
    },
    command
  )

  test(
    "R49 copies the exact line by the desktop, and says so when it can't",
    async ({ desktop, page }) => {
      const view = on(page)
      const line = `printf '%s\\n' "a  b" | tr a-z A-Z`
      await view.line.fill(line)
      await view.button("Copy Command").click()
      assert.strictEqual(await desktop.called("copy"), line)
      await page.getByRole("status").getByText("Command copied").waitFor()
      desktop.answers.copy = () => Promise.reject(new Error("the clipboard is busy"))
      await view.button("Copy Command").click()
      await page.getByRole("alert").getByText("Command could not be copied: the clipboard is busy").waitFor()
    },
    command
  )

  test(
    "R49 clears the view but not the log, and opens the keys and what the buttons do",
    async ({ page, server }) => {
      const view = on(page)
      await view.execute("echo fine")
      await view.says("✓ Command completed successfully")
      await view.output.getByText("fine").waitFor()
      await view.button("Clear Output").click()
      await page.waitForFunction(
        () => document.querySelector('[aria-label="Output of the command"]')?.textContent === ""
      )
      const [execution] = await Effect.runPromise(server.executions.list({ flow: "command" }))
      const lines = await Effect.runPromise(Stream.runCollect(server.executions.logs(execution!.id)))
      assert.deepStrictEqual(
        Array.from(lines, ({ text }) => text),
        ["fine"]
      )
      await view.button("Help").click()
      const help = page.getByRole("dialog", { name: "Help" })
      await help.getByText("Interrupt the running command").waitFor()
      await help.getByText("The line is run by the shell of this machine").waitFor()
      // A window has no way back from another document.
      assert.strictEqual(await help.getByRole("link").count(), 0)
    },
    command
  )

  test(
    "R49 saves and loads its configuration, by the buttons and by the menu",
    async ({ desktop, page, server }) => {
      const view = on(page)
      // As long as nobody listens the browser shows its own chooser.
      page.on("filechooser", () => undefined)
      await view.line.fill("echo configured; pwd")
      await page.getByLabel("Working directory").fill(server.directory)
      await page.getByLabel("Grace period").fill("1.5")
      await page.getByLabel("Confirm before interrupting").uncheck()
      await desktop.called("changeSettings")
      const [download] = await Promise.all([page.waitForEvent("download"), view.button("Save Config").click()])
      const text = readFileSync(await download.path(), "utf8")
      assert.deepStrictEqual(JSON.parse(text), {
        halte: 1,
        command: { line: "echo configured; pwd", directory: server.directory, graceMillis: 1500, confirm: false }
      })
      const [again] = await Promise.all([page.waitForEvent("download"), desktop.menu("save-config")])
      assert.strictEqual(readFileSync(await again.path(), "utf8"), text)

      // Another view: the menu goes to where the file belongs, and asks which. Confirming was switched on meanwhile.
      await page.getByRole("link", { name: "Start", exact: true }).click()
      await page.getByRole("heading", { name: "Start a flow" }).waitFor()
      await desktop.push({ settings: { ...desktop.state().settings, confirm: true } })
      const path = join(server.directory, "command.halte.json")
      writeFileSync(path, text)
      // A page may open a chooser for a moment after a press: by then there was none for longer.
      await page.waitForFunction(() => !navigator.userActivation.isActive)
      await desktop.menu("load-config")
      const sheet = page.getByRole("dialog", { name: "Load Config" })
      await sheet.locator("button:focus", { hasText: "Choose a file…" }).waitFor()
      assert.deepStrictEqual(await Axe.violations(page), [])
      const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")])
      await chooser.setFiles(path)
      await view.says("command.halte.json was loaded.")
      assert.strictEqual(await view.line.inputValue(), "echo configured; pwd")
      assert.strictEqual(await page.getByLabel("Grace period").inputValue(), "1.5")
      assert.isFalse(await page.getByLabel("Confirm before interrupting").isChecked())
      assert.isFalse(desktop.state().settings.confirm)
      await view.button("Execute Command").click()
      await view.output.getByText(server.directory).waitFor()

      // A bad one changes nothing.
      writeFileSync(path, `{\n  "halte": 1,\n  "command": { "line": 7 }\n}`)
      const [other] = await Promise.all([page.waitForEvent("filechooser"), view.button("Load Config").click()])
      await other.setFiles(path)
      await view.status.getByText(/^command\.halte\.json, line 3: .* Nothing was changed\.$/).waitFor()
      assert.strictEqual(await view.line.inputValue(), "echo configured; pwd")
    },
    command
  )
})
