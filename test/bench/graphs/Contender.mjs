// Who is measured, and what each can express.
const all = ["small", "layered", "chain", "fan", "grid", "wide", "chain-100k", "million"]
const tenThousand = ["small", "layered", "chain", "fan", "grid"]

/**
 * `bodies`: what a step may be. `graphs`: where it is measured: those that need a minute for 10,000 steps are not asked
 * for more. `kind` tells the floor and the bare formulations from packages that one installs to run graphs.
 */
export const contenders = [
  { name: "plain promises", file: "PlainPromises", kind: "floor", bodies: ["value", "promise"], graphs: all },
  { name: "Halte", file: "Halte", kind: "halte", bodies: ["value", "effect", "promise"], graphs: all },
  { name: "Halte, `after` only", file: "HalteOrder", kind: "halte", bodies: ["value"], graphs: all },
  { name: "bare Effect, by layers", file: "EffectLayers", kind: "bare", bodies: ["value", "promise"], graphs: all },
  {
    name: "bare Effect, fiber per step",
    file: "EffectFibers",
    kind: "bare",
    bodies: ["value", "promise"],
    graphs: all
  },
  { name: "p-graph", file: "PGraph", kind: "package", bodies: ["value", "promise"], graphs: all },
  { name: "async.auto", file: "AsyncAuto", kind: "package", bodies: ["value"], graphs: tenThousand },
  { name: "XState", file: "XState", kind: "package", bodies: ["value"], graphs: tenThousand },
  { name: "LangGraph", file: "LangGraph", kind: "package", bodies: ["value"], graphs: tenThousand },
  { name: "Mastra", file: "Mastra", kind: "package", bodies: ["value"], graphs: tenThousand }
]
