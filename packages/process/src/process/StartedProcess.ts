/**
 * Starting a program: in a group and session of its own from its first instruction, marked, its output piped.
 *
 * @since 0.1.0
 */
import { type ChildProcess, spawn } from "node:child_process"
import { statSync } from "node:fs"
import { constants } from "node:os"
import { dirname, resolve } from "node:path"
import { ProcessRunner, type StepFailure } from "@halte/engine"
import * as ProcessMark from "./ProcessMark.ts"
import type { ProcessPlatform } from "./ProcessPlatform.ts"
import * as ProgramPath from "./ProgramPath.ts"

/**
 * How a program ended.
 *
 * @since 0.1.0
 */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/**
 * @since 0.1.0
 */
export interface StartedProcess {
  readonly child: ChildProcess
  readonly pid: number
  readonly cwd: string
  /** The program's file; absent for a shell line. */
  readonly file: string | undefined
  readonly startedAt: number
  readonly exit: Promise<Exit>
}

/**
 * Starts the program of a step. `shown` is the command in messages.
 *
 * @since 0.1.0
 */
export const start = async (
  platform: ProcessPlatform,
  spec: ProcessRunner.ProcessSpec,
  mark: ProcessMark.ProcessMark,
  variables: Readonly<Record<string, string | undefined>>,
  shown: string
): Promise<StartedProcess> => {
  const cwd = resolve(spec.cwd ?? process.cwd())
  checkSignal(spec.stopSignal, shown)
  checkDirectory(cwd)
  const env = environment(platform, spec.env ?? {}, {
    ...variables,
    [ProcessMark.variable]: ProcessMark.inEnvironment(mark, process.env[ProcessMark.variable])
  })
  const { args, file, found } = program(platform, spec.command, cwd, env, shown)
  const launch = platform.launch(file, args, mark)
  return new Promise((ok, fail) => {
    const startedAt = performance.now()
    let child: ChildProcess
    try {
      child = spawn(launch.file, launch.args, {
        cwd,
        env,
        detached: launch.detached,
        windowsHide: true,
        // `cmd` parses its line by rules of its own.
        windowsVerbatimArguments: typeof spec.command === "string",
        stdio: [spec.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"]
      })
    } catch (error) {
      return fail(notStarted(error as NodeJS.ErrnoException, shown))
    }
    const exit = new Promise<Exit>((settle) => child.once("exit", (code, signal) => settle({ code, signal })))
    child.once("error", (error) => fail(notStarted(error, shown)))
    if (child.stdin !== null && spec.stdin !== undefined) {
      // A program may leave before it has read everything: that is its own affair.
      child.stdin.on("error", () => undefined)
      child.stdin.end(spec.stdin)
    }
    if (child.pid !== undefined) ok({ child, pid: child.pid, cwd, file: found, startedAt, exit })
  })
}

const program = (
  platform: ProcessPlatform,
  command: ProcessRunner.ProcessSpec["command"],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  shown: string
): { readonly file: string; readonly args: ReadonlyArray<string>; readonly found: string | undefined } => {
  if (typeof command === "string") {
    if (command.trim() === "") throw empty()
    return { ...platform.shell(command), found: undefined }
  }
  const [name, ...args] = command
  if (name === undefined || name === "") throw empty()
  const found = ProgramPath.find(name, cwd, env)
  if (found._tag === "Found") {
    if (platform.name === "windows" && /\.(?:bat|cmd)$/i.test(found.file)) throw batchFile(found.file, shown)
    return { file: found.file, args, found: found.file }
  }
  throw new ProcessRunner.ProcessError(
    found._tag === "NotFound"
      ? {
          code: "process-not-found",
          message: `${shown} can't be started: there is no program \`${name}\`${name.includes("/") ? "" : " in PATH"}.`,
          hint: found.hint
        }
      : {
          code: "process-not-startable",
          message: `${shown} can't be started: \`${found.file}\` ${found.reason}.`,
          hint: found.hint
        }
  )
}

const empty = () =>
  new ProcessRunner.ProcessError({
    code: "process-not-startable",
    message: "The command is empty.",
    hint: "Name a program and its arguments, or a line for the shell."
  })

// Windows passes arguments of batch files through a shell; Node refuses to, because they can't be quoted safely.
const batchFile = (file: string, shown: string) =>
  new ProcessRunner.ProcessError({
    code: "process-not-startable",
    message: `${shown} can't be started: \`${file}\` is a batch file, which only a shell can run.`,
    hint: "Write the command as one line for the shell."
  })

const checkSignal = (signal: string | undefined, shown: string): void => {
  if (signal === undefined || signal in constants.signals) return
  throw new ProcessRunner.ProcessError({
    code: "process-not-startable",
    message: `${shown} can't be started: its stop signal \`${signal}\` is none that this system knows.`,
    hint: "Use a name such as `SIGTERM`, `SIGINT` or `SIGQUIT`."
  })
}

const checkDirectory = (cwd: string): void => {
  const stats = statSync(cwd, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true) return
  let nearest = dirname(cwd)
  while (statSync(nearest, { throwIfNoEntry: false }) === undefined && dirname(nearest) !== nearest)
    nearest = dirname(nearest)
  throw new ProcessRunner.ProcessError({
    code: "working-directory-missing",
    message:
      stats === undefined
        ? `The working directory \`${cwd}\` does not exist.`
        : `The working directory \`${cwd}\` is not a directory.`,
    hint:
      stats === undefined
        ? `The nearest that exists is \`${nearest}\`: create the rest, or correct \`cwd\`.`
        : "Correct `cwd`."
  })
}

const environment = (
  platform: ProcessPlatform,
  ...changes: ReadonlyArray<Readonly<Record<string, string | undefined>>>
): Record<string, string> => {
  const env: Record<string, string> = {}
  for (const variables of [process.env, ...changes]) {
    for (const [name, value] of Object.entries(variables)) {
      // On Windows `Path` and `PATH` are one variable.
      const same =
        platform.name === "windows"
          ? (Object.keys(env).find((n) => n.toUpperCase() === name.toUpperCase()) ?? name)
          : name
      if (value === undefined) delete env[same]
      else env[same] = value
    }
  }
  return env
}

const notStarted = (error: NodeJS.ErrnoException, shown: string): ProcessRunner.ProcessError => {
  const failure: StepFailure.StepFailure =
    error.code === "E2BIG"
      ? {
          code: "process-not-startable",
          message: `${shown} can't be started: its arguments and environment are larger than the system allows.`,
          hint: "Pass large values by `stdin` or in a file."
        }
      : error.code === "EAGAIN"
        ? {
            code: "process-not-startable",
            message: `${shown} can't be started: the system allows no more processes (EAGAIN).`,
            hint: "Lower the flow's concurrency, or raise the limit (`ulimit -u`)."
          }
        : {
            code: "process-not-startable",
            message: `${shown} can't be started: ${error.message}.`,
            hint: "Look at the program, its arguments and its environment."
          }
  return new ProcessRunner.ProcessError(failure)
}

/**
 * Why a program that was found answered 126 or 127 at once: the system could not execute it.
 *
 * @since 0.1.0
 */
export const notExecuted = (file: string, shown: string): StepFailure.StepFailure | undefined => {
  const interpreter = ProgramPath.missingInterpreter(file)
  return interpreter === undefined
    ? undefined
    : {
        code: "process-not-startable",
        message: `${shown} can't be started: the first line of \`${file}\` names \`${interpreter}\`, which does not exist.`,
        hint: "Install it, or correct that line."
      }
}
