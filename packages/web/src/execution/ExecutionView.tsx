/**
 * One execution: live while it runs, with everything that can be done to it; when it has ended, what came of it.
 */
import { type ExecutionState, ExecutionStatus, Waiting, Words } from "@halte/engine/model"
import { useEffect, useMemo, useRef, useState } from "react"
import { desktop } from "../desktop/Desktop.ts"
import { nothing, useViewing, viewing } from "../desktop/Viewing.ts"
import { type Feed, useExecution } from "../live/ExecutionFeed.ts"
import { go, Link } from "../route/Navigation.tsx"
import * as Route from "../route/Route.ts"
import { useTitle } from "../shell/useTitle.ts"
import { useStopping } from "../stopping/useStopping.tsx"
import { announce } from "../ui/Announcer.tsx"
import { copy } from "../ui/CopyButton.tsx"
import { hasSelection, isTyping, type Keys, onKeys } from "../ui/Keys.ts"
import { Empty, Problem } from "../ui/Notice.tsx"
import { HoldBanner } from "./banner/HoldBanner.tsx"
import { InterruptBanner } from "./banner/InterruptBanner.tsx"
import { LostBanner } from "./banner/LostBanner.tsx"
import { StepGraphView } from "./graph/StepGraphView.tsx"
import { Actions, canInterrupt, canPause, canResume, canTerminate } from "./header/Actions.tsx"
import { AfterMore } from "./header/AfterMore.tsx"
import { ExecutionHeader } from "./header/ExecutionHeader.tsx"
import { type MenuItem, MoreMenu } from "./header/MoreMenu.tsx"
import { HistoryView } from "./history/HistoryView.tsx"
import { LogView } from "./log/LogView.tsx"
import { StepPanel } from "./panel/StepPanel.tsx"
import { headline, plan } from "./report/Headline.ts"
import { Report } from "./report/Report.tsx"
import * as ReportText from "./report/ReportText.ts"
import { notStarted } from "./report/ResumeCard.tsx"
import { saveAs } from "./saveAs.ts"
import { StepsLine } from "./steps/StepsLine.tsx"
import { Timeline } from "./timeline/Timeline.tsx"
import { title } from "./Title.ts"
import { useMedia } from "./useMedia.ts"

interface ExecutionViewProps {
  readonly id: string
  readonly step: string | undefined
  readonly tab: Route.Tab
}

const ExecutionView = (props: ExecutionViewProps) => {
  const feed = useExecution(props.id)
  const { problem, state } = feed
  useViewing(problem?._tag === "ExecutionNotFound" ? nothing : viewing(props.id, state?.flow))
  if (state !== undefined) return <Execution {...props} feed={feed} state={state} />
  return (
    <main className="page" id="main" tabIndex={-1} aria-busy={problem === undefined}>
      {problem === undefined ? undefined : problem._tag === "ExecutionNotFound" ? (
        <NotFound id={props.id} />
      ) : (
        <Empty title={`The ${desktop === undefined ? "server" : "engine"} can't be reached`}>
          <p>{problem.message}</p>
          <p>Trying again. A lost connection stops nothing.</p>
        </Empty>
      )}
    </main>
  )
}

const NotFound = ({ id }: { readonly id: string }) => {
  useTitle("Not found · Halte")
  return (
    <Empty title="There is no such execution">
      <p>
        <code>{id}</code> was not found here. It may be of another project, or was removed by <code>halte prune</code>.
      </p>
      <p>
        <Link className="b" to={{ view: "executions" }}>
          All executions
        </Link>
      </p>
    </Empty>
  )
}

interface ExecutionProps extends ExecutionViewProps {
  readonly feed: Feed
  readonly state: ExecutionState.ExecutionState
}

const Execution = ({ feed, id, state, step, tab }: ExecutionProps) => {
  const ended = ExecutionStatus.isEnded(state.status)
  const stopping = useStopping(id, { name: state.flow, state })
  const narrow = useMedia("(max-width: 720px)")
  const [after, setAfter] = useState(false)
  const main = useRef<HTMLElement>(null)

  useTitle(title(state))
  useAnnounced(state)
  // Where it stopped is what everybody wants to see; what went well does not interrupt who looks at a step.
  useEnded(state, () => {
    if (tab === "steps" && step !== undefined && state.status !== "Completed")
      go(Route.execution(id), { replace: true, keepScroll: true })
  })
  const focused = useRef<Element | undefined>(undefined)
  const lostFocus = () => {
    const now = document.activeElement
    return focused.current?.isConnected === false && (now === null || now === document.body)
  }

  const select = (chosen: string | undefined) =>
    go(
      Route.execution(id, {
        step: chosen,
        tab: tab === "logs" || tab === "history" ? (ended ? "graph" : "steps") : tab
      }),
      {
        replace: true,
        keepScroll: true
      }
    )
  const report = () => void copy(ReportText.text(state), "report")
  const resume = () => {
    if (!ended) return void stopping.resume()
    // What has to be decided first is decided in the report.
    if (plan(state).needsRerun.length > 0) {
      go(Route.execution(id))
      requestAnimationFrame(() => document.querySelector<HTMLElement>(".decide input")?.focus())
      return
    }
    void stopping.resume().then((done) => {
      if (!done) go(Route.execution(id))
    })
  }

  const keys: Keys = {
    i: canInterrupt(state) ? stopping.interrupt : undefined,
    p: canPause(state) ? stopping.pause : undefined,
    t: canTerminate(state) ? stopping.terminate : undefined,
    r: canResume(state) ? resume : undefined,
    l: () => go(Route.execution(id, { tab: "logs", step })),
    g: () => go(Route.execution(id, { tab: ended ? "graph" : "steps", step })),
    c: () => void copy(id, "id"),
    Escape: () => {
      if (tab === "logs" || tab === "history") go(Route.execution(id, { step: tab === "logs" ? step : undefined }))
      else if (step !== undefined) select(undefined)
      else if (tab === "graph" && ended) go(Route.execution(id))
      else go({ view: "executions" })
    }
  }
  useInterruptKey(canInterrupt(state) ? stopping.interrupt : undefined)

  const items: ReadonlyArray<MenuItem> = [
    ...(canInterrupt(state) && state.strategy._tag !== "IgnoreInterruptions"
      ? [{ name: "Interrupt after more steps…", hint: "lets some still start", run: () => setAfter(true) }]
      : []),
    { name: "Copy id", hint: "c", run: () => void copy(id, "id") },
    ended
      ? state.status === "Completed"
        ? {
            name: "Copy show command",
            hint: `halte show ${short(id)}`,
            run: () => void copy(`halte show ${id}`, "command")
          }
        : {
            name: "Copy resume command",
            hint: `halte resume ${short(id)}`,
            run: () => void copy(`halte resume ${id}`, "command")
          }
      : {
          name: "Copy watch command",
          hint: `halte watch ${short(id)}`,
          run: () => void copy(`halte watch ${id}`, "command")
        },
    { name: "Open logs", hint: "l", run: () => go(Route.execution(id, { tab: "logs" })) },
    { name: "Open history", run: () => go(Route.execution(id, { tab: "history" })) },
    { name: "Save state as JSON", hint: `GET /executions/${short(id)}`, run: () => void saveState(id, state.flow) }
  ]
  const actions = (place: "head" | "dock") => (
    <Actions
      state={state}
      stopping={stopping}
      place={place}
      onCopyReport={report}
      onResume={resume}
      menu={<MoreMenu items={items} up={place === "dock"} />}
    />
  )
  const parts = { feed, state, selected: step, onSelect: select, keys }
  const reportShown = ended && tab === "steps" && step === undefined
  const working = tab === "graph" || (tab === "steps" && !reportShown)
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <main
      ref={main}
      className={working ? "execution working" : "execution"}
      id="main"
      tabIndex={-1}
      onKeyDown={onKeys(keys)}
      onFocus={({ target }) => {
        focused.current = target
      }}
    >
      <ExecutionHeader feed={feed} state={state} tab={tab} actions={narrow ? undefined : actions("head")} />
      {feed.connection === "lost" ? <LostBanner state={state} /> : undefined}
      {state.status === "Interrupting" || state.status === "Terminating" ? (
        <InterruptBanner state={state} stopping={stopping} />
      ) : (
        <HoldBanner state={state} />
      )}
      {stopping.problem === undefined || ended ? undefined : (
        <div className="refused">
          <Problem error={stopping.problem} onClose={stopping.clear} />
        </div>
      )}
      {tab === "logs" ? (
        <LogView state={state} step={step} keys={keys} />
      ) : tab === "history" ? (
        <HistoryView feed={feed} state={state} stopping={stopping} onResume={resume} />
      ) : reportShown ? (
        <Report
          key={state.attempt}
          feed={feed}
          state={state}
          stopping={stopping}
          lostFocus={lostFocus}
          timeline={narrow ? <StepsLine {...parts} /> : <Timeline {...parts} />}
        />
      ) : (
        <div className={step === undefined ? "work alone" : "work"}>
          {narrow ? (
            <StepsLine {...parts} />
          ) : (
            <>
              <StepGraphView {...parts} />
              <Timeline {...parts} />
            </>
          )}
          {step === undefined ? undefined : (
            <StepPanel feed={feed} state={state} id={step} onSelect={select} keys={keys} />
          )}
        </div>
      )}
      {narrow ? actions("dock") : undefined}
      {stopping.dialog}
      {after ? (
        <AfterMore
          name={state.flow}
          left={notStarted(state)}
          onAnswer={(n) => {
            setAfter(false)
            if (n !== undefined) stopping.interruptWith({ strategy: { _tag: "PollNextN", n } }, true)
          }}
        />
      ) : undefined}
    </main>
  )
}

const short = (id: string): string => `…${id.slice(-6)}`

/** What the server says, as any program would get it. */
const saveState = async (id: string, flow: string): Promise<void> => {
  try {
    const response = await fetch(`/executions/${encodeURIComponent(id)}`, { headers: { accept: "application/json" } })
    if (!response.ok) throw new Error(`${response.status}`)
    saveAs(`${flow}-${id}.json`, JSON.stringify(await response.json(), undefined, 2), "application/json")
  } catch {
    announce("The state could not be read from the server", "alert")
  }
}

/** Says what has happened to the execution, once. What the banners say they say themselves. */
const useAnnounced = (state: ExecutionState.ExecutionState): void => {
  const before = useRef(state)
  useEffect(() => {
    const was = before.current
    before.current = state
    if (was.status !== state.status) {
      if (state.status === "Failed") announce(`${state.flow}: ${headline(state)}`, "alert")
      else if (ExecutionStatus.isEnded(state.status))
        announce(`${state.flow} ${state.status.toLowerCase()}. ${headline(state)}`)
      else if (state.status === "Running") announce(`${state.flow} is running, ${Words.stepCount(state)}`)
    }
    for (const [id, step] of state.steps) {
      const old = was.steps.get(id)
      if (old === step) continue
      if (step.status === "Failed" && old?.status !== "Failed") announce(`Step ${id} failed`, "alert")
      else if (step.gate !== undefined && old?.gate === undefined) announce(`Step ${id} waits for a person`)
      else if (step.waits !== undefined && old?.waits === undefined)
        announce(`Step ${id} ${Waiting.text(step.waits, state.id)}`)
      else if (step.overdueMillis !== undefined && old?.overdueMillis === undefined)
        announce(`Step ${id} has not reached a stopping point`)
    }
  }, [state])
}

/** Tells the moment when the execution ends while it is looked at. */
const useEnded = (state: ExecutionState.ExecutionState, then: () => void): void => {
  const ended = ExecutionStatus.isEnded(state.status)
  const before = useRef(ended)
  const run = useRef(then)
  run.current = then
  useEffect(() => {
    if (ended && !before.current) run.current()
    before.current = ended
  }, [ended])
}

/** Ctrl+C interrupts, unless somebody copies or types. */
const useInterruptKey = (interrupt: (() => void) | undefined): void => {
  const run = useRef(interrupt)
  run.current = interrupt
  const handler = useMemo(
    () => (event: KeyboardEvent) => {
      if (event.key !== "c" || !event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
      if (event.defaultPrevented || hasSelection() || isTyping(event)) return
      if (run.current === undefined || document.querySelector("dialog[open]") !== null) return
      event.preventDefault()
      run.current()
    },
    []
  )
  useEffect(() => {
    addEventListener("keydown", handler)
    return () => removeEventListener("keydown", handler)
  }, [handler])
}

export default ExecutionView
