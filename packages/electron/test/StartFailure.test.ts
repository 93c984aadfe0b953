/** A desktop that can't be started says why, where somebody sees it. */
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { electronControl } from "../../../test/support/electron/Control.ts"
import * as StartFailure from "../src/main/StartFailure.ts"

beforeEach(() => electronControl.reset())
afterEach(() => electronControl.reset())

const shown = () => electronControl.calls("dialog", "showErrorBox").map(({ args }) => args)

describe("a start that failed", () => {
  it("is shown as soon as the system can: before, Electron writes it only, on Linux", async () => {
    const done = StartFailure.show(new StartFailure.StartRefused("There is no place."))
    const text = ["Halte could not be started", "There is no place."]
    assert.deepStrictEqual(shown(), [text])
    await done
    assert.deepStrictEqual(shown(), process.platform === "linux" ? [text, text] : [text])
  })

  it("is shown once where the system is ready, and with its stack where nobody foresaw it", async () => {
    electronControl.app.becomeReady()
    const error = new Error("broken")
    await StartFailure.show(error)
    await StartFailure.show("a text")
    assert.deepStrictEqual(
      shown().map(([, text]) => text),
      [error.stack, "a text"]
    )
  })
})
