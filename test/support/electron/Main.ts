/**
 * A stand-in of `electron/main`, and of `electron/common`, under Node: what the desktop's main process imports in tests. Every surface records what
 * is done to it; `electronControl` is what a test drives it by. What a person sees of it, and what Chromium keeps apart
 * (sandbox, isolation of contexts), it does not have.
 *
 * `Fits.ts` compares it with Electron's own types: it fails to compile when they change.
 */
export { app } from "./App.ts"
export { BrowserWindow } from "./BrowserWindow.ts"
export { electronControl } from "./Control.ts"
export { dialog } from "./Dialog.ts"
export { ipcMain } from "./IpcMain.ts"
export { Menu, MenuItem } from "./Menu.ts"
export { MessageChannelMain, MessagePortMain } from "./MessagePorts.ts"
export { protocol, Session, session } from "./Session.ts"
export {
  clipboard,
  crashReporter,
  globalShortcut,
  nativeImage,
  nativeTheme,
  net,
  powerMonitor,
  powerSaveBlocker,
  screen,
  shell
} from "./System.ts"
export { Notification, Tray } from "./Tray.ts"
export { UtilityProcess, utilityProcess } from "./UtilityProcess.ts"
export { WebContents as webContents } from "./WebContents.ts"
