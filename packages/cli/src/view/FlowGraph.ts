/**
 * The steps of a flow as a picture: text for Mermaid and for Graphviz, and a tree for a terminal.
 */
import type { FlowDescription } from "@halte/engine/model"
import * as DotGraph from "./DotGraph.ts"
import * as FlowPicture from "./FlowPicture.ts"
import type { Look } from "./Look.ts"
import * as MermaidGraph from "./MermaidGraph.ts"
import * as TextGraph from "./TextGraph.ts"

type Flow = FlowDescription.FlowDescription

/** Without `legend` what is drawn is not explained. @default with it */
export interface Options {
  readonly legend?: boolean | undefined
}

export const toMermaid = (flow: Flow, { legend }: Options = {}): string =>
  MermaidGraph.render(FlowPicture.make(flow), legend)

export const toDot = (flow: Flow, { legend }: Options = {}): string => DotGraph.render(FlowPicture.make(flow), legend)

/** The picture that Graphviz makes of it. */
export const withFonts = DotGraph.withFonts

export const toText = (
  flow: Flow,
  screen: { readonly look: Look; readonly columns: number },
  { legend }: Options = {}
): ReadonlyArray<string> => TextGraph.render(FlowPicture.make(flow), screen, legend)
