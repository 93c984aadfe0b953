/**
 * How things look on one stream: colors or none, symbols or ASCII. Decided once per stream, so that a pipe gets plain
 * text while the terminal beside it stays colored.
 */
import { type ExecutionStatus, Words } from "@halte/engine/model"

export interface Look {
  readonly color: boolean
  readonly unicode: boolean
}

/** What decides about the look, as the environment and the flags say it. */
export interface LookInput {
  readonly isTerminal: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** `--color=…`, `--no-color`. */
  readonly flag?: "auto" | "always" | "never" | undefined
  /** Windows terminals write UTF-8 whatever the locale variables say. */
  readonly platform?: string
}

/**
 * NO_COLOR wins over everything, then the flag, then TERM=dumb, then FORCE_COLOR, then whether the stream is a terminal.
 * ASCII is for locales that are not UTF-8 and for dumb terminals.
 */
export const detect = ({ env, flag, isTerminal, platform }: LookInput): Look => {
  const set = (name: string) => env[name] !== undefined && env[name] !== ""
  const forced = set("FORCE_COLOR") && env["FORCE_COLOR"] !== "0" && env["FORCE_COLOR"] !== "false"
  const dumb = env["TERM"] === "dumb"
  const color =
    set("NO_COLOR") || flag === "never" ? false : flag === "always" ? true : dumb ? false : forced || isTerminal
  // Without any of these variables nothing speaks against UTF-8: containers and services start that way.
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((v) => v !== undefined && v !== "")
  const utf8 = platform === "win32" || locale === undefined || /utf-?8/i.test(locale)
  return { color, unicode: utf8 && !dumb }
}

export type Style = "bold" | "dim" | "green" | "blue" | "yellow" | "red" | "magenta"

const codes: { readonly [S in Style]: readonly [number, number] } = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  blue: [34, 39],
  yellow: [33, 39],
  red: [31, 39],
  magenta: [35, 39]
}

/** Puts a text in a style, where the stream has any. */
export const paint = (look: Look, style: Style, text: string): string =>
  look.color && text !== "" ? `\u001b[${codes[style][0]}m${text}\u001b[${codes[style][1]}m` : text

/** The states of executions and of steps. */
export type AnyStatus = ExecutionStatus.ExecutionStatus | ExecutionStatus.StepStatus

const glyphs: { readonly [S in AnyStatus]: readonly [symbol: string, ascii: string, style: Style] } = {
  Waiting: ["○", ".", "dim"],
  Pending: ["○", ".", "dim"],
  Pausing: ["◑", ":", "blue"],
  Paused: ["◑", ":", "blue"],
  Running: ["◐", ">", "blue"],
  Interrupting: ["◒", "~", "yellow"],
  Interrupted: ["‖", "=", "yellow"],
  Completed: ["✓", "+", "green"],
  Failed: ["✗", "x", "red"],
  Skipped: ["⊘", "-", "dim"],
  Terminating: ["■", "#", "magenta"],
  Terminated: ["■", "#", "magenta"]
}

// Without color the turning glyph keeps clear of the two that mean Paused and Interrupting.
const turning = ["◐", "◓", "◑", "◒"]
const turningPlain = ["◐", "◓", "◐", "◓"]

/** The style of a state. */
export const styleOf = (status: AnyStatus): Style => glyphs[status][2]

/** The painted glyph of a state; `turn` counts quarter turns of the running one. */
export const glyph = (look: Look, status: AnyStatus, turn = 0): string => {
  const [symbol, ascii, style] = glyphs[status]
  const shown = !look.unicode ? ascii : status === "Running" ? (look.color ? turning : turningPlain)[turn % 4]! : symbol
  return paint(look, style, shown)
}

/** The word of a state: `Running`, `Interrupting…`. */
export const word = (look: Look, status: AnyStatus): string => plain(look, Words.state(status))

const ascii: Readonly<Record<string, string>> = {
  "…": "...",
  "·": "-",
  "≤": "<=",
  "≥": ">=",
  "↑": "^",
  "↓": "v",
  "│": "|",
  "→": "->",
  "━": "=",
  "─": "-",
  "“": '"',
  "”": '"',
  "⏹": "[stop]",
  "✓": "+",
  "✗": "x",
  "‖": "=",
  "■": "#",
  "○": ".",
  "⊘": "-"
}

/** One of our own texts with its symbols as ASCII where the stream has no others. Texts of flows stay as they are. */
export const plain = (look: Look, text: string): string =>
  look.unicode ? text : text.replace(/[…·≤≥↑↓│→━─“”⏹✓✗‖■○⊘]/g, (c) => ascii[c] ?? c)

/** A bar of `width` cells; `share` from 0 to 1 in the color of the state, the rest dim. */
export const bar = (look: Look, status: AnyStatus, share: number, width: number): string => {
  const full = Math.max(0, Math.min(width, Math.round(share * width)))
  const [on, off] = look.unicode ? ["━", "─"] : ["=", "-"]
  return paint(look, styleOf(status), on.repeat(full)) + paint(look, "dim", off.repeat(width - full))
}
