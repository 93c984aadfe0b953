/**
 * The wires of a graph: green once the step before is over, dotted while it is ahead.
 */
import { memo, useCallback, useSyncExternalStore } from "react"
import type { LiveSteps } from "../steps/LiveSteps.ts"
import { useGraph } from "./GraphContext.ts"
import type { Picture, Wire } from "./Picture.ts"

/** Whether all that a wire comes from is over. */
const passed = (live: LiveSteps, { sources }: Wire): boolean =>
  sources.every((id) => {
    const status = live.view(id)?.status
    return status === "Completed" || status === "Skipped"
  })

const WirePath = memo(({ wire }: { readonly wire: Wire }) => {
  const { live } = useGraph()
  const subscribe = useCallback(
    (changed: () => void) => {
      const stops = wire.sources.map((id) => live.subscribe(id, changed))
      return () => {
        for (const stop of stops) stop()
      }
    },
    [live, wire]
  )
  const read = () => passed(live, wire)
  const done = useSyncExternalStore(subscribe, read, read)
  return (
    <path
      className={done ? "edge done" : "edge next"}
      d={wire.path}
      data-from={wire.from}
      data-to={wire.to}
      data-state={done ? "passed" : "ahead"}
    />
  )
})

export const WireLayer = memo(({ picture }: { readonly picture: Picture }) => (
  <svg className="edges" width={picture.width} height={picture.height} aria-hidden="true">
    {picture.wires.map((wire) => (
      <WirePath key={`${wire.from} ${wire.to}`} wire={wire} />
    ))}
  </svg>
))
