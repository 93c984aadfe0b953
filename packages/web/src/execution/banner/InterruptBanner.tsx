/**
 * Interrupt requested: the lit sign above the driver. From the request to the stop it says who asked, what was promised
 * and what is waited for.
 */
import { type ExecutionState, type InterruptStrategy } from "@halte/engine/model"
import { useRef } from "react"
import { useNow } from "../../bridge/useNow.ts"
import type { Stopping } from "../../stopping/useStopping.tsx"
import { Button } from "../../ui/Button.tsx"
import { Glyph, stateClass } from "../../ui/Glyph.tsx"
import { Sign } from "../../ui/Icon.tsx"
import { useMedia } from "../useMedia.ts"
import { useFocusKept } from "../useFocusKept.ts"
import * as BannerText from "./BannerText.ts"

const now: InterruptStrategy.InterruptStrategy = { _tag: "FinishCurrent" }

export const InterruptBanner = ({
  state,
  stopping
}: {
  readonly state: ExecutionState.ExecutionState
  readonly stopping: Stopping
}) => {
  const still = useMedia("(prefers-reduced-motion: reduce)")
  const time = useNow(still ? "second" : "tenth")
  const deadline = BannerText.deadline(state)
  const passed = state.status === "Terminating" ? undefined : BannerText.passed(state, time)
  const half = BannerText.halfDone(state)
  const ref = useRef<HTMLDivElement>(null)
  useFocusKept(ref)
  return (
    <div className="lit live" role="status">
      <div className="flag">
        <Sign className="" />
      </div>
      <div className="msg">
        <h2>{BannerText.heading(state, deadline !== undefined && time > deadline + lateMillis)}</h2>
        <div className="wait" aria-live="off">
          {BannerText.rows(state, time).map(({ detail, label, status, steps }) => (
            <div key={`${label} ${steps}`} className="w-row">
              <span className={`state ${stateClass(status)}`}>
                <Glyph status={status} />
                {label}
              </span>
              <code>{steps}</code>
              <span className="d">{detail}</span>
            </div>
          ))}
        </div>
      </div>
      <div className="go" ref={ref}>
        {state.status === "Terminating" || stopping.pending === "terminate" ? (
          <Button pending>Terminating…</Button>
        ) : (
          <>
            {state.honoured?._tag === "PollNextN" ? (
              <Button kind="halt" icon="stop" onClick={() => stopping.interruptWith({ strategy: now })}>
                Interrupt now
              </Button>
            ) : undefined}
            <Button kind="force" icon="stop" shortcut="t" onClick={stopping.terminate}>
              Terminate now
            </Button>
          </>
        )}
        {half === "" ? undefined : <small>{half}</small>}
      </div>
      <div
        className="count-down"
        role="progressbar"
        aria-label="Time until stopped"
        aria-valuemin={0}
        aria-valuemax={100}
        {...(passed === undefined ? undefined : { "aria-valuenow": Math.round(passed * 100) })}
      >
        {passed === undefined ? undefined : <i style={{ width: `${passed * 100}%` }} />}
      </div>
    </div>
  )
}

/** Late is said when a person would notice. */
const lateMillis = 250
