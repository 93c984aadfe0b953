/** The stand-in's `ipcMain`: what pages ask the main process. Everything is cloned, there and back. */
import { EventEmitter } from "node:events"
import { clone, eventWith } from "./StandInEvent.ts"
import type { Frame, WebContents } from "./WebContents.ts"

type Handler = (event: never, ...args: Array<never>) => unknown

const handlers = new Map<string, (event: unknown, ...args: ReadonlyArray<unknown>) => unknown>()

class IpcMain extends EventEmitter {
  handle(channel: string, handler: Handler): void {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    if (typeof handler !== "function") throw new TypeError(`Expected handler to be a function`)
    handlers.set(channel, handler as never)
  }
  handleOnce(channel: string, handler: Handler): void {
    this.handle(channel, ((...args: [never, ...Array<never>]) => {
      this.removeHandler(channel)
      return handler(...args)
    }) as Handler)
  }
  removeHandler(channel: string): void {
    handlers.delete(channel)
  }
}

export const ipcMain = new IpcMain()

/** Not Electron's: the names that a page may ask for. */
export const channels = (): ReadonlyArray<string> => [...handlers.keys()]

/** A page asks. `frame`: who, where it is not the page itself; `null`: a frame that is gone meanwhile. */
export const invoke = async (
  sender: WebContents,
  channel: string,
  args: ReadonlyArray<unknown>,
  frame: Frame | null = sender.mainFrame
): Promise<unknown> => {
  const sent = clone(args)
  const handler = handlers.get(channel)
  const failed = (reason: unknown) => new Error(`Error invoking remote method '${channel}': ${String(reason)}`)
  if (handler === undefined) throw failed(new Error(`No handler registered for '${channel}'`))
  const event = eventWith({ type: "frame", sender, senderFrame: frame, frameId: 1, processId: 1 })
  try {
    return clone(await handler(event, ...sent))
  } catch (reason) {
    throw failed(reason)
  }
}

/** A page tells. */
export const tell = (
  sender: WebContents,
  channel: string,
  args: ReadonlyArray<unknown>,
  frame: Frame | null = sender.mainFrame
): void => {
  const event = eventWith({
    type: "frame",
    sender,
    senderFrame: frame,
    frameId: 1,
    processId: 1,
    returnValue: undefined
  })
  ipcMain.emit(channel, event, ...clone(args))
}

export const resetIpc = (): void => {
  handlers.clear()
  ipcMain.removeAllListeners()
}
