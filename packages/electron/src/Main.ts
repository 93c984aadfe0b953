/**
 * The desktop as Electron starts it. Nothing below this file looks at where it is.
 *
 * Electron is not ready before this file has been run to its end, so what has to be said before is said in the first turn
 * of `start`, and nothing here waits for what comes after.
 */
import { app } from "electron/main"
import * as Sweep from "./main/Sweep.ts"

if (Sweep.isAsked(process.argv)) await Sweep.sweep(process.argv, (code) => app.exit(code))
else {
  // A sweep has to start fast: only a desktop loads what a desktop needs.
  const [AppPaths, Desktop, ShellEnvironment, StartFailure] = await Promise.all([
    import("./main/AppPaths.ts"),
    import("./main/Desktop.ts"),
    import("./main/ShellEnvironment.ts"),
    import("./main/StartFailure.ts")
  ])
  const { argv, env, execPath, platform } = process
  const isTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY)
  // All of it within a promise: whatever fails is shown, and nothing is left to Electron's own box with a stack.
  const start = async (): Promise<unknown> =>
    Desktop.start({
      paths: AppPaths.of(app, import.meta.url),
      docs: AppPaths.docs(import.meta.url),
      argv,
      cwd: process.cwd(),
      env,
      environment: (notice) => ShellEnvironment.read({ env, isTerminal, notice }),
      namesApp: process.defaultApp === true,
      // In a clone the modules of flows find its packages as `npm start` does: from their sources, which need no build.
      ...(app.isPackaged ? undefined : { execArgv: ["--conditions=@halte/source"] }),
      sweeper: Sweep.sweeper({ execPath, isPackaged: app.isPackaged, appPath: app.getAppPath(), platform, env })
    })
  start().catch((error: unknown) => StartFailure.show(error).finally(() => app.exit(1)))
}
