/**
 * Watches over an engine from outside, and ends its programs when the engine itself is killed.
 *
 * It is a shell that reads a pipe whose other end only the engine holds. The pipe ends when the engine does, however it
 * died; then the shell becomes the sweep that the next start would run. One value names the engine's processes for its
 * whole life, so there is no list to keep in step: all it is told is which steps have had their graceful signal.
 *
 * A program just forked holds that end too, until its own image is loaded. So when the pipe ends, whatever the engine has
 * started carries its mark.
 *
 * @since 0.1.0
 */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { Socket } from "node:net"
import { fileURLToPath } from "node:url"
import * as ProcessMark from "./ProcessMark.ts"
import type { ProcessPlatform } from "./ProcessPlatform.ts"

// From sources the sweep runs from sources too, in a built package from what was built.
const entry = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./SweepMain.ts" : "./SweepMain.js", import.meta.url)
)
const ofNode = [process.execPath, entry] as const

/**
 * The first argument: the marks that have had their graceful signal before, so that there is no instant at which a new
 * supervisor does not know them. The others: the sweep's command. Lines: `t MARK`, this step gets its graceful signal now;
 * `s MARK…`, these are all that have had theirs; `q`, an orderly end. What is no whole line is left out.
 */
const script = `trap '' INT HUP QUIT TERM
told=$1; shift
while read -r op mark; do case $op in t) told="$told $mark" ;; s) told=$mark ;; q) exit 0 ;; esac; done
exec "$@" $told`

/** Marks told since the list was last sent as a whole, after which it is sent again without those that are over. */
const longestList = 256
/** Between the end of one supervisor and the start of the next: at once, then longer each time up to this. */
const longestWaitMillis = 5_000
const firstWaitMillis = 100
/** One that lived for so long was all right: the next is started at once. */
const soundMillis = 10_000
/** Time to end that it gets after `q`. */
const endMillis = 1_000

/**
 * Whether a supervisor watches, and why not.
 *
 * @since 0.1.0
 */
export type State =
  | { readonly watches: true; readonly pid: number }
  | { readonly watches: false; readonly reason: string }

/**
 * @since 0.1.0
 */
export interface Options {
  readonly engine: number
  readonly platform: Pick<ProcessPlatform, "identify" | "name" | "scanEngine">
  /** @default /bin/sh */
  readonly shell?: string | undefined
  /**
   * The program that sweeps, by its path, and its first arguments; those of the sweep's command are added.
   *
   * @default this Node, with `SweepMain`
   */
  readonly sweeper?: readonly [string, ...ReadonlyArray<string>] | undefined
}

/**
 * The supervisor of one engine. Nothing is started before `start`, and nothing of it keeps Node's event loop alive.
 *
 * @since 0.1.0
 */
export class Supervisor {
  readonly #options: Options
  /** Marks that have had their graceful signal and whose programs may still be there. */
  readonly #told = new Set<string>()
  #child: ChildProcess | undefined
  #begun: Promise<void> | undefined
  #since: number | undefined
  #reason = "it has not been started"
  #failures = 0
  #sent = 0
  #again: NodeJS.Timeout | undefined
  #over = false

  constructor(options: Options) {
    this.#options = options
  }

  get state(): State {
    const pid = this.#child?.pid
    return pid === undefined ? { watches: false, reason: this.#reason } : { watches: true, pid }
  }

  /** Starts it, the first time that this is called. Never fails: `state` says how it went. */
  start(): Promise<void> {
    return (this.#begun ??= this.#begin())
  }

  /** To be called right before the graceful signal of a step is sent: the line is in the pipe when this returns. */
  graceful(mark: ProcessMark.ProcessMark): void {
    const text = ProcessMark.text(mark)
    this.#told.add(text)
    if (++this.#sent <= longestList + this.#told.size) return this.#write(`t ${text}`)
    this.#sent = this.#told.size
    this.#write(`s ${[...this.#told].join(" ")}`)
  }

  /** Nothing of a step is alive any more. */
  ended(mark: ProcessMark.ProcessMark): void {
    this.#told.delete(ProcessMark.text(mark))
  }

  /** The orderly end, when no program is alive any more. Settles when the supervisor is gone. */
  async end(): Promise<void> {
    this.#over = true
    clearTimeout(this.#again)
    await this.#begun
    const child = this.#child
    if (child === undefined) return
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()))
    child.ref()
    this.#write("q")
    child.stdin?.end()
    const late = setTimeout(() => child.kill("SIGKILL"), endMillis)
    await gone
    clearTimeout(late)
  }

  async #begin(): Promise<void> {
    const { platform } = this.#options
    if (platform.scanEngine === undefined) {
      this.#reason = `${platform.name} does not show which engine a process belongs to`
      return
    }
    const { sweeper } = this.#options
    const missing = (sweeper === undefined ? ofNode : [sweeper[0]]).find((path) => !existsSync(path))
    if (missing !== undefined) {
      this.#reason = `\`${missing}\` is missing`
      return
    }
    this.#since = (await platform.identify(process.pid))?.startTime
    if (!this.#over) this.#spawn()
  }

  #spawn(): void {
    const { engine, shell = "/bin/sh", sweeper = ofNode } = this.#options
    const since = this.#since === undefined ? [] : [`--since=${this.#since}`]
    const sweep = [...sweeper, ...since, String(engine)]
    const begin = performance.now()
    this.#sent = this.#told.size
    let child: ChildProcess
    try {
      child = spawn(shell, ["-c", script, "halte-supervisor", [...this.#told].join(" "), ...sweep], {
        cwd: "/",
        env: environment(),
        // A session of its own: neither the terminal's signals nor those to the engine's group reach it.
        detached: true,
        stdio: ["pipe", "ignore", "ignore"]
      })
    } catch (error) {
      return this.#failed(`\`${shell}\` can't be started: ${(error as Error).message}`, begin)
    }
    child.once("error", (error) => {
      if (child.pid === undefined) this.#failed(`\`${shell}\` can't be started: ${error.message}`, begin)
    })
    if (child.pid === undefined) return void (this.#reason = `\`${shell}\` can't be started`)
    child.once("exit", (code, signal) => {
      this.#child = undefined
      child.stdin?.destroy()
      this.#failed(`it ended by ${signal ?? `itself with code ${code}`}`, begin)
    })
    // It may be gone before we know: then the next one is told everything.
    child.stdin?.on("error", () => undefined)
    child.unref()
    if (child.stdin instanceof Socket) child.stdin.unref()
    this.#child = child
  }

  #failed(reason: string, begin: number): void {
    this.#reason = reason
    if (this.#over) return
    if (performance.now() - begin > soundMillis) this.#failures = 0
    const wait = this.#failures === 0 ? 0 : Math.min(firstWaitMillis * 2 ** (this.#failures - 1), longestWaitMillis)
    this.#failures++
    this.#again = setTimeout(() => this.#spawn(), wait)
    this.#again.unref()
  }

  #write(line: string): void {
    this.#child?.stdin?.write(`${line}\n`)
  }
}

/** What the sweep and `ps` need to start. No secrets, and no `NODE_OPTIONS` that was meant for the engine. */
const environment = (): Record<string, string> => {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    // The mark of an engine around this one stays: its sweep is to find the supervisor as well.
    const kept = name === "PATH" || name === ProcessMark.variable || /^(?:LD_|DYLD_)LIBRARY_PATH$/.test(name)
    if (kept && value !== undefined) env[name] = value
  }
  return env
}
