/**
 * What a person has decided, and what was opened before, in one file of the user's own. A wrong value is as if it were
 * not there, a file that is no settings is put aside and kept, and what a newer version has written stays as it is.
 */
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync
} from "node:fs"
import { access } from "node:fs/promises"
import { dirname, join } from "node:path"
import { DesktopSettings, defaults } from "@halte/web/DesktopBridge"
import { Result, Schema } from "effect"
import { Listeners } from "./Listeners.ts"
import * as RecentProjects from "./RecentProjects.ts"

export interface SettingsFile {
  readonly now: DesktopSettings
  /** Projects and flow files that were open before, newest first; those that were seen to be gone are left out. */
  readonly recent: ReadonlyArray<string>
  /** What is decided counts at once, and is written before this returns. */
  readonly change: (change: Partial<DesktopSettings>) => void
  /** A project or a flow file was opened. */
  readonly opened: (path: string) => void
  /** Looks which of the recent ones are there; whether that changed anything is told by `onChange`. */
  readonly lookForRecent: () => Promise<void>
  /** Forgets what was open before. */
  readonly clearRecent: () => void
  /** Calls back after each change. Answers what ends that. */
  readonly onChange: (listener: () => void) => () => void
}

export interface Options {
  /** What a person should know: a file that is no settings, one that can't be written. */
  readonly notice?: ((text: string) => void) | undefined
}

type Raw = Readonly<Record<string, unknown>>

/** More than this was not written by Halte. */
const longest = 1_000_000

/** Reads it, or begins with nothing decided. It never fails. */
export const open = (path: string, options: Options = {}): SettingsFile => new Opened(path, options)

class Opened implements SettingsFile {
  now: DesktopSettings
  private readonly path: string
  private readonly notice: (text: string) => void
  private readonly listeners = new Listeners()
  /** The file as it is: what this version doesn't know, and what doesn't fit, with it. */
  private raw: Raw
  private gone: ReadonlySet<string> = new Set()
  private isFailing = false

  constructor(path: string, options: Options) {
    this.path = path
    this.notice = options.notice ?? (() => {})
    this.raw = this.read()
    this.now = settingsOf(this.raw)
  }

  readonly onChange = this.listeners.on

  get recent(): ReadonlyArray<string> {
    return this.all.filter((one) => !this.gone.has(one))
  }

  private get all(): ReadonlyArray<string> {
    return RecentProjects.read(this.raw["recent"])
  }

  change(change: Partial<DesktopSettings>): void {
    // A value in the file that doesn't fit is replaced as soon as one is decided, be it the usual one.
    this.put(
      Object.fromEntries(
        Object.entries(change).filter(
          ([key, value]) =>
            isSetting(key) && fits(key, value) && value !== (key in this.raw ? this.raw[key] : this.now[key])
        )
      )
    )
  }

  opened(path: string): void {
    const recent = RecentProjects.add(this.all, path)
    const [first] = recent
    if (first !== undefined && this.gone.has(first)) this.gone = new Set([...this.gone].filter((one) => one !== first))
    if (JSON.stringify(recent) !== JSON.stringify(this.raw["recent"] ?? [])) this.put({ recent })
  }

  clearRecent(): void {
    if (this.all.length > 0) this.put({ recent: [] })
  }

  async lookForRecent(): Promise<void> {
    const { all } = this
    const found = await Promise.all(
      all.map((one) =>
        access(one).then(
          () => true,
          () => false
        )
      )
    )
    const gone = new Set(all.filter((_, i) => found[i] === false))
    if (gone.size === this.gone.size && [...gone].every((one) => this.gone.has(one))) return
    this.gone = gone
    this.listeners.tell()
  }

  private put(change: Raw): void {
    if (Object.keys(change).length === 0) return
    this.raw = { ...this.raw, ...change }
    this.now = settingsOf(this.raw)
    this.write()
    this.listeners.tell()
  }

  /** Whole or not at all, and one after the other. */
  private write(): void {
    const fresh = `${this.path}.new`
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
      rmSync(fresh, { force: true })
      const file = openSync(fresh, "wx", 0o600)
      try {
        writeSync(file, `${JSON.stringify(this.raw, undefined, 2)}\n`)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      renameSync(fresh, this.path)
      this.isFailing = false
    } catch (error) {
      // Said once, until it has worked again.
      if (!this.isFailing)
        this.notice(`The settings can't be saved in \`${this.path}\`: ${reason(error)}. They count until Halte ends.`)
      this.isFailing = true
    }
  }

  private read(): Raw {
    let text: string
    try {
      text = readFileSync(this.path, "utf8")
    } catch (error) {
      if (codeOf(error) === "ENOENT") return {}
      return this.putAside(`can't be read: ${reason(error)}`)
    }
    if (text.length > longest) return this.putAside("is far too long")
    // An editor may have written a mark in front.
    const parsed = Result.try(() => JSON.parse(text.replace(/^\uFEFF/, "")) as unknown)
    if (Result.isFailure(parsed)) return this.putAside("is no JSON")
    const { success: found } = parsed
    if (typeof found !== "object" || found === null || Array.isArray(found)) return this.putAside("holds no settings")
    const unfit = Object.keys(defaults).filter((key) => key in found && !fits(key as Key, (found as Raw)[key]))
    if (unfit.length > 0)
      this.notice(
        `In \`${this.path}\` ${unfit.map((key) => `\`${key}\``).join(", ")} ${unfit.length === 1 ? "has a value" : "have values"} that this version can't use: what is usual counts instead.`
      )
    return found as Raw
  }

  private putAside(why: string): Raw {
    const kept = this.aside()
    this.notice(
      `The settings \`${this.path}\` ${why}, so the usual ones count. ${
        kept === undefined ? "It could not be put aside" : `The file is kept as \`${kept}\``
      }.`
    )
    return {}
  }

  private aside(): string | undefined {
    for (let n = 1; n < 1000; n++) {
      const kept = `${this.path}.broken-${n}`
      try {
        // Nothing that was kept before is lost.
        if (lstatSync(kept, { throwIfNoEntry: false }) !== undefined) continue
        renameSync(this.path, kept)
        return kept
      } catch {
        return undefined
      }
    }
    return undefined
  }
}

type Key = keyof DesktopSettings

const isSetting = (key: string): key is Key => Object.hasOwn(defaults, key)

const fits = (key: Key, value: unknown): boolean => Schema.is(DesktopSettings.fields[key])(value)

/** Each value by itself: one that doesn't fit costs no other. */
const settingsOf = (raw: Raw): DesktopSettings => ({
  ...defaults,
  ...Object.fromEntries(Object.entries(raw).filter(([key, value]) => isSetting(key) && fits(key, value)))
})

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Where it is, in the directory of the user's data. */
export const pathIn = (userData: string): string => join(userData, "settings.json")
