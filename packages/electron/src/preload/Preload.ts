/**
 * What the page of a window gets of the desktop: the few functions of `DesktopBridge`, and nothing else. It runs in the
 * sandbox, before the page, in a world of its own: only copies of plain data go through.
 */
import type { DesktopBridge, DesktopState, PageItem } from "@halte/web/DesktopBridge"
import { channels, globalName, pageAddress } from "@halte/web/DesktopChannels"
import { contextBridge, ipcRenderer, webUtils } from "electron/renderer"

/** Gives the page what is told, never the event that it came with: that one knows the sender. */
const told =
  <A>(channel: string) =>
  (listener: (value: A) => void): (() => void) => {
    const heard = (_event: unknown, value: A): void => listener(value)
    ipcRenderer.on(channel, heard)
    return () => {
      ipcRenderer.removeListener(channel, heard)
    }
  }

/** Electron writes before a message that, and where, something was asked. */
const asked = /^Error invoking remote method '[^']*': (?:[A-Za-z]*Error: )?/

const call = async (name: string, argument: unknown): Promise<unknown> => {
  try {
    return await ipcRenderer.invoke(channels.call, name, argument)
  } catch (error) {
    throw new Error((error instanceof Error ? error.message : String(error)).replace(asked, ""))
  }
}

const bridge: DesktopBridge = {
  platform: process.platform,
  call: call as DesktopBridge["call"],
  pathOf: (file) => webUtils.getPathForFile(file),
  onState: told<DesktopState>(channels.state),
  onGo: told<string>(channels.go),
  onMenu: told<PageItem>(channels.menu)
}

// Whatever else should ever be loaded into a window gets nothing.
if (window.top === window && location.protocol === pageAddress.protocol && location.host === pageAddress.host)
  contextBridge.exposeInMainWorld(globalName, bridge)
