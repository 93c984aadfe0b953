/**
 * What a page of the stand-in has in the place of Electron's renderer: runs the desktop's own preload script, before the
 * page, with an `electron/renderer` whose `ipcRenderer` is led to the main process.
 *
 * What this is not: a sandbox, and a world of its own. The preload script runs in the page's world here, and what it
 * gives the page is copied by the rules of `contextBridge` as they are documented, not by Electron.
 */
export const names = {
  invoke: "standInInvoke",
  tell: "standInTell",
  receive: "standInReceive",
  paths: "standInPaths",
  titled: "standInTitled"
}

export const source = (preload: string, platform: NodeJS.Platform): string => `(() => {
  if (globalThis !== globalThis.top) return
  const listeners = new Map()
  globalThis.${names.receive} = (channel, args) => {
    for (const listener of [...(listeners.get(channel) ?? [])]) listener({ senderId: 0 }, ...args)
  }
  globalThis.${names.paths} ??= {}
  let title
  const titled = () => {
    if (document.title !== title) globalThis.${names.titled}((title = document.title))
  }
  addEventListener("DOMContentLoaded", () => {
    titled()
    new MutationObserver(titled).observe(document.head, { childList: true, subtree: true, characterData: true })
  })

  // Functions are called over there, promises settle here, everything else is a copy; what can't be copied is refused.
  const copy = (value, depth = 0) => {
    if (depth > 1000) throw new Error("Electron contextBridge recursion depth exceeded.")
    if (typeof value === "function")
      return (...args) => {
        try {
          return copy(value(...args.map((arg) => copy(arg))))
        } catch (error) {
          throw new Error(error instanceof Error ? error.message : String(error))
        }
      }
    if (value instanceof Promise)
      return value.then((settled) => copy(settled), (error) => {
        throw new Error(error instanceof Error ? error.message : String(error))
      })
    if (typeof value === "symbol") throw new Error("An object could not be cloned.")
    if (value instanceof Blob) return value
    if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1))
    if (value !== null && typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value)))
      return Object.fromEntries(Object.keys(value).map((key) => [key, copy(value[key], depth + 1)]))
    return structuredClone(value)
  }

  const electron = {
    contextBridge: {
      exposeInMainWorld: (name, api) => {
        if (name in globalThis) throw new Error("Cannot bind an API on top of an existing property on the window object")
        const bound = Object.freeze(copy(api))
        Object.defineProperty(globalThis, name, { value: bound, enumerable: true })
      }
    },
    ipcRenderer: {
      invoke: async (channel, ...args) => {
        const { error, value } = await globalThis.${names.invoke}(channel, structuredClone(args))
        if (error !== undefined) throw new Error(error)
        return value
      },
      send: (channel, ...args) => void globalThis.${names.tell}(channel, structuredClone(args)),
      on: (channel, listener) => void listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener)),
      removeListener: (channel, listener) => void listeners.get(channel)?.delete(listener),
      removeAllListeners: (channel) => void listeners.delete(channel)
    },
    webUtils: { getPathForFile: (file) => globalThis.${names.paths}[file.name] ?? "" }
  }
  const require = (name) => {
    if (name === "electron" || name === "electron/renderer" || name === "electron/common") return electron
    throw new Error("module not found: " + name)
  }
  const process = { platform: ${JSON.stringify(platform)}, type: "renderer", sandboxed: true, contextIsolated: true, env: {} }
  const location = {
    protocol: "halte:",
    host: "app",
    hostname: "app",
    origin: "halte://app",
    get pathname() { return globalThis.location.pathname },
    get href() { return "halte://app" + globalThis.location.pathname + globalThis.location.search }
  }
  const module = { exports: {} }
  ;(function (exports, require, module, process, location) {
${preload}
  })(module.exports, require, module, process, location)
})()`
