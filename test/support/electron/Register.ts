/**
 * `--import` of a program of its own over the stand-in: what it imports of Electron is the stand-in, which here ends the
 * process, keeps a lock between processes, and obeys the process that started it.
 */
import { registerHooks } from "node:module"

const standIn = new URL("Main.ts", import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "electron" || specifier === "electron/main" || specifier === "electron/common"
      ? { url: standIn, format: "module-typescript", shortCircuit: true }
      : next(specifier, context)
})

await import("./OwnProcess.ts")
