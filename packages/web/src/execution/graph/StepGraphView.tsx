/**
 * The steps of an execution as a picture, live: from left to right, groups around their steps. Moves and zooms by mouse,
 * fingers and keys; its twin for the keyboard and for who hears it is the tree of the timeline.
 */
import { ReactFlow, ReactFlowProvider, useReactFlow, useStore, ViewportPortal } from "@xyflow/react"
import "@xyflow/react/dist/base.css"
import { ExecutionStatus, type ExecutionState } from "@halte/engine/model"
import { type KeyboardEvent, memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react"
import type { Feed } from "../../live/ExecutionFeed.ts"
import { type Keys, onKeys } from "../../ui/Keys.ts"
import { useGroups } from "../steps/Groups.ts"
import { LiveSteps } from "../steps/LiveSteps.ts"
import { places, shownAs } from "../steps/StepRows.ts"
import { useStable } from "../steps/useStable.ts"
import { atFirst, farZoom, leastZoom, mostZoom, type Seen, showing, type Size, whole } from "./Fit.ts"
import { FarLayer } from "./FarLayer.tsx"
import { GraphContext, type GraphParts } from "./GraphContext.ts"
import { headHeight } from "./Layout.ts"
import { useLayout } from "./LayoutWorker.ts"
import { Legend } from "./Legend.tsx"
import { Marks } from "./Marks.ts"
import { type Direction, next } from "./Moves.ts"
import type { Picture } from "./Picture.ts"
import { foldOf, StepNode, type StepNodeData } from "./StepNode.tsx"
import { useSize } from "./useSize.ts"
import { WireLayer } from "./WireLayer.tsx"
import { Zoom } from "./Zoom.tsx"

export interface StepGraphProps {
  readonly feed: Feed
  readonly state: ExecutionState.ExecutionState
  readonly selected: string | undefined
  readonly onSelect: (step: string | undefined) => void
  readonly keys: Keys
}

export const StepGraphView = (props: StepGraphProps) => (
  <ReactFlowProvider>
    <Graph {...props} />
  </ReactFlowProvider>
)

const Graph = ({ feed, keys, onSelect, selected, state }: StepGraphProps) => {
  const canvas = useRef<HTMLDivElement>(null)
  const size = useSize(canvas)
  const { collapsed, toggle } = useGroups(state)
  const picture = useLayout(state.definition, collapsed)
  const [live] = useState(() => new LiveSteps())
  const [marks] = useState(() => new Marks())
  const [wanted] = useState<{ focus: string | undefined }>(() => ({ focus: undefined }))
  // Before anything is drawn: who reads a step finds it.
  if (!live.begun) live.show(feed, state)
  useLayoutEffect(() => live.show(feed, state), [live, feed, state])
  const all = places(state.definition)
  useLayoutEffect(() => {
    const at = selected === undefined || !all.has(selected) ? undefined : shownAs(all, collapsed, selected)
    marks.set("selected", at)
    const known = marks.get("current")
    if (at !== undefined) marks.set("current", at)
    else if (known === undefined || !all.has(known)) marks.set("current", state.definition.steps[0]?.id)
    else marks.set("current", shownAs(all, collapsed, known))
  }, [marks, selected, collapsed, all, state.definition])

  const { getViewport, setViewport, zoomIn, zoomOut } = useReactFlow()
  const focus = useCallback(
    (id: string) => {
      const box = picture?.boxes.find((other) => other.id === id)
      if (box === undefined) return
      wanted.focus = id
      marks.set("current", id)
      void setViewport(showing(getViewport(), size, box))
      const button = canvas.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)
      if (button === null || button === undefined) return
      wanted.focus = undefined
      button.focus({ preventScroll: true })
    },
    [getViewport, marks, picture, setViewport, size, wanted]
  )
  const takeFocus = useCallback(
    (id: string, button: HTMLElement) => {
      if (wanted.focus !== id) return
      wanted.focus = undefined
      button.focus({ preventScroll: true })
    },
    [wanted]
  )
  // Its button goes away with the group as it was, and is there again with what it becomes.
  const fold = useStable((group: string) => {
    if (canvas.current?.contains(document.activeElement) === true) wanted.focus = foldOf(group)
    toggle(group)
  })
  const select = useStable((id: string) => onSelect(id))
  const leave = useStable(() => onSelect(undefined))
  const far = useStore(({ transform }) => transform[2] < farZoom)
  const parts = useMemo(
    (): GraphParts => ({ live, marks, far, onSelect: select, onToggle: fold, takeFocus }),
    [live, marks, far, select, fold, takeFocus]
  )
  const fit = useCallback(() => {
    if (picture !== undefined) void setViewport(whole(picture, size))
  }, [picture, setViewport, size])

  const move = (direction: Direction) => () => {
    const from = marks.get("current")
    const to = picture === undefined || from === undefined ? undefined : next(picture, from, direction, headHeight)
    if (to !== undefined) focus(to)
  }
  const end = (id: string | undefined) => () => {
    if (id !== undefined) focus(id)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    onKeys({
      ...keys,
      ArrowLeft: move("left"),
      ArrowRight: move("right"),
      ArrowUp: move("up"),
      ArrowDown: move("down"),
      j: move("down"),
      k: move("up"),
      Home: end(picture?.boxes[0]?.id),
      End: end(picture?.boxes.at(-1)?.id),
      "+": () => void zoomIn(),
      "=": () => void zoomIn(),
      "-": () => void zoomOut(),
      "0": fit
    })(event)
  }
  const active = useMemo(
    () => [...state.steps.values()].find((step) => ExecutionStatus.isActive(step.status))?.id,
    // Only where the picture is shown first.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [picture]
  )
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={canvas}
      className={far ? "canvas live far" : "canvas live"}
      role="group"
      aria-label="Step graph"
      aria-busy={picture === undefined}
      onKeyDown={onKeyDown}
    >
      {picture === undefined || size.width === 0 || size.height === 0 ? undefined : (
        <GraphContext value={parts}>
          <Plane
            far={far}
            picture={picture}
            size={size}
            first={active === undefined ? undefined : shownAs(all, collapsed, active)}
            onLeave={leave}
          />
        </GraphContext>
      )}
      <Legend status={state.status} strategy={state.strategy} />
      <Zoom onIn={() => void zoomIn()} onOut={() => void zoomOut()} onFit={fit} />
    </div>
  )
}

const nodeTypes = { step: StepNode }
const noEdges: Array<never> = []
const noNodes: Array<StepNodeData> = []
const hidden = { hideAttribution: true }
/** From so many boxes on only those that are seen are there at all. */
const many = 250

interface PlaneProps {
  readonly far: boolean
  readonly picture: Picture
  readonly size: Size
  readonly first: string | undefined
  readonly onLeave: () => void
}

/** What moves and zooms. It is drawn anew only with another picture; steps and wires listen for themselves. */
const Plane = memo(({ far, first, onLeave, picture, size }: PlaneProps) => {
  const nodes = useMemo(
    () =>
      picture.boxes.map((box): StepNodeData => ({
        id: box.id,
        type: "step",
        position: { x: box.x, y: box.y },
        width: box.width,
        height: box.height,
        // Nothing has to be measured: of many boxes those that are not seen are never there.
        measured: { width: box.width, height: box.height },
        handles: [],
        data: { box },
        zIndex: box.open === true ? 0 : 2,
        // The button in it has role and name; the wrapper is only a place.
        domAttributes: { "aria-roledescription": undefined } as NonNullable<StepNodeData["domAttributes"]>
      })),
    [picture]
  )
  const initial = useRef<Seen>(undefined)
  initial.current ??= atFirst(
    picture,
    size,
    picture.boxes.find(({ id }) => id === first)
  )
  useSettledView(picture, size, initial.current)
  const overview = far && picture.boxes.length > many
  return (
    <ReactFlow
      aria-label="Picture of the steps"
      nodes={overview ? noNodes : nodes}
      edges={noEdges}
      nodeTypes={nodeTypes}
      defaultViewport={initial.current}
      minZoom={leastZoom}
      maxZoom={mostZoom}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      disableKeyboardA11y
      zoomOnScroll={false}
      zoomOnDoubleClick={false}
      preventScrolling={false}
      deleteKeyCode={null}
      selectionKeyCode={null}
      multiSelectionKeyCode={null}
      panActivationKeyCode={null}
      onlyRenderVisibleElements={picture.boxes.length > many}
      proOptions={hidden}
      onPaneClick={onLeave}
    >
      <ViewportPortal>
        <WireLayer picture={picture} />
        {overview ? <FarLayer picture={picture} /> : undefined}
      </ViewportPortal>
    </ReactFlow>
  )
})

/**
 * Nothing jumps: while nobody has moved the picture it is fitted anew when there is more or less room; when a group is
 * opened or closed the one thing that stays where it is, is that group.
 */
const useSettledView = (picture: Picture, size: Size, initial: Seen): void => {
  const { getViewport, setViewport } = useReactFlow()
  const shown = useRef({ picture, size, seen: initial })
  useEffect(() => {
    const last = shown.current
    if (last.picture === picture && last.size === size) return
    const seen = getViewport()
    const untouched = seen.x === last.seen.x && seen.y === last.seen.y && seen.zoom === last.seen.zoom
    let to: Seen = seen
    if (last.picture !== picture) {
      const opened = picture.boxes.find(
        ({ id, open }) => open !== undefined && last.picture.boxes.find((box) => box.id === id)?.open !== open
      )
      const before = last.picture.boxes.find(({ id }) => id === opened?.id)
      if (opened !== undefined && before !== undefined)
        to = {
          zoom: seen.zoom,
          x: seen.x + (before.x - opened.x) * seen.zoom,
          y: seen.y + (before.y - opened.y) * seen.zoom
        }
    } else if (untouched) to = atFirst(picture, size, undefined)
    void setViewport(to)
    shown.current = { picture, size, seen: untouched ? to : last.seen }
  }, [getViewport, setViewport, picture, size])
}
