/** The desktop's main process over the stand-in, as a process of its own, and what a test says to it. */
import { type ChildProcess, fork } from "node:child_process"
import { join } from "node:path"
import type { FromProgram, Program, ToProgram } from "../electron/ProgramControl.ts"
import type { End } from "../Program.ts"
import * as Repository from "../Repository.ts"

type Told = Exclude<FromProgram, { readonly _tag: "Answer" | "Failed" }>

/** Each thing that can be asked, over there. */
export type Remote = {
  readonly [N in keyof Program]: (...args: Parameters<Program[N]>) => Promise<Awaited<ReturnType<Program[N]>>>
}

export interface ProgramProcess {
  readonly pid: number
  readonly remote: Remote
  readonly output: () => string
  readonly ended: () => End | undefined
  readonly kill: (signal: NodeJS.Signals) => void
}

const register = join(Repository.root, "test/support/electron/Register.ts")
/** What `npm run desktop` starts. */
export const program = join(Repository.root, "packages/electron/dist/app/Main.js")

export interface Options {
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether its windows are shown: else they are only counted. */
  readonly shown: boolean
  readonly told: (message: Told) => void
}

export const start = (options: Options): ProgramProcess => {
  const child: ChildProcess = fork(program, [...options.args], {
    cwd: options.cwd,
    env: Repository.environment({
      ...options.env,
      STAND_IN_HOME: options.home,
      ...(options.shown ? { STAND_IN_SHOWN: "1" } : {})
    }),
    execArgv: ["--import", register],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"]
  })
  let output = ""
  let ended: End | undefined
  let count = 0
  const asked = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >()
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => void (output += chunk))
  child.on("message", (message: FromProgram) => {
    if (message._tag !== "Answer" && message._tag !== "Failed") return options.told(message)
    const waiting = asked.get(message.id)
    asked.delete(message.id)
    if (message._tag === "Answer") waiting?.resolve(message.value)
    else waiting?.reject(new Error(message.message))
  })
  const over = (end: End): void => {
    ended ??= end
    for (const { reject } of asked.values()) reject(new Error(`The program has ended. It wrote:\n${output}`))
    asked.clear()
  }
  child.on("error", (error) => {
    output += String(error)
    over({ code: null, signal: null })
  })
  child.on("close", (code, signal) => over({ code, signal }))
  const ask = (name: keyof Program, args: ReadonlyArray<unknown>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined || !child.connected)
        return reject(new Error(`The program has ended. It wrote:\n${output}`))
      const id = ++count
      asked.set(id, { resolve, reject })
      child.send({ id, name, args } satisfies ToProgram, (error) => {
        if (error && asked.delete(id)) reject(error)
      })
    })
  return {
    pid: child.pid ?? -1,
    remote: new Proxy({} as Remote, {
      get:
        (_target, name) =>
        (...args: ReadonlyArray<unknown>) =>
          ask(name as keyof Program, args)
    }),
    output: () => output,
    ended: () => ended,
    kill: (signal) => void child.kill(signal)
  }
}
