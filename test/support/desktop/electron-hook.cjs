// Loaded into real Electron before the desktop: what has no handle from outside, and what would wait for a person, leads
// to the test. Dialogs stay open until they are answered, trays and notifications are remembered.
const { join } = require("node:path")
const { app, BrowserWindow, dialog, Notification, Tray } = require("electron")

const open = []
const prepared = []
const trays = new Map()
const notifications = []

const ask = (kind, args, valueOf) =>
  new Promise((resolve) => {
    const window = args[0] instanceof BrowserWindow ? args[0] : undefined
    const options = window === undefined ? args[0] : args[1]
    const asked = {
      kind,
      options,
      answer: (answer) => {
        const at = open.indexOf(asked)
        if (at === -1) return
        const value = valueOf(options, answer)
        open.splice(at, 1)
        resolve(value)
      }
    }
    const close = () => asked.answer("close")
    window?.once("closed", close)
    options.signal?.addEventListener("abort", close)
    open.push(asked)
    if (prepared.length > 0) asked.answer(prepared.shift())
    else if (options.signal?.aborted) close()
  })

const plain = (label) => label.replaceAll("&", "")

dialog.showMessageBox = (...args) =>
  ask("message", args, ({ buttons = ["OK"], cancelId = 0, checkboxChecked = false }, answer) => {
    if (answer === "close") return { response: cancelId, checkboxChecked }
    const response = buttons.findIndex((label) => plain(label) === plain(answer.button))
    if (response === -1) throw new Error(`There is no button “${answer.button}”: there are ${buttons.join(", ")}.`)
    return { response, checkboxChecked: answer.checked ?? checkboxChecked }
  })
dialog.showOpenDialog = (...args) =>
  ask("open", args, (_, answer) => {
    const filePaths = answer === "close" ? [] : answer.paths
    return { canceled: filePaths.length === 0, filePaths }
  })
dialog.showSaveDialog = (...args) =>
  ask("save", args, (_, answer) => {
    const filePath = answer === "close" ? "" : answer.paths[0]
    return { canceled: filePath === "", filePath }
  })

const { setContextMenu } = Tray.prototype
Tray.prototype.setContextMenu = function (menu) {
  trays.set(this, menu)
  return setContextMenu.call(this, menu)
}
const { show } = Notification.prototype
Notification.prototype.show = function () {
  notifications.push(this)
  return show.call(this)
}

// What is saved goes where the test looks, and asks nobody.
app.on("session-created", (session) => {
  session.on("will-download", (_, item) => item.setSavePath(join(process.env.HALTE_TEST_DOWNLOADS, item.getFilename())))
})

globalThis.halteTest = { open, prepared, trays, notifications }
