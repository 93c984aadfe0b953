/** Keys that a person presses in a page, and whether the page made something of them. */
import type { Page } from "playwright-core"

const name = "halteTestPressed"

/** Presses keys. Answers whether the page kept them from the menu. */
export const press = async (page: Page, keys: string): Promise<boolean> => {
  await page.evaluate((global) => {
    const pressed = new Promise<boolean>((resolve) => {
      const heard = (event: KeyboardEvent): void => {
        if (["Control", "Meta", "Alt", "Shift"].includes(event.key)) return
        removeEventListener("keydown", heard, true)
        // After all listeners of the page.
        setTimeout(() => resolve(event.defaultPrevented))
      }
      addEventListener("keydown", heard, true)
    })
    Object.assign(globalThis, { [global]: () => pressed })
  }, name)
  await page.keyboard.press(keys)
  return page.evaluate((global) => (globalThis as unknown as Record<string, () => Promise<boolean>>)[global]!(), name)
}

/** `CmdOrCtrl+.` and `Control+.` are the same keys here. */
export const normal = (keys: string): string =>
  keys
    .toLowerCase()
    .split("+")
    .map((key) => (["cmdorctrl", "commandorcontrol", "ctrl"].includes(key) ? "control" : key))
    .sort()
    .join("+")
