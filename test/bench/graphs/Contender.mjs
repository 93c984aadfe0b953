// Who is measured, and what each can express.
const all = ["layered", "chain", "fan", "grid", "wide", "chain-100k", "million"]
const small = ["layered", "chain", "fan", "grid"]

/**
 * `bodies`: what a step may be. `graphs`: where it is measured; `out` says why not elsewhere. `kind` tells the floor and
 * the bare formulations from packages that one installs to run graphs.
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
  { name: "async.auto", file: "AsyncAuto", kind: "package", bodies: ["value"], graphs: small },
  { name: "XState", file: "XState", kind: "package", bodies: ["value"], graphs: small },
  { name: "LangGraph", file: "LangGraph", kind: "package", bodies: ["value"], graphs: small },
  { name: "Mastra", file: "Mastra", kind: "package", bodies: ["value"], graphs: small }
]
