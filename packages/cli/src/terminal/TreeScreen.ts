/**
 * The live tree on a terminal, with its keys. It draws when something has changed, at most ten times a second, and else
 * often enough for its clocks.
 */
import {
  ControlSequences,
  type ExecutionEvent,
  type ExecutionState,
  ExecutionStatus,
  type LogLine,
  TimeLeft,
  Words
} from "@halte/engine/model"
import * as AnswerForm from "../input/AnswerForm.ts"
import * as ConnectionText from "../view/ConnectionText.ts"
import { paint, plain } from "../view/Look.ts"
import * as LogsView from "../view/LogsView.ts"
import type { Picture } from "../view/Picture.ts"
import * as TreeView from "../view/TreeView.ts"
import * as Keys from "./Keys.ts"
import * as LiveRegion from "./LiveRegion.ts"
import { lines, type Output } from "./Output.ts"
import type { Controls, Screen } from "./Screen.ts"

/** Ten frames a second. */
const frameMillis = 100
/** Lines kept for the view of logs. */
const mostLines = 2000

export const make = (
  output: Output,
  options: {
    readonly input: boolean
    readonly now: () => number
    /** Someone else's execution: Ctrl-C leaves the screen, keys stop the execution. */
    readonly watching?: boolean
    readonly stdin?: NodeJS.ReadStream
  }
): Screen => {
  const watching = options.watching === true
  const region = LiveRegion.make(output)
  const left = TimeLeft.make()
  const lastLines = new Map<string, string>()
  const log: Array<LogLine.LogLine> = []
  let state: ExecutionState.ExecutionState | undefined
  let controls: Controls | undefined
  let asked = 0
  let selected: string | undefined
  let view: "tree" | "logs" | "help" = "tree"
  /** The gate that is being answered field by field. */
  let form: AnswerForm.AnswerForm | undefined
  /** The connection that is lost, and since when. */
  let lost: { readonly url: string; readonly at: number } | undefined
  /** The key that terminates was pressed once. */
  let armed = false
  let drawnAt = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined
  let ticking: ReturnType<typeof setInterval> | undefined
  let offResize = () => {}

  const keyNames = (): ReadonlyArray<string> => {
    const stop = watching ? "Ctrl-C leave" : "Ctrl-C interrupt"
    if (state === undefined || !keys.active()) return [stop]
    if (armed) return [sureText(state), "esc no"]
    if (form !== undefined) return [stop, "enter goes on", "esc leaves it open"]
    if (view !== "tree") return [stop, "esc back"]
    const gate = openGate()
    return [
      stop,
      ...(!watching ? [] : mayTerminate(state) ? ["t terminate now"] : ["i interrupt"]),
      ...(gate === undefined ? [] : [gate.asks ? `a answer ${gate.step}` : `y approve ${gate.step}`, "n reject"]),
      "↑↓ move",
      "l logs",
      state.status === "Paused" || state.status === "Pausing" ? "p go on" : "p pause",
      "? help"
    ]
  }

  const picture = (of: ExecutionState.ExecutionState): Picture => {
    const now = options.now()
    return {
      state: of,
      now,
      size: output.size(),
      look: output.look("stdout"),
      asked,
      watching,
      timeLeft: (step) => left.of(step, now),
      lastLine: (step) => lastLines.get(step),
      selected,
      notice: lost === undefined ? undefined : ConnectionText.lostFor(lost.url, performance.now() - lost.at),
      keys: keyNames()
    }
  }

  const draw = () => {
    clearTimeout(timer)
    timer = undefined
    if (state === undefined) return
    drawnAt = performance.now()
    const shown = picture(state)
    region.draw(
      form !== undefined
        ? LogsView.answer(shown, form)
        : view === "logs"
          ? LogsView.render(shown, log)
          : view === "help"
            ? LogsView.help(shown)
            : TreeView.render(shown)
    )
  }
  const drawSoon = () => {
    if (timer !== undefined) return
    const wait = frameMillis - (performance.now() - drawnAt)
    if (wait <= 0) draw()
    else timer = setTimeout(draw, wait)
  }

  /** The gate that keys answer: the chosen step, else the first that is open. `asks`: for more than yes or no. */
  const openGate = () => {
    const open = [...(state?.steps.values() ?? [])].filter(isOpen)
    const found = open.find(({ id }) => id === selected) ?? open[0]
    return found?.gate === undefined
      ? undefined
      : {
          step: found.id,
          message: found.gate.message,
          schema: found.gate.schema,
          asks: found.gate.schema !== undefined
        }
  }

  /** Keys of the form of a gate. */
  const fill = (key: Keys.Key, filled: AnswerForm.AnswerForm) => {
    if (key === "escape") form = undefined
    else if (key === "erase") form = AnswerForm.erased(filled)
    else if (typeof key === "object") form = AnswerForm.typed(filled, key.char)
    else if (key === "enter") {
      const next = AnswerForm.entered(filled)
      form = next._tag === "Asks" ? next.form : undefined
      if (next._tag === "Answers") controls?.answer(filled.step, next.value)
    }
  }

  const move = (by: number) => {
    if (state === undefined) return
    const rows = TreeView.rows(state)
    const at = rows.findIndex((row) => row.step.id === selected)
    const next = at < 0 ? rows.findIndex((row) => ExecutionStatus.isActive(row.status)) : at + by
    selected = rows[Math.max(0, Math.min(rows.length - 1, next))]?.step.id
  }

  const suspend = () => {
    keys.stop()
    region.end()
    process.once("SIGCONT", () => {
      if (asked === 0) keys.start()
      draw()
    })
    // The whole job, so that the shell notices; processes of steps are in groups of their own and go on.
    process.kill(0, "SIGTSTP")
  }

  const keys = Keys.make((key) => {
    if (key === "interrupt") return controls?.press()
    if (key === "suspend") return suspend()
    if (armed) {
      armed = false
      if (typeof key === "object" && (key.char === "t" || key.char === "y")) controls?.terminate()
      return drawSoon()
    }
    if (form !== undefined) {
      fill(key, form)
      return drawSoon()
    }
    if (key === "up" || isChar(key, "k")) move(-1)
    else if (key === "down" || isChar(key, "j")) move(1)
    else if (key === "escape") {
      if (view === "tree") selected = undefined
      view = "tree"
    } else if (typeof key === "object") {
      const gate = openGate()
      if (key.char === "l") view = view === "logs" ? "tree" : "logs"
      else if (key.char === "?") view = view === "help" ? "tree" : "help"
      else if (key.char === "p")
        if (state?.status === "Paused" || state?.status === "Pausing") controls?.goOn()
        else controls?.pause()
      else if (key.char === "q" && watching) return controls?.press()
      else if (key.char === "i" && watching) controls?.interrupt()
      else if (key.char === "t" && watching && state !== undefined) armed = mayTerminate(state)
      else if (key.char === "a" && gate?.schema !== undefined)
        form = AnswerForm.begin(gate.step, gate.message, gate.schema)
      else if (key.char === "y" && gate?.asks === false) controls?.answer(gate.step, true)
      else if (key.char === "n" && gate !== undefined) controls?.answer(gate.step, false, { reject: true })
    }
    drawSoon()
  }, options.stdin)

  const restore = () => {
    clearTimeout(timer)
    clearInterval(ticking)
    offResize()
    process.off("exit", restore)
    keys.stop()
    region.restore()
  }

  return {
    logs: true,
    answers: options.input,
    begin: (given) => {
      controls = given
      if (options.input) keys.start()
      process.on("exit", restore)
      offResize = output.onResize(draw)
      ticking = setInterval(drawSoon, frameMillis)
    },
    event: (event: ExecutionEvent.ExecutionEvent, after) => {
      left.observe(event)
      state = after
      // Somebody else has answered it, or it is over.
      const filled = form === undefined ? undefined : after.steps.get(form.step)
      if (filled !== undefined && !isOpen(filled)) form = undefined
      armed &&= mayTerminate(after)
    },
    turn: drawSoon,
    log: (line) => {
      const text = ControlSequences.strip(line.text)
      if (text.trim() !== "") lastLines.set(line.step, text)
      log.push({ ...line, text })
      if (log.length > mostLines) log.splice(0, log.length - mostLines)
    },
    requested: (count) => {
      asked = count
      view = "tree"
      form = undefined
      // The next Ctrl-C is a signal again, which is heard even when this process is too busy to read keys.
      keys.stop()
    },
    refused: (command, message) =>
      region.above(() =>
        lines(output, "stderr", [
          paint(output.look("stderr"), "red", plain(output.look("stderr"), `${command}: ${message}`))
        ])
      ),
    // A line of the picture while it lasts; what there was of it is said once.
    connection: (news) => {
      lost = news._tag === "Lost" ? { url: news.url, at: performance.now() } : undefined
      if (news._tag === "Back") {
        const look = output.look("stderr")
        region.above(() =>
          lines(output, "stderr", [
            paint(look, "yellow", plain(look, ConnectionText.wasLost(news.url, news.lostMillis))),
            ""
          ])
        )
      }
      drawSoon()
    },
    // The blank line keeps the tree, or the report, apart from it.
    say: (texts, more) => region.above(() => lines(output, "stderr", more === true ? texts : [...texts, ""])),
    end: () => {
      region.end()
      restore()
    },
    restore
  }
}

const isChar = (key: Keys.Key, char: string): boolean => typeof key === "object" && key.char === char

const isOpen = ({ gate, status }: ExecutionState.StepState): boolean =>
  gate !== undefined && ExecutionStatus.isActive(status)

/** Force is offered where somebody has asked to stop and it has not stopped yet. */
const mayTerminate = ({ status }: ExecutionState.ExecutionState): boolean => status === "Interrupting"

const sureText = (state: ExecutionState.ExecutionState): string => {
  const half = [...state.steps.values()].filter((step) => ExecutionStatus.isActive(step.status)).map((step) => step.id)
  return `t again terminates now${half.length === 0 ? "" : ` and may leave ${Words.list(half, 2)} half done`}`
}
