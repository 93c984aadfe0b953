/**
 * The environment that the programs of a desktop are to have: that of a terminal of the person. A desktop that was started
 * from a dock or a menu has the session's, without what the files of the login shell add, the directories of `PATH` before
 * all. So that shell is asked once.
 *
 * It is asked for its variables as they are, ended by NUL, since a value may have several lines; and it has a bound, after
 * which all that it started is ended: a file of a shell may wait for a person.
 */
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { userInfo } from "node:os"

export interface Options {
  /** @default that of this process */
  readonly env?: NodeJS.ProcessEnv
  /** @default that of this process */
  readonly platform?: NodeJS.Platform
  /** Whether a stream of this process is a terminal. */
  readonly isTerminal: boolean
  /** Is told, when it could not be found out. */
  readonly notice: (text: string) => void
  /** For all shells together. @default 5,000 */
  readonly boundMillis?: number
  /** The person's, and those that are asked when it can't be. @default as the system knows them */
  readonly shells?: ReadonlyArray<string>
}

/** Never rejects: what can't be found out is told, and the environment is as it was. */
export const read = async (options: Options): Promise<NodeJS.ProcessEnv> => {
  const { boundMillis = 5_000, env = process.env, isTerminal, notice, platform = process.platform } = options
  // On Windows there is one environment, whoever starts a program.
  if (platform === "win32" || isTerminal || isOfTerminal(env)) return env
  const shells = (options.shells ?? shellsOf(env)).filter((shell) => existsSync(shell))
  const until = performance.now() + boundMillis
  let why = "there is no shell"
  for (const shell of shells) {
    const rest = until - performance.now()
    if (rest <= 0) break
    const found = await ask(shell, env, rest)
    if (typeof found !== "string") return found
    why = `\`${shell}\` ${found}`
  }
  notice(
    `The environment of your terminal could not be read: ${why}. Programs are looked for in \`${env["PATH"] ?? ""}\`. Start Halte from a terminal, or name programs by their whole paths.`
  )
  return env
}

/** `halte desktop` starts it with what a terminal has, and no terminal. A console of the system is where sessions begin. */
const isOfTerminal = ({ TERM = "" }: NodeJS.ProcessEnv): boolean => !["", "dumb", "linux"].includes(TERM)

const shellsOf = (env: NodeJS.ProcessEnv): ReadonlyArray<string> => [
  ...new Set([env["SHELL"] ?? "", userShell(), "/bin/zsh", "/bin/bash", "/bin/sh"].filter((shell) => shell !== ""))
]

const userShell = (): string => {
  try {
    return userInfo().shell ?? ""
  } catch {
    // A user that the system has no entry of.
    return ""
  }
}

/** What files of shells look at to do less. */
const asked = {
  HALTE_READS_ENVIRONMENT: "1",
  DISABLE_AUTO_UPDATE: "true",
  ZSH_TMUX_AUTOSTARTED: "true",
  ZSH_TMUX_AUTOSTART: "false"
}

/** What belongs to the shell that was asked, and to nobody else. */
const ownNames = ["_", "SHLVL", "PWD", "OLDPWD", ...Object.keys(asked)]

/** Far more than a system allows an environment to be. */
const longest = 8 * 1024 * 1024

/** Answers the environment, or why there is none. */
const ask = (shell: string, env: NodeJS.ProcessEnv, boundMillis: number): Promise<NodeJS.ProcessEnv | string> =>
  new Promise((resolve) => {
    // Files of shells print, too.
    const mark = randomUUID()
    const line = `printf %s ${mark}; command env -0 2>/dev/null || command env; printf %s ${mark}; exit`
    const child = spawn(shell, ["-ilc", line], {
      env: { ...env, ...asked },
      // A session of its own: no terminal that it could wait for, and a group to end.
      detached: true,
      stdio: ["ignore", "pipe", "ignore"]
    })
    let text = ""
    const settle = (found: NodeJS.ProcessEnv | string) => {
      clearTimeout(late)
      child.stdout.destroy()
      child.unref()
      resolve(found)
    }
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
      } catch {
        // It is gone.
      }
    }
    const late = setTimeout(() => {
      end()
      settle(`did not answer within ${Math.round(boundMillis / 100) / 10} s`)
    }, boundMillis)
    child.once("error", (error) => settle(`can't be started: ${error.message}`))
    child.once("close", (code, signal) => settle(`ended by ${signal ?? `itself with code ${code}`}, and said nothing`))
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk
      const parts = text.split(mark)
      // What it has started and what goes on holds its output: what it said is enough.
      if (parts.length >= 3) {
        const found = parse(parts[1]!)
        settle(found["PATH"] === undefined ? "has no `PATH`" : merged(env, found))
      } else if (text.length > longest) {
        end()
        settle("says too much")
      }
    })
  })

const parse = (text: string): Record<string, string> => {
  // An `env` that knows no `-0` leaves it open where a value ends: the next line that looks like a variable is one.
  const all = text.includes("\0") ? text.split("\0") : text.replace(/\n$/, "").split(/\n(?=[A-Za-z_]\w*=)/)
  return Object.fromEntries(
    all.flatMap((one) => {
      const at = one.indexOf("=")
      return at > 0 ? [[one.slice(0, at), one.slice(at + 1)]] : []
    })
  )
}

const merged = (env: NodeJS.ProcessEnv, found: Record<string, string>): NodeJS.ProcessEnv => ({
  ...env,
  ...Object.fromEntries(Object.entries(found).filter(([name]) => !ownNames.includes(name)))
})
