/**
 * Which processes a program under test has left: they carry a variable of the test's own in their environment, which
 * children inherit. On purpose not how the product finds them. Linux only: elsewhere nothing is found.
 */
import { randomUUID } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { Effect, type Scope } from "effect"
import { eventually } from "./Eventually.ts"

const variable = "E2E_MARK"

export interface Marked {
  /** To be put into the environment of the program. */
  readonly environment: Readonly<Record<string, string>>
  /** Those that are alive: pid and command line. */
  readonly alive: () => ReadonlyArray<{ readonly pid: number; readonly command: string }>
  /** Waits until none is alive. */
  readonly gone: (millis?: number) => Effect.Effect<void>
}

/** A new mark. What still carries it at the end of the scope is ended by force. */
export const make: Effect.Effect<Marked, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const value = randomUUID()
    const alive = () => find(`${variable}=${value}`)
    return {
      environment: { [variable]: value },
      alive,
      gone: (millis = 10_000) =>
        eventually(() => alive().length === 0, "the end of every process of the program", {
          millis,
          detail: () => `Alive: ${JSON.stringify(alive())}`
        }).pipe(Effect.asVoid)
    }
  }),
  (marked) =>
    Effect.sync(() => {
      // What is ended by force may have just forked: look again until there is nothing.
      for (let round = 0; round < 20; round++) {
        const left = marked.alive()
        if (left.length === 0) return
        for (const { pid } of left) endUnsafe(pid)
      }
    })
)

const endUnsafe = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // Gone meanwhile.
  }
}

const find = (entry: string): ReadonlyArray<{ readonly pid: number; readonly command: string }> => {
  if (process.platform !== "linux") return []
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return []
    try {
      if (!`\0${readFileSync(`/proc/${name}/environ`, "latin1")}`.includes(`\0${entry}\0`)) return []
      const stat = readFileSync(`/proc/${name}/stat`, "latin1")
      // A zombie does nothing any more: its parent has not looked yet.
      if (stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z")) return []
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim()
      return [{ pid: Number(name), command }]
    } catch {
      return []
    }
  })
}
