/**
 * A real program in a real pseudo-terminal, and the screen that a person would see.
 */
import { spawn } from "@lydell/node-pty"
import xterm from "@xterm/headless"
import { Effect, type Scope } from "effect"
import { eventually } from "./Eventually.ts"
import * as Marked from "./Marked.ts"
import * as Repository from "./Repository.ts"
import { Transcript } from "./Transcript.ts"

export interface Options {
  /** @default the repository */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** @default 80 */
  readonly columns?: number
  /** @default 40 */
  readonly rows?: number
}

export interface TerminalProgram {
  readonly pid: number
  /** What a person sees and can scroll back to: lines without trailing blanks. */
  readonly screen: Transcript
  /** The bytes as they came, control sequences included. */
  readonly raw: Transcript
  readonly marked: Marked.Marked
  /** Types: `\x03` is Ctrl-C, which the terminal turns into a SIGINT for the whole foreground group. */
  readonly type: (keys: string) => Effect.Effect<void>
  readonly resize: (columns: number, rows: number) => Effect.Effect<void>
  /** Closes the terminal, as a person closes a window: system and shell tell it, with a SIGHUP each. */
  readonly close: Effect.Effect<void>
  /** Waits for its end and for the last of its output; the bound is a ceiling. @default 60,000 */
  readonly end: (millis?: number) => Effect.Effect<{ readonly code: number; readonly signal: number | undefined }>
}

/** Starts a program in a terminal. At the end of the scope nothing of it is alive. */
export const start = (
  command: readonly [string, ...ReadonlyArray<string>],
  options: Options = {}
): Effect.Effect<TerminalProgram, never, Scope.Scope> =>
  Effect.gen(function* () {
    const env = { ...(yield* Repository.place(options)), ...options.env }
    const marked = yield* Marked.make
    return yield* Effect.acquireRelease(
      Effect.sync(() => open(command, { ...options, env }, marked)),
      ({ close }) => Effect.sync(close)
    )
  }).pipe(Effect.map(({ program }) => program))

/** Starts `halte` from its sources, on this Node. */
export const halte = (
  args: ReadonlyArray<string>,
  options?: Options
): Effect.Effect<TerminalProgram, never, Scope.Scope> => start([process.execPath, Repository.halte, ...args], options)

const open = (
  [file, ...args]: readonly [string, ...ReadonlyArray<string>],
  options: Options,
  marked: Marked.Marked
) => {
  const { columns: cols = 80, rows = 40 } = options
  const pty = spawn(file, args, {
    name: "xterm-256color",
    cols,
    rows,
    cwd: options.cwd ?? Repository.root,
    env: Repository.environment({ ...options.env, ...marked.environment })
  })
  const terminal = new xterm.Terminal({ cols, rows, scrollback: 10_000, allowProposedApi: true })
  let bytes = ""
  let exited: { readonly code: number; readonly signal: number | undefined } | undefined
  let unparsed = 0
  const over = () => exited !== undefined && unparsed === 0
  const raw = new Transcript(() => bytes, over)
  const screen = new Transcript(() => read(terminal), over)
  const changed = () => [raw, screen].forEach((transcript) => transcript.changed())
  pty.onData((data) => {
    bytes += data
    unparsed++
    raw.changed()
    terminal.write(data, () => {
      unparsed--
      changed()
    })
  })
  // A program may ask its terminal where the cursor is.
  terminal.onData((reply) => pty.write(reply))
  pty.onExit(({ exitCode, signal }) => {
    exited = { code: exitCode, signal: signal === 0 ? undefined : signal }
    changed()
  })
  const program: TerminalProgram = {
    pid: pty.pid,
    screen,
    raw,
    marked,
    type: (keys) => Effect.sync(() => pty.write(keys)),
    resize: (columns, lines) =>
      Effect.sync(() => {
        terminal.resize(columns, lines)
        pty.resize(columns, lines)
      }),
    close: Effect.sync(() => (pty as unknown as { readonly destroy: () => void }).destroy()),
    end: (millis = 60_000) =>
      eventually(() => (over() ? exited : undefined), `the end of \`${[file, ...args].join(" ")}\``, {
        millis,
        detail: () => `The screen:\n${read(terminal)}`
      })
  }
  const close = (): void => {
    if (exited === undefined) pty.kill("SIGKILL")
    terminal.dispose()
  }
  return { close, program }
}

const read = (terminal: InstanceType<typeof xterm.Terminal>): string => {
  const { active } = terminal.buffer
  const lines: Array<string> = []
  for (let i = 0; i < active.length; i++) lines.push(active.getLine(i)?.translateToString(true) ?? "")
  return lines.join("\n").trimEnd()
}
