/**
 * What the parts of a graph share.
 */
import { createContext, useContext } from "react"
import type { LiveSteps } from "../steps/LiveSteps.ts"
import type { Marks } from "./Marks.ts"

export interface GraphParts {
  readonly live: LiveSteps
  readonly marks: Marks
  /** The picture is so small that words can't be read. */
  readonly far: boolean
  readonly onSelect: (step: string) => void
  readonly onToggle: (group: string) => void
  /** A step that is to have the focus as soon as it is there. */
  readonly takeFocus: (step: string, button: HTMLElement) => void
}

export const GraphContext = createContext<GraphParts | undefined>(undefined)

export const useGraph = (): GraphParts => {
  const parts = useContext(GraphContext)
  if (parts === undefined) throw new Error("A part of a graph is used outside of one.")
  return parts
}
