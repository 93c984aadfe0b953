/**
 * The stopping point before a step: a small ring once it is passed, the roundel while it is ahead, a large one where a
 * stop holds. Where no stop is possible there is none.
 */
import { Sign } from "../../ui/Icon.tsx"
import type { Stopping } from "./Stopping.ts"

const titles: Readonly<Record<Stopping, string>> = {
  passed: "Stopping point, passed",
  ahead: "Stopping point ahead",
  holds: "Stopping point, holds here"
}

export const StoppingMarker = ({
  at,
  moving,
  stopping
}: {
  readonly stopping: Stopping
  readonly at: "left" | "top" | number
  /** Whether it is about to hold, not holding already. */
  readonly moving: boolean
}) => {
  const size = stopping === "passed" ? " sm" : stopping === "holds" ? " big" : ""
  return (
    <span
      className={`mk${size}${typeof at === "string" ? ` at-${at}` : " on-bar"}`}
      data-stopping={stopping}
      title={titles[stopping]}
      aria-hidden="true"
      style={typeof at === "number" ? { left: `${at * 100}%` } : undefined}
    >
      {stopping === "holds" ? <i className={moving ? "ring halo" : "ring"} /> : undefined}
      {stopping === "passed" ? undefined : <Sign className="roundel" />}
    </span>
  )
}
