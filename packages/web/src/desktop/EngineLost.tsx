/**
 * The engine of this window has ended without having been asked to: what that means, and the way back. The page below
 * stays as it was, to be read.
 */
import { DurationText, Words } from "@halte/engine/model"
import { Atom } from "effect/reactivity"
import { type ReactNode, useEffect, useRef } from "react"
import { set, useAtomValue } from "../bridge/Registry.ts"
import { announce } from "../ui/Announcer.tsx"
import { Button } from "../ui/Button.tsx"
import { Icon } from "../ui/Icon.tsx"
import { Problem } from "../ui/Notice.tsx"
import { useEngineStory, useDesktop } from "./Desktop.ts"
import type { EngineState } from "./DesktopBridge.ts"
import { AgainButtons } from "./EngineStart.tsx"
import { RecoveredList } from "./RecoveredList.tsx"
import { useCall } from "./useCall.ts"

/** What was taken away is not shown again: the executions that were found, or how often the engine was back. */
const closed = Atom.keepAlive(Atom.make(""))

export const EngineLost = () => {
  const engine = useDesktop()?.engine
  const story = useEngineStory()
  const gone = useAtomValue(closed)
  const ref = useRef<HTMLElement>(null)
  const tag = engine?._tag
  // Whoever pressed one of its buttons stays here when they are replaced.
  const inside = useRef(false)
  useEffect(() => {
    if (inside.current && document.activeElement === document.body) ref.current?.focus()
    document.documentElement.toggleAttribute("data-still", tag === "Ended" || tag === "Failed")
  }, [tag])
  useEffect(() => {
    if (tag === "Running" && story.times > 0) announce("The engine runs again")
  }, [tag, story.times])

  if (engine === undefined || !story.ran) return undefined
  const said = content(engine, story, gone)
  if (said === undefined) return undefined
  return (
    <section
      className="engine"
      aria-label="Engine"
      ref={ref}
      tabIndex={-1}
      onFocus={() => {
        inside.current = true
      }}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (relatedTarget !== null) inside.current = currentTarget.contains(relatedTarget)
      }}
    >
      {said}
    </section>
  )
}

const content = (
  engine: EngineState,
  story: ReturnType<typeof useEngineStory>,
  gone: string
): ReactNode | undefined => {
  switch (engine._tag) {
    case "None":
      return undefined
    case "Ended":
      return <Ended how={engine.how} running={engine.running} />
    case "Starting":
      return (
        <div className="eng s-running" role="status">
          <Icon name="loop" />
          <div className="msg">
            <h2>The engine is starting again…</h2>
            <p>What is shown here is from before.</p>
          </div>
        </div>
      )
    case "Failed":
      return (
        <div className="eng s-failed" role="alert">
          <Icon name="warning" />
          <div className="msg">
            <h2>The engine could not be started again</h2>
            <p>
              {engine.message} <code>{engine.code}</code>
            </p>
          </div>
          <div className="go">
            <AgainButtons />
          </div>
        </div>
      )
    case "Running": {
      const key = [story.times, ...engine.recovered.map(({ execution }) => execution)].join(" ")
      if (gone === key || (engine.recovered.length === 0 && story.lost === undefined)) return undefined
      return (
        <div className="eng found">
          <Icon name={engine.recovered.length === 0 ? "check" : "resume"} />
          <div className="msg">
            <h2>
              {story.lost === undefined
                ? `${DurationText.plural(engine.recovered.length, "execution")} ${engine.recovered.length === 1 ? "was" : "were"} found without an engine`
                : "The engine runs again"}
            </h2>
            <p>
              {engine.recovered.length === 0
                ? "Nothing had been left half-way."
                : "What had been done is recorded. Each is Interrupted until it is resumed."}
            </p>
            {engine.recovered.length === 0 ? undefined : <RecoveredList recovered={engine.recovered} />}
          </div>
          <div className="go">
            <Button small kind="quiet" onClick={() => set(closed, key)}>
              Close
            </Button>
          </div>
        </div>
      )
    }
  }
}

const Ended = ({ how, running }: { readonly how: string; readonly running: ReadonlyArray<string> }) => {
  const { clear, give, pending, problem } = useCall()
  const restart = (resume: boolean) =>
    give(resume ? "resume" : "plain", (bridge) => bridge.call("restartEngine", { resume }))
  return (
    <div className="eng s-failed" role="alert">
      <Icon name="warning" />
      <div className="msg">
        <h2>The engine has ended</h2>
        <p>
          It {how}. {running.length === 0 ? "Nothing was running." : `What ran then: ${Words.list(running, 6)}.`} What
          is shown here is from before; what was done is recorded.
          {running.length === 0 ? "" : " Programs that were left running are ended by the restart."}
        </p>
        {problem === undefined ? undefined : <Problem error={problem} onClose={clear} />}
      </div>
      <div className="go">
        {running.length === 0 ? undefined : (
          <Button
            kind="primary"
            icon="resume"
            pending={pending === "resume"}
            disabled={pending !== undefined}
            onClick={() => restart(true)}
          >
            {pending === "resume" ? "Restarting…" : "Restart and resume"}
          </Button>
        )}
        <Button
          kind={running.length === 0 ? "primary" : undefined}
          pending={pending === "plain"}
          disabled={pending !== undefined}
          onClick={() => restart(false)}
        >
          {pending === "plain" ? "Restarting…" : "Restart"}
        </Button>
      </div>
    </div>
  )
}
