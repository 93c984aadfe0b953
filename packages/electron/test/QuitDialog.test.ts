/** The question of the quit guard as the system's dialog. */
import { BrowserWindow } from "electron/main"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { electronControl } from "../../../test/support/electron/Main.ts"
import * as QuitDialog from "../src/main/QuitDialog.ts"
import * as QuitText from "../src/main/QuitText.ts"
import { idOf } from "./support/QuitDesks.ts"

const question = QuitText.question({
  gesture: "Quit",
  background: true,
  running: [{ id: idOf(1), name: "release", state: undefined }]
})

const ask = (options: { window?: BrowserWindow; signal?: AbortSignal; platform?: NodeJS.Platform } = {}) =>
  QuitDialog.ask(question, options.window, options.signal ?? new AbortController().signal, options.platform ?? "linux")

beforeEach(() => {
  electronControl.reset()
  electronControl.ready()
})
afterEach(() => electronControl.reset())

describe("the dialog", () => {
  it("has Stay as its default and as what closing it means, and does not block", async () => {
    const answer = ask()
    const dialog = await electronControl.nextDialog()
    if (dialog.kind !== "message") throw new Error(dialog.kind)
    const { buttons = [], cancelId, defaultId, noLink, type } = dialog.options
    assert.deepStrictEqual(buttons, ["Keep running in the background", "Interrupt and quit", "Stay"])
    assert.strictEqual(buttons[defaultId!], "Stay")
    assert.strictEqual(buttons[cancelId!], "Stay")
    assert.isTrue(noLink)
    assert.strictEqual(type, "question")
    dialog.answer("close")
    assert.strictEqual(await answer, "Stay")
  })

  it("answers what its buttons mean", async () => {
    for (const { answer, label } of question.buttons) {
      electronControl.willAnswer({ button: label })
      assert.strictEqual(await ask(), answer)
    }
  })

  it("comes with the window that it is about, brought to the front", async () => {
    const window = new BrowserWindow({ show: false })
    window.minimize()
    const answer = ask({ window })
    const dialog = await electronControl.nextDialog()
    assert.strictEqual(dialog.window as unknown, window)
    assert.isFalse(window.isMinimized())
    assert.isTrue(window.isVisible())
    dialog.answer({ button: "Stay" })
    await answer
  })

  it("goes when it is taken away, and that is no answer", async () => {
    const controller = new AbortController()
    const answer = ask({ signal: controller.signal })
    await electronControl.nextDialog()
    controller.abort()
    assert.strictEqual(await answer, "Withdrawn")
    assert.lengthOf(electronControl.openDialogs(), 0)
  })

  it("goes with its window, which the system does not see to everywhere, and that is no answer", async () => {
    const window = new BrowserWindow()
    const answer = ask({ window })
    await electronControl.nextDialog()
    window.destroy()
    assert.strictEqual(await answer, "Withdrawn")
    assert.lengthOf(electronControl.openDialogs(), 0)
  })

  it("is not shown when it was taken away before", async () => {
    assert.strictEqual(await ask({ signal: AbortSignal.abort() }), "Withdrawn")
    assert.lengthOf(electronControl.dialogs, 0)
  })

  it("stays on macOS without a window, where it can't be taken away: then a person's answer counts", async () => {
    const controller = new AbortController()
    const answer = ask({ signal: controller.signal, platform: "darwin" })
    const dialog = await electronControl.nextDialog()
    controller.abort()
    assert.isTrue(dialog.isOpen())
    dialog.answer({ button: "Stay" })
    assert.strictEqual(await answer, "Stay")
  })
})
