/**
 * Halte is ending: what it waits for, how long that may take, and the way to end it now.
 */
import { Words } from "@halte/engine/model"
import { type ReactNode, useEffect, useId, useRef } from "react"
import { useNow } from "../bridge/useNow.ts"
import { useMedia } from "../execution/useMedia.ts"
import { useExecution } from "../live/ExecutionFeed.ts"
import { announce } from "../ui/Announcer.tsx"
import { Button } from "../ui/Button.tsx"
import { State } from "../ui/Glyph.tsx"
import { Sign } from "../ui/Icon.tsx"
import { Problem } from "../ui/Notice.tsx"
import type { WaitedFor } from "./DesktopBridge.ts"
import * as QuittingText from "./QuittingText.ts"
import { useCall } from "./useCall.ts"

/** `children` is what says it: the rest of the page is inert meanwhile. */
export const Quitting = ({
  children,
  quitting
}: {
  readonly quitting: QuittingText.Quitting
  readonly children: ReactNode
}) => {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  const title = QuittingText.title(quitting)
  const { clear, give, pending, problem } = useCall()
  useEffect(() => {
    const dialog = ref.current
    if (dialog === null) return
    // There is no way back from here: Esc closes nothing, however often it is pressed.
    dialog.setAttribute("closedby", "none")
    if (!dialog.open) dialog.showModal()
    // What scrolls and what ends are reached by Tab; pressing Enter at once ends nothing by force.
    dialog.focus()
    return () => dialog.close()
  }, [])
  useAnnounced(quitting)
  const terminating = quitting.phase === "Terminating"
  return (
    <dialog
      ref={ref}
      className="dialog wide quitting live"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      tabIndex={-1}
      onCancel={(event) => event.preventDefault()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div className="bd">
        <Sign className="picture" />
        <div>
          <h2 id={`${id}-title`}>{title}</h2>
          <p id={`${id}-text`}>{QuittingText.text(quitting)}</p>
        </div>
        <div className="more">
          <ul className="waited">
            {quitting.executions.map((waited) => (
              <Waited key={waited.execution} waited={waited} phase={quitting.phase} />
            ))}
          </ul>
          {problem === undefined ? undefined : <Problem error={problem} onClose={clear} />}
        </div>
      </div>
      <div className="ft">
        <span className="check">
          {terminating || quitting.executions.length === 0
            ? ""
            : `Terminate now may leave half done what is under way.${quitting.closes === "Window" ? "" : " Quitting again does the same."}`}
        </span>
        <Button
          kind="force"
          icon="stop"
          pending={terminating || pending !== undefined}
          disabled={quitting.executions.length === 0}
          onClick={() => give("terminate", (bridge) => bridge.call("terminateAll", null))}
        >
          {terminating ? "Terminating…" : "Terminate now"}
        </Button>
      </div>
      {children}
    </dialog>
  )
}

const mostSteps = 4

const Waited = ({ phase, waited }: { readonly waited: WaitedFor; readonly phase: QuittingText.Quitting["phase"] }) => {
  const { state } = useExecution(waited.execution)
  const still = useMedia("(prefers-reduced-motion: reduce)")
  const now = useNow(still ? "second" : "tenth")
  const { promise, status, steps } = QuittingText.row(waited, state, phase, now)
  return (
    <li>
      <State status={status} />
      <b title={waited.execution}>{waited.flow}</b>
      <span className="p">{promise}</span>
      <span className="d">
        {steps.length === 0 ? (
          ""
        ) : (
          <>
            waits for <code>{Words.list(steps, mostSteps)}</code>
          </>
        )}
      </span>
    </li>
  )
}

/** Says that it began, what has stopped, and that force is used; each once. */
const useAnnounced = (quitting: QuittingText.Quitting): void => {
  const before = useRef<QuittingText.Quitting>(undefined)
  useEffect(() => {
    const was = before.current
    before.current = quitting
    if (was === undefined) return announce(QuittingText.title(quitting))
    const now = new Set(quitting.executions.map(({ execution }) => execution))
    for (const { execution, flow } of was.executions) if (!now.has(execution)) announce(`${flow} has stopped`)
    if (was.phase !== quitting.phase && quitting.phase === "Terminating")
      announce("Terminating: what still runs is ended by force")
  }, [quitting])
}
