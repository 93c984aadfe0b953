/**
 * A step on the graph: a button with its state in word, glyph, border and colour. A group is a box around its steps, or
 * a step like others while it is closed.
 */
import type { Node, NodeProps } from "@xyflow/react"
import { memo, type ReactNode, useEffect, useRef } from "react"
import { useNow } from "../../bridge/useNow.ts"
import { Glyph, stateClass } from "../../ui/Glyph.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { type StepView, useStepView } from "../steps/LiveSteps.ts"
import { StepIcon } from "../steps/StepIcon.tsx"
import { closedParts, describe, label, name, pace, parts } from "../steps/StepWords.ts"
import { useGraph } from "./GraphContext.ts"
import { useMark } from "./Marks.ts"
import type { Box } from "./Picture.ts"
import { atEntry } from "./Stopping.ts"
import { StoppingMarker } from "./StoppingMarker.tsx"

export type StepNodeData = Node<{ readonly box: Box }, "step">

export const StepNode = memo(({ data: { box } }: NodeProps<StepNodeData>) => <StepBox box={box} />)

/** What is drawn in the box of a step or a group. */
export const StepBox = ({ box }: { readonly box: Box }) => {
  const { live } = useGraph()
  const view = useStepView(live, box.id)
  if (view === undefined) return null
  return (
    <>
      {box.open === true ? <OpenGroup box={box} view={view} /> : <Closed box={box} view={view} />}
      <Entry box={box} view={view} />
    </>
  )
}

const moves = (view: StepView): boolean =>
  view.execution.status === "Interrupting" || view.execution.status === "Pausing"

const Entry = ({ box, view }: { readonly box: Box; readonly view: StepView }) => {
  const { far } = useGraph()
  const stopping = atEntry(view)
  // From far away only where it holds can be told apart.
  return stopping === undefined || (far && stopping !== "holds") ? null : (
    <StoppingMarker stopping={stopping} at={box.entry} moving={moves(view)} />
  )
}

interface StepButtonProps {
  readonly view: StepView
  readonly className: string
  readonly children: ReactNode
  readonly title?: string | undefined
}

const StepButton = ({ children, className, title, view }: StepButtonProps) => {
  const { marks, onSelect, takeFocus } = useGraph()
  const { id } = view.place.step
  const selected = useMark(marks, "selected", id)
  const current = useMark(marks, "current", id)
  const ref = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (ref.current !== null) takeFocus(id, ref.current)
  }, [id, takeFocus])
  return (
    <button
      ref={ref}
      type="button"
      className={className}
      data-step={id}
      data-status={view.status}
      aria-current={selected ? "true" : undefined}
      tabIndex={current ? 0 : -1}
      title={title}
      onClick={() => onSelect(id)}
      onFocus={() => marks.set("current", id)}
    >
      {/* What ticks is seen; what is heard stands still. */}
      <span className="vh">{name(view)}</span>
      <span className="face" aria-hidden="true">
        {children}
      </span>
    </button>
  )
}

/** How the button that opens and closes a group is named, where it is to have the focus. */
export const foldOf = (group: string): string => `fold ${group}`

const Toggle = ({ open, view }: { readonly open: boolean; readonly view: StepView }) => {
  const { marks, onToggle, takeFocus } = useGraph()
  const { step } = view.place
  const current = useMark(marks, "current", step.id)
  const ref = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (ref.current !== null) takeFocus(foldOf(step.id), ref.current)
  }, [step.id, takeFocus])
  return (
    <button
      ref={ref}
      type="button"
      className="fold"
      aria-label={`Parts of ${step.id}`}
      aria-expanded={open}
      title={open ? "Collapse" : "Expand"}
      tabIndex={current ? 0 : -1}
      onClick={() => onToggle(step.id)}
    >
      <Icon small name={open ? "down" : "right"} />
    </button>
  )
}

const OpenGroup = ({ view }: { readonly box: Box; readonly view: StepView }) => (
  <div className={`group ${stateClass(view.status)}`}>
    <div className="n">
      <StepButton view={view} className="group-b" title={view.place.step.id}>
        <Glyph status={view.status} />
        <span className="t">{label(view.place.step)}</span>
        <small>{parts(view)}</small>
      </StepButton>
      <Toggle open view={view} />
    </div>
  </div>
)

const Closed = ({ box, view }: { readonly box: Box; readonly view: StepView }) => {
  const { far } = useGraph()
  const { step } = view.place
  const className = `node ${stateClass(view.status)}${step.steps === undefined ? "" : " closed"}`
  if (far)
    return (
      <StepButton view={view} className={`${className} far`} title={name(view)}>
        <Glyph status={view.status} />
      </StepButton>
    )
  return (
    <>
      <StepButton
        view={view}
        className={className}
        title={label(step) === step.name ? step.id : `${label(step)} (${step.id})`}
      >
        <span className="n">
          <Glyph status={view.status} />
          <span className="t">{label(step)}</span>
          {step.steps === undefined ? <StepIcon step={step} /> : undefined}
        </span>
        <Details box={box} view={view} />
      </StepButton>
      {box.open === false && (step.steps?.length ?? 0) > 0 ? <Toggle open={false} view={view} /> : undefined}
    </>
  )
}

const Details = ({ box, view }: { readonly box: Box; readonly view: StepView }) => {
  const { live } = useGraph()
  const now = useNow(pace(view))
  const { id } = view.place.step
  const text = describe(view, now, live.timeLeft(id, now))
  const loop = box.height > 60
  const narrow = box.width < 200
  // A part has room for one of the two: while it stops, for how long it has been stopping.
  const stop =
    narrow || (!loop && view.status === "Interrupting") ? "" : loop ? text.stop : text.stop.replace(/^stops /, "")
  const about = box.open === false ? closedParts(view) : narrow ? text.about.replace(/ of .*/, "") : text.about
  const bare = box.open === false && narrow
  const line = (
    <span className="split">
      {bare ? undefined : view.status === "Waiting" ? <span>{text.word}</span> : <b>{text.word}</b>}
      {about === "" ? undefined : <span className="t">{bare ? about : ` · ${about}`}</span>}
      {stop === "" ? undefined : <span className="stop">{stop}</span>}
    </span>
  )
  return (
    <>
      {loop ? <LoopBar view={view} fraction={text.fraction} /> : undefined}
      <span className="d" title={[text.word, about].filter((part) => part !== "").join(" · ")}>
        {line}
      </span>
      {loop || text.fraction === undefined ? undefined : (
        <span className="under">
          <i style={{ width: `${text.fraction * 100}%` }} />
        </span>
      )}
    </>
  )
}

/** The progress of a loop; its stopping points lie in it, the next one where it is. */
const LoopBar = ({ fraction, view }: { readonly view: StepView; readonly fraction: number | undefined }) => {
  const { execution, status } = view
  const held = status === "Interrupting" || status === "Interrupted" || status === "Paused"
  const possible = status === "Running" && execution.strategy._tag !== "IgnoreInterruptions"
  return (
    <span className="prog">
      <span className="bar stops">
        <i style={{ width: `${(fraction ?? (status === "Completed" ? 1 : 0)) * 100}%` }} />
        {fraction !== undefined && (held || possible) ? (
          <StoppingMarker stopping={held ? "holds" : "ahead"} at={fraction} moving={status === "Interrupting"} />
        ) : undefined}
      </span>
    </span>
  )
}
