/** The Command view in a window: its buttons, its keys, its dialogs, its files. */
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { act, type Given, isEnabled, item, noneLeft, type Test } from "./Scenario.ts"

const names = ["Execute Command", "⏹ Interrupt", "Copy Command", "Clear Output", "Help", "Load Config", "Save Config"]

const command = (page: Page) => {
  const button = (name: string) => page.getByRole("button", { name, exact: true })
  const output = page.getByLabel("Output of the command")
  return {
    button,
    output,
    interrupt: button("⏹ Interrupt"),
    says: (text: string) => page.locator(".out .stat").getByText(text, { exact: true }).waitFor(),
    execute: async (line: string) => {
      await page.getByLabel("Command line").fill(line)
      await button("Execute Command").click()
    }
  }
}

/** Goes to the view by the menu. */
const opened = ({ desktop, page, project }: Given) =>
  Effect.gen(function* () {
    yield* item(desktop.menu, "Command in the menu", isEnabled("view.command"))
    yield* act(() => desktop.clickMenu("view.command"))
    const view = command(page)
    yield* act(() => view.button("Execute Command").waitFor())
    yield* act(() => page.getByLabel("Working directory").fill(project.directory))
    return view
  })

export const scenarios = (test: Test): void => {
  describe("the Command view", () => {
    test("R48 R49 R51 has its buttons in order, and asks by the system's dialog before it interrupts", (given) =>
      Effect.gen(function* () {
        const { desktop, page, project } = given
        const view = yield* opened(given)
        yield* act(async () => {
          assert.deepStrictEqual(await page.locator(".tools button").allTextContents(), names)
          assert.isTrue(await view.interrupt.isDisabled())
          await view.execute("sh hold.sh it")
          await view.output.getByText("ready it").waitFor()
          await view.says("Running...")
          await view.interrupt.click()
          const dialog = await desktop.dialog()
          assert.strictEqual(dialog.title, "Confirm Interrupt")
          assert.strictEqual(dialog.message, "Are you sure you want to interrupt the running command?")
          assert.deepStrictEqual([dialog.defaultButton, dialog.closeButton], ["Keep running", "Keep running"])
          await desktop.answer("Keep running")
          await view.says("Running...")
          assert.isTrue(await view.interrupt.isEnabled())

          // By the menu, with the same question and the same words.
          await desktop.clickMenu("execution.interrupt")
          assert.strictEqual((await desktop.dialog()).message, dialog.message)
          await desktop.answer("Interrupt")
          await view.says("⏹ Command interrupted")
          assert.isTrue(await view.interrupt.isDisabled())
          assert.isTrue(await view.button("Execute Command").isEnabled())
        })
        const { state } = yield* project.newest
        assert.deepStrictEqual(
          state.requests.map(({ signal }) => signal.source),
          ["Desktop"]
        )
        assert.deepStrictEqual(project.lines("it.log"), ["begun", "cleaned"])
        yield* noneLeft(given, "hold.sh")
      }))

    test("R51 looks again after the answer: what has ended meanwhile is not interrupted", (given) =>
      Effect.gen(function* () {
        const { desktop, project } = given
        const view = yield* opened(given)
        yield* act(async () => {
          await view.execute("sh hold.sh it")
          await view.output.getByText("ready it").waitFor()
          await view.interrupt.click()
          await desktop.dialog()
        })
        yield* project.go
        yield* act(async () => {
          await view.output.getByText("✓ Command completed successfully").waitFor()
          // The question may be taken back, since there is nothing left to ask about.
          if ((await desktop.dialogs()).length > 0) {
            await desktop.answer("Interrupt")
            await view.says("No command is currently running.")
          }
          assert.notInclude((await view.output.textContent()) ?? "", "Interrupt signal sent")
        })
        assert.deepStrictEqual((yield* project.newest).state.requests, [])
      }))

    test("R71 is interrupted by Esc and by Ctrl+C, and leaves Ctrl+C to who copies", (given) =>
      Effect.gen(function* () {
        const { desktop, page } = given
        const view = yield* opened(given)
        yield* act(async () => {
          await page.getByLabel("Confirm before interrupting").uncheck()
          await view.execute("echo ready; sleep 60")
          await view.output.getByText("ready").waitFor()
          await view.output.selectText()
          await view.output.focus()
          await desktop.press(page, "Control+c")
          await view.says("Running...")
          await page.evaluate(() => getSelection()?.removeAllRanges())
          await desktop.press(page, "Control+c")
          await view.says("⏹ Command interrupted")

          await view.execute("echo again; sleep 60")
          await view.output.getByText("again").waitFor()
          await page.getByLabel("Command line").focus()
          await desktop.press(page, "Escape")
          await view.says("⏹ Command interrupted")
          assert.deepStrictEqual(await desktop.dialogs(), [])
        })
      }))

    test("R47 R50 runs one at a time, and says when there is nothing to interrupt", (given) =>
      Effect.gen(function* () {
        const { desktop, page, project } = given
        const view = yield* opened(given)
        yield* act(async () => {
          await page.getByLabel("Command line").focus()
          await desktop.press(page, "Escape")
          await view.says("No command is currently running.")
        })
        yield* item(desktop.menu, "Interrupt in the menu", isEnabled("execution.interrupt"))
        yield* act(async () => {
          await desktop.clickMenu("execution.interrupt")
          await page.getByText("No command is currently running.").nth(1).waitFor()
          await view.execute("sh hold.sh it")
          await view.output.getByText("ready it").waitFor()
          await page.getByLabel("Command line").fill("echo no")
          await page.getByLabel("Command line").press("Enter")
          await view.says("A command is already running. Please wait or interrupt it first.")
        })
        yield* project.go
        yield* act(() => view.says("✓ Command completed successfully"))
        assert.lengthOf(yield* project.recorded, 1)
      }))

    test("R49 puts the exact line on the system's clipboard, clears, and opens Help also by the menu", (given) =>
      Effect.gen(function* () {
        const { desktop, page } = given
        const view = yield* opened(given)
        const line = `printf '%s\\n' "a  b" | tr a-z A-Z`
        yield* act(async () => {
          await view.execute(line)
          await view.says("✓ Command completed successfully")
          await view.button("Copy Command").click()
          await page.getByRole("status").getByText("Command copied").waitFor()
          assert.strictEqual(await desktop.clipboard(), line)
          await view.button("Clear Output").click()
          await page.waitForFunction(
            () => document.querySelector('[aria-label="Output of the command"]')?.textContent === ""
          )
          await desktop.clickMenu("help.keys")
          const dialog = page.getByRole("dialog", { name: "Help" })
          await dialog.getByText("Interrupt the running command").waitFor()
          await dialog.getByRole("button", { name: "Close" }).click()
          await dialog.waitFor({ state: "detached" })
        })
      }))

    test("R49 saves and loads its configuration, by the menu and by the button; a bad file changes nothing", (given) =>
      Effect.gen(function* () {
        const { desktop, page, project } = given
        const view = yield* opened(given)
        yield* act(async () => {
          await page.getByLabel("Command line").fill("echo $GREETING")
          await view.button("Add a variable").click()
          await page.getByLabel("Name of variable 1").fill("GREETING")
          await page.getByLabel("Value of GREETING").fill("hello")
          await page.getByLabel("Grace period").fill("1.5")
        })
        const saved = (click: () => Promise<void>) => act(() => desktop.saved(page, click))
        const text = yield* saved(() => view.button("Save Config").click())
        assert.deepStrictEqual(JSON.parse(text), {
          halte: 1,
          command: {
            line: "echo $GREETING",
            directory: project.directory,
            environment: { GREETING: "hello" },
            graceMillis: 1500,
            confirm: true
          }
        })
        yield* item(desktop.menu, "Save Config in the menu", isEnabled("file.save-config"))
        assert.strictEqual(yield* saved(() => desktop.clickMenu("file.save-config")), text)

        yield* act(async () => {
          await page.reload()
          const file = page.getByLabel("Configuration file")
          const load = (name: string, content: string) =>
            file.setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(content) })
          await page.getByLabel("Command line").fill("echo other")
          await load("bad.json", `{\n  "halte": 1,\n  "command": {\n    "directory": "x"\n  }\n}`)
          await page
            .getByText(/^bad\.json, line 3: `command\.line`: .* Nothing was changed\.$/)
            .first()
            .waitFor()
          assert.strictEqual(await page.getByLabel("Command line").inputValue(), "echo other")
          await load("command.halte.json", text)
          await view.says("command.halte.json was loaded.")
          assert.strictEqual(await page.getByLabel("Command line").inputValue(), "echo $GREETING")
          assert.strictEqual(await page.getByLabel("Grace period").inputValue(), "1.5")
          await view.button("Execute Command").click()
          await view.output.getByText("hello").waitFor()
        })
      }))
  })
}
