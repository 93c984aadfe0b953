/**
 * What a sandboxed preload script has of Electron, as a stand-in: `contextBridge` copies as Electron's does (functions are
 * wrapped, everything else is cloned), and `ipcRenderer` speaks to whoever a test puts there.
 */
import type { DesktopBridge } from "@halte/web/DesktopBridge"

type Listener = (event: unknown, ...values: ReadonlyArray<unknown>) => void
type Invoke = (channel: string, ...values: ReadonlyArray<unknown>) => Promise<unknown>

/** What a page would find in its window. */
export const exposed: Record<string, unknown> = {}

const listeners = new Map<string, Set<Listener>>()
let invoke: Invoke = async () => undefined

/** Who answers what the preload script asks. */
export const answer = (by: Invoke): void => {
  invoke = by
}

/** What the main process sends to the window. */
export const send = (channel: string, ...values: ReadonlyArray<unknown>): void => {
  for (const listener of [...(listeners.get(channel) ?? [])])
    listener({ sender: ipcRenderer, ports: [] }, ...values.map((value) => structuredClone(value)))
}

/** How many listen to a channel. */
export const listening = (channel: string): number => listeners.get(channel)?.size ?? 0

/** The bridge as the page finds it. */
export const bridge = (): DesktopBridge | undefined => exposed["halteDesktop"] as DesktopBridge | undefined

/** Begins anew: another document. */
export const reset = (): void => {
  for (const key of Object.keys(exposed)) delete exposed[key]
  listeners.clear()
  invoke = async () => undefined
}

const isFile = (value: unknown): boolean => value instanceof Blob

/** As it comes through to the other world. */
const through = (value: unknown): unknown => {
  if (typeof value === "function")
    return (...args: ReadonlyArray<unknown>): unknown => {
      const result: unknown = Reflect.apply(value, undefined, args.map(through))
      return result instanceof Promise
        ? result.then(through, (error: unknown) => Promise.reject(structuredClone(error)))
        : through(result)
    }
  if (isFile(value)) return value
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, through(part)]))
  return structuredClone(value)
}

export const contextBridge = {
  exposeInMainWorld: (key: string, api: unknown): void => {
    if (key in exposed) throw new Error(`Cannot bind an API on top of an existing property on the window object`)
    exposed[key] = through(api)
  }
}

export const ipcRenderer = {
  on: (channel: string, listener: Listener): void => {
    const own = listeners.get(channel) ?? new Set()
    listeners.set(channel, own.add(listener))
  },
  removeListener: (channel: string, listener: Listener): void => {
    listeners.get(channel)?.delete(listener)
  },
  invoke: async (channel: string, ...values: ReadonlyArray<unknown>): Promise<unknown> => {
    try {
      return structuredClone(await invoke(channel, ...values.map((value) => structuredClone(value))))
    } catch (error) {
      throw new Error(`Error invoking remote method '${channel}': ${String(error)}`, { cause: error })
    }
  }
}

export const webUtils = {
  getPathForFile: (file: File): string => (file.name === "" ? "" : `/dropped/${file.name}`)
}
