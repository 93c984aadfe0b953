// What may be said on the command line.
import { parseArgs } from "node:util"
import { durablePeers } from "./durable/Peer.mjs"
import { contenders as allContenders } from "./graphs/Contender.mjs"
import { graphs } from "./graphs/Graph.mjs"

export const usage = `npm run bench -- [options]

  --only NAMES        parts, separated by commas: ${Object.keys(graphs).join(", ")}, loop, latency, orphans, durable, http, check
  --contenders FILES  contenders beside the floor, by file name: Halte,EffectFibers
  --runs N            rounds, each a fresh process per measurement (default 5; with --quick 3)
  --quick             fewer rounds and warm runs, no packaged peers unless named
  --built             Halte from its dist folders (npm run build), not from its sources
  --json FILE         also write the raw results
`

/** Parts other than graphs. */
export const otherParts = ["loop", "latency", "orphans", "durable", "http", "check"]

/** Contenders that need nothing installed. */
const unpackaged = ["PlainPromises", "Halte", "HalteOrder", "EffectLayers", "EffectFibers", "EffectWorkflow"]

export const readOptions = (args) => {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      contenders: { type: "string" },
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      built: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", short: "h", default: false }
    }
  })
  const known = [...Object.keys(graphs), ...otherParts]
  const parts = values.only === undefined ? known : values.only.split(",")
  for (const part of parts)
    if (!known.includes(part))
      throw new Error(`\`--only\` names \`${part}\`, which is no part; parts: ${known.join(", ")}`)
  const rounds = values.runs === undefined ? (values.quick ? 3 : 5) : Number(values.runs)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`\`--runs\` is \`${values.runs}\`; it must be a whole number above 0`)
  const isSmall = values.quick && values.contenders === undefined
  const contenders = values.contenders?.split(",") ?? (isSmall ? unpackaged : undefined)
  const files = [...allContenders, ...durablePeers].map((contender) => contender.file)
  for (const name of contenders ?? [])
    if (!files.includes(name))
      throw new Error(`\`--contenders\` names \`${name}\`, which is no contender; contenders: ${files.join(", ")}`)
  return {
    help: values.help,
    parts,
    rounds,
    quick: values.quick,
    built: values.built,
    json: values.json,
    contenders,
    // The server is measured beside a bare one of Node, `check` beside the parser that it has itself.
    needsPeers:
      parts.some((part) => part !== "http" && part !== "check") &&
      (contenders === undefined ||
        contenders.some((name) => !unpackaged.includes(name)) ||
        parts.some((part) => part === "latency" || part === "orphans")),
    capMillis: values.quick ? 20_000 : 60_000
  }
}
