#!/usr/bin/env node
// Starts Halte on a Node that can run it: this one from 22.19 on, else the one that the clone or the package manager
// installed beside it. In a clone it runs the TypeScript sources, in a published package their build.
import { spawn } from "node:child_process"
import { closeSync, existsSync } from "node:fs"
import * as nodeModule from "node:module"
import { isatty } from "node:tty"
import { fileURLToPath } from "node:url"

const [major, minor] = process.versions.node.split(".").map(Number)
const inClone = existsSync(new URL("../src/main.ts", import.meta.url)) && !import.meta.url.includes("/node_modules/")

if (major > 22 || (major === 22 && minor >= 19)) {
  // What was compiled once, and stripped of its types, is not compiled again: that is most of the time of a start.
  nodeModule.enableCompileCache(
    inClone ? fileURLToPath(new URL("../../../node_modules/.cache/compiled", import.meta.url)) : undefined
  )
  if (inClone) {
    // The packages of the clone resolve to their sources, without a second process and without a build.
    nodeModule.registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, "@halte/source"] })
    })
    await import(new URL("../src/main.ts", import.meta.url).href)
  } else await import("../dist/main.js")
} else {
  let node
  try {
    node = nodeModule.createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`)
  } catch {
    console.error(`Halte needs Node 22.19 or newer; this is ${process.version}.`)
    process.exit(69)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"]
  })
  // Ctrl-C reaches both processes, `kill -INT` only this one. The count lets the child take each request once:
  // it goes by whichever of the two counts is higher.
  const counts = {}
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
    process.on(signal, () => {
      counts[signal] = (counts[signal] ?? 0) + 1
      if (child.connected) child.send({ type: "halte-signals", counts }, () => {})
    })
  const terminals = [0, 1, 2].filter((fd) => isatty(fd))
  child.on("exit", (code, signal) => {
    // Node aborts on its way out when a terminal is gone that it cannot give back; it passes over closed descriptors.
    for (const fd of terminals) if (!isatty(fd)) closeSync(fd)
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
