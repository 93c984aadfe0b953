/**
 * The program in the utility process: the engine of one window's project.
 */
import * as EngineHost from "./EngineHost.ts"
import * as ExitCode from "./ExitCode.ts"
import * as HostLog from "./HostLog.ts"

const log = HostLog.over(process.parentPort)

/** Nothing else is done meanwhile: there is nothing left to rely on. */
const lastWordMillis = 100

// Who ends is for the main process to say: a terminal sends its Ctrl-C to all processes of the desktop at once, and a
// system that shuts down sends SIGTERM to all there are. So each program gets one graceful signal, and not several.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) process.on(signal, () => undefined)

// A promise that nobody waits for is no reason to end what runs. An error that nobody caught leaves nothing to rely on:
// what ran is then ended by the supervisor, and can be resumed.
process.on("unhandledRejection", (reason) => log("A promise was rejected, and nobody waits for it:", reason))
process.on("uncaughtException", (error) => {
  log("The engine failed:", error)
  // The message is on its way, but written by another thread: an exit right away may come before it.
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lastWordMillis)
  } finally {
    process.exit(ExitCode.broken)
  }
})

process.on("warning", (warning) => log(warning.stack ?? warning))

EngineHost.run({
  parent: process.parentPort,
  exit: (code) => process.exit(code),
  enter: (directory) => process.chdir(directory)
})
