/**
 * What a step is: the picture that the flow gives it, or that of its kind.
 */
import type { FlowDescription } from "@halte/engine/model"
import { Icon, type IconName } from "../../ui/Icon.tsx"
import { picture } from "./StepWords.ts"

const icons: Readonly<Record<FlowDescription.StepKind, IconName>> = {
  function: "function",
  process: "process",
  worker: "gear",
  "for-each": "loop",
  map: "loop",
  group: "group",
  gate: "gate",
  sleep: "sleep",
  http: "http",
  flow: "right"
}

export const StepIcon = ({ step }: { readonly step: FlowDescription.StepDescription }) => {
  const own = picture(step)
  return own === undefined ? (
    <Icon name={icons[step.kind]} />
  ) : (
    <span className="i own" aria-hidden="true">
      {own}
    </span>
  )
}
