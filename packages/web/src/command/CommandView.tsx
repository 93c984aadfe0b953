/**
 * One command line at a time: run it, watch it, interrupt it. Its buttons and texts are those of requirements R47 to R60,
 * word for word.
 */
import { CommandWords, DurationText, ExecutionStatus, type ExecutionState } from "@halte/engine/model"
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react"
import { ask, executions } from "../bridge/Client.ts"
import { useNow } from "../bridge/useNow.ts"
import { usePageItems } from "../desktop/PageItems.ts"
import { useViewing, viewing } from "../desktop/Viewing.ts"
import { useExecution } from "../live/ExecutionFeed.ts"
import { useLog } from "../live/LogFeed.ts"
import { asker, change as changeSettings, useSettings } from "../settings/Settings.ts"
import { useTitle } from "../shell/useTitle.ts"
import { useStopping } from "../stopping/useStopping.tsx"
import { announce } from "../ui/Announcer.tsx"
import { Button } from "../ui/Button.tsx"
import { copy } from "../ui/CopyButton.tsx"
import { stateClass } from "../ui/Glyph.tsx"
import { hasSelection } from "../ui/Keys.ts"
import { StopText } from "../ui/StopText.tsx"
import { type CommandConfig, empty, fromFile, toFile, toParams } from "./CommandConfig.ts"
import { CommandHelp } from "./CommandHelp.tsx"
import { CommandOutput } from "./CommandOutput.tsx"
import { CommandSettings } from "./CommandSettings.tsx"
import { ending, merged, type Note, notes, texts, toneOf } from "./CommandText.ts"
import { LoadConfig } from "./LoadConfig.tsx"
import { RecentCommands } from "./RecentCommands.tsx"
import { lineOf, useCommand } from "./useCommand.ts"

/** What the view says beside the state of the command: of the last thing that was tried. */
interface Said {
  readonly text: string
  readonly tone: "waiting" | "running" | "failed"
}

const CommandView = () => {
  const { id, recent, show } = useCommand()
  const [config, setConfig] = useState<CommandConfig>(empty)
  const [starting, setStarting] = useState(false)
  const [said, setSaid] = useState<Said>()
  const [asking, setAsking] = useState<Note>()
  const [cleared, setCleared] = useState<{ readonly id: string; readonly after: number; readonly notes: number }>()
  const [sheet, setSheet] = useState<"help" | "load">()
  const line = useRef<HTMLTextAreaElement>(null)
  const file = useRef<HTMLInputElement>(null)
  const settings = useSettings()
  useTitle("Command · Halte")

  const tell = useCallback((text: string, tone: Said["tone"]) => {
    setSaid({ text, tone })
    announce(text, tone === "failed" ? "alert" : "status")
  }, [])

  const { state } = useExecution(id)
  const { dropped, lines } = useLog(id)
  const isRunning = state !== undefined && !ExecutionStatus.isEnded(state.status)
  const isInterrupting = state?.status === "Interrupting" || state?.status === "Terminating"

  const stopping = useStopping(id, {
    name: "the command",
    question: CommandWords.question,
    promise: `SIGTERM, SIGKILL after ${DurationText.short(graceOf(state) ?? config.graceMillis)}`,
    reason: false,
    onInterrupt: () => setAsking({ at: Date.now(), text: texts.sent, tone: "stopping" }),
    onNothing: () => tell(texts.nothing, "waiting"),
    onFailed: (error) => {
      setAsking(undefined)
      tell(CommandWords.failedToInterrupt(error.message), "failed")
    }
  })

  // What was asked for here is in the record now, or the command is another one.
  const isRecorded = state?.signal !== undefined
  useEffect(() => {
    setAsking(undefined)
  }, [isRecorded, id])
  // What is said of a state goes with it.
  const status = state?.status
  useEffect(() => {
    const end = state === undefined ? undefined : ending(state)
    // That nothing runs may be known here before the end of what ran is.
    setSaid((was) => (end !== undefined && was?.text === texts.nothing ? was : undefined))
    if (state === undefined) return
    announce(end?.status ?? (state.status === "Interrupting" ? texts.interrupting : texts.running))
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- said once for each state
  }, [id, status])

  const execute = async () => {
    if (isRunning || starting) return tell(texts.busy, "running")
    if (config.line.trim() === "") {
      line.current?.focus()
      return tell("Type a command first.", "waiting")
    }
    setStarting(true)
    const answer = await ask(executions.start({ flow: "command", params: toParams(config), ...asker() }))
    setStarting(false)
    setSaid(undefined)
    if (answer._tag === "Success") return show(answer.success)
    if (answer.failure._tag === "FlowBusy") {
      // It runs, whoever started it: this tab shows it, too.
      show(answer.failure.execution)
      return tell(texts.busy, "running")
    }
    tell(answer.failure.message, "failed")
  }

  const interrupt = () => {
    if (!isRunning) return tell(texts.nothing, "waiting")
    if (!isInterrupting && stopping.pending === undefined) stopping.interrupt()
  }

  const keys = (event: KeyboardEvent) => {
    if (document.querySelector("dialog[open]") !== null) return
    if (event.key === "Escape") {
      event.preventDefault()
      interrupt()
    } else if (event.key.toLowerCase() === "c" && event.ctrlKey && !event.shiftKey && !event.altKey && !event.metaKey) {
      const { target } = event
      const marked =
        hasSelection() ||
        ((target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement) &&
          target.selectionStart !== target.selectionEnd)
      if (marked || !isRunning) return
      event.preventDefault()
      interrupt()
    }
  }

  const load = async (chosen: File) => {
    const read = await fromFile(await chosen.text())
    if (read._tag === "Failure")
      return tell(`${chosen.name}, line ${read.failure.line}: ${read.failure.detail} Nothing was changed.`, "failed")
    const { config: loaded, confirm } = read.success
    setConfig(loaded)
    if (confirm !== undefined) changeSettings({ confirm })
    const missing = loaded.variables.filter(({ secret }) => secret).map(({ name }) => name)
    tell(
      missing.length === 0
        ? `${chosen.name} was loaded.`
        : `${chosen.name} was loaded. Fill in: ${missing.join(", ")}.`,
      "waiting"
    )
  }

  const save = () => {
    const address = URL.createObjectURL(new Blob([toFile(config, settings.confirm)], { type: "application/json" }))
    const link = document.createElement("a")
    link.href = address
    link.download = "command.halte.json"
    link.click()
    URL.revokeObjectURL(address)
    announce("The configuration was saved")
  }

  useViewing(viewing(id, lineOf(state), true))
  usePageItems((item) => {
    if (item === "help") setSheet("help")
    else if (item === "save-config") save()
    else if (item === "load-config") {
      // A menu is outside of the page: a browser lets no page choose a file without a press of its own.
      if (navigator.userActivation.isActive) file.current?.click()
      else setSheet("load")
    } else return false
    return true
  })

  const own = cleared !== undefined && cleared.id === id ? cleared : undefined
  const items = useMemo(() => {
    const shown = own === undefined ? lines : lines.filter(({ sequence }) => sequence > own.after)
    const all = state === undefined ? [] : notes(state)
    const also = asking === undefined || isRecorded ? all : [...all, asking]
    return merged(shown, also.slice(own?.notes ?? 0))
  }, [lines, own, state, asking, isRecorded])

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <main className="cmd live" id="main" tabIndex={-1} onKeyDown={keys}>
      <div className="col">
        <h1>Command</h1>
        <label className="prompt">
          <span className="muted" aria-hidden="true">
            $
          </span>
          <span className="vh">Command line</span>
          <textarea
            ref={line}
            rows={Math.min(6, config.line.split("\n").length)}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            value={config.line}
            onChange={(event) => setConfig({ ...config, line: event.target.value })}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return
              event.preventDefault()
              void execute()
            }}
          />
        </label>
        <div className="tools" role="group" aria-label="Command">
          <Button
            kind={isRunning ? undefined : "primary"}
            disabled={isRunning || starting}
            onClick={() => void execute()}
          >
            Execute Command
          </Button>
          <Button
            kind={isRunning ? "halt" : undefined}
            disabled={!isRunning}
            pending={isRunning && (isInterrupting || stopping.pending === "interrupt" || asking !== undefined)}
            onClick={interrupt}
          >
            <StopText text="⏹ Interrupt" />
          </Button>
          <Button onClick={() => void copy(config.line, "Command")}>Copy Command</Button>
          <Button
            onClick={() => {
              if (id === undefined) return
              setCleared({
                id,
                after: lines.at(-1)?.sequence ?? 0,
                notes: state === undefined ? 0 : notes(state).length
              })
              announce("The output was cleared; the log keeps it")
            }}
          >
            Clear Output
          </Button>
          <Button onClick={() => setSheet("help")}>Help</Button>
          <span className="sep" role="separator" aria-orientation="vertical" />
          <Button onClick={() => file.current?.click()}>Load Config</Button>
          <Button onClick={save}>Save Config</Button>
          <input
            ref={file}
            type="file"
            accept="application/json,.json"
            className="vh"
            tabIndex={-1}
            aria-label="Configuration file"
            onChange={(event) => {
              const chosen = event.target.files?.[0]
              event.target.value = ""
              if (chosen !== undefined) void load(chosen)
            }}
          />
        </div>
        <section className="out" aria-label="Output">
          <div className="cap">
            <b>Output</b>
            <span className="muted">
              {lines.length === 0 ? "empty" : DurationText.plural(dropped + lines.length, "line")}
            </span>
          </div>
          <CommandOutput items={items} label="Output of the command" />
          <Status said={said} state={state} asking={asking !== undefined} />
        </section>
        {stopping.dialog}
        {sheet === "help" ? <CommandHelp onClose={() => setSheet(undefined)} /> : undefined}
        {sheet === "load" ? (
          <LoadConfig onClose={() => setSheet(undefined)} onChoose={() => file.current?.click()} />
        ) : undefined}
      </div>
      <div className="stack side">
        <CommandSettings config={config} onChange={(changes) => setConfig({ ...config, ...changes })} />
        <RecentCommands
          recent={recent}
          current={id}
          onShow={(one) => (isRunning ? tell(texts.busy, "running") : show(one))}
        />
      </div>
    </main>
  )
}

/** The grace that a command was started with. */
const graceOf = (state: ExecutionState.ExecutionState | undefined): number | undefined => {
  const params = state?.params
  const grace =
    typeof params === "object" && params !== null && "graceMillis" in params ? params.graceMillis : undefined
  return typeof grace === "number" ? grace : undefined
}

const Status = ({
  asking,
  said,
  state
}: {
  readonly said: Said | undefined
  readonly state: ExecutionState.ExecutionState | undefined
  readonly asking: boolean
}) => {
  const running = state !== undefined && !ExecutionStatus.isEnded(state.status)
  const now = useNow(running ? "tenth" : "still")
  const end = state === undefined ? undefined : ending(state)
  const text =
    state === undefined
      ? ""
      : (end?.status ??
        (asking || state.status === "Interrupting" || state.status === "Terminating"
          ? texts.interrupting
          : texts.running))
  const kind =
    said !== undefined
      ? `s-${said.tone}`
      : state === undefined
        ? "s-waiting"
        : asking
          ? "s-interrupting"
          : end === undefined
            ? stateClass(state.status)
            : toneClass[toneOf(state)]
  return (
    <div className={`stat ${kind}`}>
      <span>
        <StopText text={said?.text ?? text} />
      </span>
      <span className="muted">{state === undefined ? "" : facts(state, now)}</span>
    </div>
  )
}

const toneClass = {
  stopping: "s-interrupted",
  completed: "s-completed",
  failed: "s-failed",
  terminated: "s-terminated"
} as const

/** `9.2 s · pid 51877`, `SIGTERM sent 0.1 s ago, SIGKILL in 0.4 s`, `after 9.6 s · exited on SIGTERM after 0.3 s`. */
const facts = (state: ExecutionState.ExecutionState, now: number): string => {
  const process = state.processes.findLast(({ attempt }) => attempt === state.attempt)
  const since = DurationText.short(Math.max(0, (state.endedAt ?? now) - state.attemptStartedAt))
  const { exited, signalled } = process ?? {}
  if (!ExecutionStatus.isEnded(state.status)) {
    if (signalled === undefined) return process === undefined ? since : `${since} · pid ${process.pid}`
    const sent = `${signalled.signal} sent ${DurationText.short(Math.max(0, now - signalled.at))} ago`
    const kill = signalled.killAt === undefined ? undefined : signalled.killAt - now
    return kill === undefined || kill <= 0 ? sent : `${sent}, SIGKILL in ${DurationText.short(kill)}`
  }
  if (state.status === "Completed") return `${since} · exit code ${exited?.exitCode ?? 0}`
  if (state.status === "Failed") return `after ${since}`
  const how =
    exited === undefined || signalled === undefined
      ? undefined
      : exited.exitCode === 0
        ? "stopped cleanly"
        : `exited on ${exited.signal ?? signalled.signal} after ${DurationText.short(Math.max(0, exited.at - signalled.at))}`
  return [`after ${since}`, how].filter((part) => part !== undefined).join(" · ")
}

export default CommandView
