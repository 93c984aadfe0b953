/**
 * What a page has seen of its engine, beside how it is now: whether it ever ran here, so that there is something to read
 * while it doesn't, and how it was lost.
 */
import type { EngineState } from "./DesktopBridge.ts"

export interface EngineStory {
  readonly ran: boolean
  /** How it ended, and what ran then; kept after the restart. */
  readonly lost: Pick<Ended, "how" | "running"> | undefined
  /** How often that has happened: what is said of one time is not said of the next. */
  readonly times: number
  /** It is ended now: the same is told again when something else changes. */
  readonly isDown: boolean
}

type Ended = Extract<EngineState, { readonly _tag: "Ended" }>

export const initial: EngineStory = { ran: false, lost: undefined, times: 0, isDown: false }

export const follow = (story: EngineStory, engine: EngineState): EngineStory => {
  switch (engine._tag) {
    case "None":
      return initial
    case "Starting":
    case "Failed":
      return { ...story, isDown: false }
    case "Running":
      return { ...story, ran: true, isDown: false }
    case "Ended": {
      const { how, running } = engine
      return { ran: true, lost: { how, running }, times: story.times + (story.isDown ? 0 : 1), isDown: true }
    }
  }
}
