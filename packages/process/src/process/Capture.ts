/**
 * What a step keeps of its program's output as a value.
 *
 * @since 0.1.0
 */
import { readFile, stat } from "node:fs/promises"
import { resolve } from "node:path"
import type { ProcessRunner, StepFailure } from "@halte/engine"
import * as TimeLimit from "../TimeLimit.ts"
import * as ByteText from "./ByteText.ts"

/**
 * @since 0.1.0
 */
export const defaultLimit = 8 * 1024 * 1024

/**
 * The captured value, or why there is none.
 *
 * @since 0.1.0
 */
export type Captured =
  | { readonly _tag: "Value"; readonly value: unknown }
  | { readonly _tag: "Failure"; readonly failure: StepFailure.StepFailure }

/**
 * Collects standard output while a program runs. Over the limit it keeps nothing more, so that a program may write without
 * end; `json-last-line` holds the last line only, however much came before it.
 *
 * @since 0.1.0
 */
export class Capture {
  readonly #kind: ProcessRunner.ProcessCapture
  readonly #limit: number
  #parts: Array<Uint8Array> = []
  #length = 0
  #tooLong = false
  /** The last line that holds more than white space, for `json-last-line`. */
  #lastLine: { readonly text: string; readonly tooLong: boolean } | undefined

  constructor(kind: ProcessRunner.ProcessCapture, limit = defaultLimit) {
    this.#kind = kind
    this.#limit = limit
  }

  push(chunk: Uint8Array): void {
    if (this.#kind === "none" || isFile(this.#kind)) return
    if (this.#kind !== "json-last-line") return this.#keep(chunk)
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, at))
      this.#endLine()
      from = at + 1
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from))
  }

  /** Reads the value once the program is over. `command` and `cwd` are for messages and for the file's place. */
  async value(command: string, cwd: string): Promise<Captured> {
    const kind = this.#kind
    if (kind === "none") return { _tag: "Value", value: null }
    if (isFile(kind)) return this.#file(kind.file, command, cwd)
    if (kind === "json-last-line") {
      this.#endLine()
      const line = this.#lastLine
      if (line === undefined) {
        return notJson(
          `${command} printed no line to read JSON from`,
          "Let its last line be JSON, or leave out the output."
        )
      }
      return line.tooLong ? this.#overLimit(command) : parse(line.text, `the last line of ${command}`)
    }
    if (this.#tooLong) return this.#overLimit(command)
    const text = this.#text()
    if (typeof kind === "object") return match(kind.regex, text, command)
    if (kind === "json") return parse(text, `the output of ${command}`)
    const trimmed = text.replace(/(?:\r?\n)+$/, "")
    if (kind === "text") return { _tag: "Value", value: trimmed }
    return { _tag: "Value", value: trimmed === "" ? [] : trimmed.split(/\r?\n/) }
  }

  #keep(bytes: Uint8Array): void {
    if (this.#tooLong || bytes.length === 0) return
    if (this.#length + bytes.length > this.#limit) {
      this.#tooLong = true
      this.#parts = []
      return
    }
    this.#parts.push(bytes)
    this.#length += bytes.length
  }

  #text(): string {
    return Buffer.concat(this.#parts).toString("utf8")
  }

  #endLine(): void {
    const text = this.#text()
    if (this.#tooLong || text.trim() !== "") this.#lastLine = { text, tooLong: this.#tooLong }
    this.#parts = []
    this.#length = 0
    this.#tooLong = false
  }

  #overLimit(command: string): Captured {
    return {
      _tag: "Failure",
      failure: {
        code: "output-too-large",
        message: `The output of ${command} is larger than ${ByteText.bytes(this.#limit)}, the most that is kept.`,
        hint: "Let it write to a file and use `output: { file: … }`, or print less."
      }
    }
  }

  async #file(name: string, command: string, cwd: string): Promise<Captured> {
    const path = resolve(cwd, name)
    try {
      const { size } = await stat(path)
      if (size > this.#limit) {
        return {
          _tag: "Failure",
          failure: {
            code: "output-too-large",
            message: `\`${name}\`, written by ${command}, has ${ByteText.bytes(size)}; the most that is kept is ${ByteText.bytes(this.#limit)}.`,
            hint: "Let the next step read the file itself, and keep only its name."
          }
        }
      }
      const text = await readFile(path, "utf8")
      return name.endsWith(".json") ? parse(text, `\`${name}\``) : { _tag: "Value", value: text }
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT"
      return {
        _tag: "Failure",
        failure: {
          code: "output-file-missing",
          message: missing
            ? `${command} has not written \`${name}\`, which is to be its output.`
            : `\`${name}\`, the output of ${command}, can't be read: ${(error as Error).message}.`,
          hint: `It was looked for at \`${path}\`: a relative name starts at the step's working directory.`
        }
      }
    }
  }
}

const isFile = (kind: ProcessRunner.ProcessCapture): kind is ProcessRunner.OutputFile =>
  typeof kind === "object" && "file" in kind

/** The named groups, else the first group, else the whole of the first match. A group that took no part is null. */
const match = (regex: string, text: string, command: string): Captured => {
  const noMatch = (message: string, hint: string): Captured => ({
    _tag: "Failure",
    failure: { code: "output-no-match", message, hint }
  })
  let pattern: RegExp
  try {
    pattern = new RegExp(regex, "mu")
  } catch (error) {
    return noMatch(
      `\`${regex}\` is no regular expression: ${(error as Error).message}`,
      "Correct it; flow files are checked before they run."
    )
  }
  const found = TimeLimit.within(() => pattern.exec(text))
  if (found._tag === "None")
    return noMatch(
      `\`${regex}\` could not be looked for in the output of ${command} within ${TimeLimit.limitMillis / 1000} s.`,
      "A pattern without repetitions of repetitions is faster."
    )
  if (found.value === null)
    return noMatch(
      `The output of ${command} has nothing that matches \`${regex}\`.`,
      text.trim() === "" ? "It is empty." : `It begins with \`${text.trim().slice(0, 60)}\`.`
    )
  const { groups, 0: whole, 1: first } = found.value
  if (groups !== undefined)
    return { _tag: "Value", value: Object.fromEntries(Object.entries(groups).map(([k, v]) => [k, v ?? null])) }
  return { _tag: "Value", value: found.value.length > 1 ? (first ?? null) : whole }
}

const parse = (text: string, what: string): Captured => {
  try {
    return { _tag: "Value", value: JSON.parse(text) }
  } catch (error) {
    return notJson(
      `${what[0]!.toUpperCase()}${what.slice(1)} is not JSON: ${(error as Error).message}`,
      text.trim() === "" ? "It is empty." : `It begins with \`${text.trim().slice(0, 60)}\`.`
    )
  }
}

const notJson = (message: string, hint: string): Captured => ({
  _tag: "Failure",
  failure: { code: "output-not-json", message: message.endsWith(".") ? message : `${message}.`, hint }
})
