/**
 * Asks the worker for pictures, and keeps them: by what the flow is and which of its groups are closed. When the worker
 * can't, simple levels are drawn here.
 */
import type { FlowDescription } from "@halte/engine/model"
import { useEffect, useMemo, useState } from "react"
import { draw } from "./Layout.ts"
import * as Levels from "./LevelPlacement.ts"
import type { Picture } from "./Picture.ts"

type Flow = FlowDescription.FlowDescription

export interface Asked {
  readonly key: string
  readonly steps: Flow["steps"]
  readonly collapsed: ReadonlyArray<string>
}

export interface Drawn {
  readonly key: string
  readonly picture: Picture
}

/** Longer than dagre takes for the largest graphs that it is asked for. */
const patienceMillis = 8000
const keptPictures = 40

const pictures = new Map<string, Picture>()
const waiting = new Map<string, Array<(picture: Picture) => void>>()
let worker: Worker | undefined | null

const keep = (key: string, picture: Picture): void => {
  pictures.set(key, picture)
  const oldest = pictures.keys().next().value
  if (pictures.size > keptPictures && oldest !== undefined) pictures.delete(oldest)
  const all = waiting.get(key) ?? []
  waiting.delete(key)
  for (const tell of all) tell(picture)
}

const start = (): Worker | null => {
  try {
    const started = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" })
    started.addEventListener("message", ({ data }: MessageEvent<Drawn>) => keep(data.key, data.picture))
    // Whoever still waits is given levels by the timer; nobody waits for this one again.
    started.addEventListener("error", () => (worker = null))
    return started
  } catch {
    return null
  }
}

/** Only what a picture depends on: values and params may be large. */
const bare = (steps: Flow["steps"]): Flow["steps"] =>
  steps.map(({ after, id, kind, name, steps: inner }) => ({
    id,
    name,
    kind,
    after,
    ...(inner === undefined ? undefined : { steps: bare(inner) })
  }))

const ask = (key: string, flow: Flow, collapsed: ReadonlySet<string>): Promise<Picture> =>
  new Promise((resolve) => {
    const known = pictures.get(key)
    if (known !== undefined) return resolve(known)
    const others = waiting.get(key)
    if (others !== undefined) return void others.push(resolve)
    waiting.set(key, [resolve])
    if (worker === undefined) worker = start()
    const levels = () => {
      if (waiting.has(key)) keep(key, draw(flow, collapsed, Levels.place))
    }
    if (worker === null) return levels()
    worker.addEventListener("error", levels, { once: true })
    const timer = setTimeout(() => {
      worker?.terminate()
      worker = undefined
      levels()
    }, patienceMillis)
    waiting.get(key)?.push(() => clearTimeout(timer))
    const asked: Asked = { key, steps: bare(flow.steps), collapsed: [...collapsed] }
    worker.postMessage(asked)
  })

/** A picture of a flow. While another one is drawn the last one stays. */
export const useLayout = (flow: Flow, collapsed: ReadonlySet<string>): Picture | undefined => {
  const key = useMemo(() => `${flow.name} ${flow.fingerprint} ${[...collapsed].toSorted().join()}`, [flow, collapsed])
  const [drawn, setDrawn] = useState<Drawn>()
  const known = drawn?.key === key ? drawn.picture : pictures.get(key)
  useEffect(() => {
    let wanted = true
    void ask(key, flow, collapsed).then((picture) => {
      if (wanted) setDrawn((last) => (last?.picture === picture ? last : { key, picture }))
    })
    return () => {
      wanted = false
    }
    // The key says all that the picture depends on.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [key])
  return known ?? drawn?.picture
}
