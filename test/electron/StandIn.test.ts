import { assert, describe, it } from "@effect/vitest"
import { afterEach, beforeEach } from "vitest"
import {
  app,
  BrowserWindow,
  dialog,
  electronControl,
  ipcMain,
  Menu,
  MessageChannelMain,
  protocol,
  session
} from "../support/electron/Main.ts"
import type { StandInEvent } from "../support/electron/StandInEvent.ts"

beforeEach(electronControl.reset)
afterEach(electronControl.reset)

const turn = () => new Promise((resolve) => setImmediate(resolve))
const prevent = (event: StandInEvent) => event.preventDefault()

/** The events of an end, as they come. */
const listen = (): Array<string> => {
  const heard: Array<string> = []
  for (const name of ["before-quit", "will-quit", "quit", "window-all-closed"])
    app.on(name, () => void heard.push(name))
  return heard
}
const openWindow = (heard: Array<string>): BrowserWindow => {
  const window = new BrowserWindow()
  window.on("close", () => heard.push(`close ${window.id}`))
  window.on("closed", () => heard.push(`closed ${window.id}`))
  return window
}

describe("the stand-in's app", () => {
  it("is ready a turn after the program asked, and not before", async () => {
    assert.throws(() => new BrowserWindow(), "Cannot create BrowserWindow before app is ready")
    assert.throws(() => session.fromPartition("persist:a"), "when app is ready")
    let ready = false
    void app.whenReady().then(() => (ready = true))
    protocol.registerSchemesAsPrivileged([{ scheme: "halte", privileges: { standard: true } }])
    assert.isFalse(ready)
    await turn()
    assert.isTrue(ready)
    assert.throws(() => protocol.registerSchemesAsPrivileged([]), "before app is ready")
    assert.throws(() => app.enableSandbox(), "before app is ready")
  })

  it("ends in Electron's order, and says nothing of all windows closed while it quits", async () => {
    electronControl.ready()
    const heard = listen()
    openWindow(heard)
    openWindow(heard)
    app.quit()
    assert.deepStrictEqual(heard, ["before-quit", "close 1", "close 2"])
    assert.strictEqual(await electronControl.exited(), 0)
    assert.deepStrictEqual(heard, [
      ...["before-quit", "close 1", "close 2", "closed 1", "closed 2"],
      ...["will-quit", "quit"]
    ])
  })

  it("goes on when before-quit, a window or will-quit is prevented, and can be quit again", async () => {
    electronControl.ready()
    const heard = listen()
    app.once("before-quit", prevent)
    app.quit()
    assert.deepStrictEqual(heard, ["before-quit"])

    const window = openWindow(heard)
    window.once("close", prevent)
    app.quit()
    await turn()
    assert.isFalse(window.isDestroyed())
    assert.deepStrictEqual(heard.splice(0), ["before-quit", "before-quit", "close 1"])

    app.once("will-quit", prevent)
    app.quit()
    await turn()
    assert.deepStrictEqual(heard.splice(0), ["before-quit", "close 1", "closed 1", "will-quit"])
    assert.isFalse(app.isOver)
    app.quit()
    assert.strictEqual(await electronControl.exited(), 0)
    assert.deepStrictEqual(heard, ["before-quit", "will-quit", "quit"])
  })

  it("leaves at once by exit, and asks nobody", async () => {
    electronControl.ready()
    const heard = listen()
    const window = openWindow(heard)
    window.on("close", prevent)
    app.exit(3)
    assert.strictEqual(await electronControl.exited(), 3)
    assert.deepStrictEqual(heard, ["closed 1", "quit"])
  })

  it("quits by itself with its last window only where the program does not listen", async () => {
    electronControl.ready()
    const heard: Array<string> = []
    openWindow(heard).close()
    assert.strictEqual(await electronControl.exited(), 0)

    electronControl.reset()
    electronControl.ready()
    const listening = listen()
    openWindow(listening).close()
    await turn()
    assert.deepStrictEqual(listening, ["close 1", "closed 1", "window-all-closed"])
    assert.isFalse(app.isOver)
  })
})

describe("the stand-in's windows", () => {
  beforeEach(electronControl.ready)

  it("have one focus among them, and are of no use once they are closed", async () => {
    const first = new BrowserWindow()
    const second = new BrowserWindow()
    assert.isFalse(first.isFocused())
    assert.strictEqual(BrowserWindow.getFocusedWindow(), second)
    first.focus()
    assert.isTrue(first.isFocused())
    first.close()
    await turn()
    assert.throws(() => first.setTitle("late"), "Object has been destroyed")
    assert.throws(() => first.webContents.send("late"), "Object has been destroyed")
    assert.isNull(BrowserWindow.getFocusedWindow())
    assert.deepStrictEqual(BrowserWindow.getAllWindows(), [second])
  })

  it("are asked by their pages over clones, with the frame that asks", async () => {
    const window = new BrowserWindow()
    await window.loadURL("halte://app/executions")
    const seen: Array<unknown> = []
    ipcMain.handle("ask", (...[event, argument]: Array<never>) => {
      seen.push(event, argument)
      return { at: new Date(0) }
    })
    const sent = { list: [1] }
    assert.deepStrictEqual(await electronControl.invoke(window, "ask", [sent]), { at: new Date(0) })
    const [event, argument] = seen as [
      { readonly senderFrame: { readonly url: string; readonly origin: string } },
      object
    ]
    assert.deepStrictEqual([event.senderFrame.url, event.senderFrame.origin], ["halte://app/executions", "halte://app"])
    assert.deepStrictEqual(argument, sent)
    assert.notStrictEqual(argument, sent)
    const inner = window.webContents.innerFrame("https://example.org/")
    assert.strictEqual(inner.top, window.webContents.mainFrame)

    const fails = async (attempt: Promise<unknown>) =>
      attempt.then(
        () => "it did not fail",
        (error: Error) => error.message
      )
    assert.match(await fails(electronControl.invoke(window, "ask", [() => 1])), /could not be cloned/)
    assert.match(await fails(electronControl.invoke(window, "other", [])), /No handler registered for 'other'/)
    assert.throws(() => ipcMain.handle("ask", () => 1), "second handler")
    assert.throws(() => window.webContents.send("told", () => 1), "could not be cloned")
    window.webContents.send("told", sent)
    assert.deepStrictEqual(window.webContents.sent, [{ channel: "told", args: [sent] }])
  })

  it("are served by the session that they were given", async () => {
    const own = session.fromPartition("persist:one")
    const window = new BrowserWindow({ webPreferences: { partition: "persist:one" } })
    own.protocol.handle("halte", (request) => new Response(`${request.method} ${request.url}`))
    const answer = await electronControl.request(window, "halte://app/flows", { method: "POST", body: "{}" })
    assert.strictEqual(await answer.text(), "POST halte://app/flows")
    assert.strictEqual(window.webContents.session, own)
    assert.throws(() => own.protocol.handle("halte", () => new Response()), "Failed to register")
    // As in Electron: who doesn't decide, allows.
    assert.isTrue(await own.asksFor("media"))
    own.setPermissionRequestHandler((_contents, _permission, callback) => callback(false))
    assert.isFalse(await own.asksFor("media"))
  })
})

describe("the stand-in's menus and dialogs", () => {
  beforeEach(electronControl.ready)

  it("are clicked only where a person could, and know their keys", () => {
    const clicked: Array<string> = []
    const template = [
      {
        label: "Execution",
        submenu: [
          { id: "interrupt", label: "Interrupt", accelerator: "CmdOrCtrl+.", click: () => clicked.push("interrupt") },
          { id: "gray", label: "Gray", enabled: false, accelerator: "Ctrl+G", click: () => clicked.push("gray") },
          { id: "ask", label: "Ask", type: "checkbox" as const, checked: true }
        ]
      },
      { role: "quit" as const }
    ]
    Menu.setApplicationMenu(Menu.buildFromTemplate(template))
    electronControl.clickMenu("interrupt")
    assert.isTrue(electronControl.press("Control+."))
    assert.isFalse(electronControl.press("Ctrl+G"))
    assert.throws(() => electronControl.clickMenu("gray"), "not enabled")
    assert.throws(() => electronControl.clickMenu("none"), "no item")
    electronControl.clickMenu("ask")
    assert.isFalse(electronControl.menuItem("ask")?.checked)
    assert.deepStrictEqual(clicked, ["interrupt", "interrupt"])
    assert.throws(() => Menu.buildFromTemplate([{}]), "label, role or type")
  })

  it("stay open until they are answered or taken away, and do not go with their window, as with GTK", async () => {
    const options = { message: "Interrupt?", buttons: ["&Interrupt", "Keep running"], cancelId: 1 }
    const asked = dialog.showMessageBox(options)
    const open = await electronControl.nextDialog()
    assert.throws(() => open.answer({ button: "Abort" }), "no button “Abort”")
    open.answer({ button: "Interrupt", checked: true })
    assert.deepStrictEqual(await asked, { response: 0, checkboxChecked: true })

    const window = new BrowserWindow()
    const over = new AbortController()
    const sheet = dialog.showMessageBox(window, { ...options, signal: over.signal })
    window.destroy()
    assert.lengthOf(electronControl.openDialogs(), 1)
    over.abort()
    assert.deepStrictEqual(await sheet, { response: 1, checkboxChecked: false })

    electronControl.willAnswer({ paths: ["/a.flow.yaml"] }, "close")
    assert.deepStrictEqual(await dialog.showOpenDialog({}), { canceled: false, filePaths: ["/a.flow.yaml"] })
    assert.deepStrictEqual(await dialog.showSaveDialog({}), { canceled: true, filePath: "" })
    assert.throws(() => dialog.showMessageBoxSync(), "holds the event loop")
  })

  it("are forgotten by a reset, together with everything else", () => {
    new BrowserWindow()
    void new MessageChannelMain()
    electronControl.reset()
    assert.lengthOf(electronControl.windows, 0)
    assert.lengthOf(electronControl.calls(), 0)
    assert.strictEqual(electronControl.openPorts(), 0)
    assert.isFalse(app.isReady())
  })
})
