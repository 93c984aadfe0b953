import * as DrillPlan from "../../src/DrillPlan.ts"
import * as FlowKeys from "../../src/FlowKeys.ts"
import type { Key, Table } from "../../src/KeyTable.ts"
import type { JsonSchema } from "../../src/Shape.ts"
import * as KeyPages from "./KeyPages.ts"

const tables: ReadonlyArray<readonly [title: string, intro: string, table: Table]> = [
  ["The flow", "Keys at the top of the file.", FlowKeys.flowTable],
  ["`on-interrupt: { … }` of the flow", "", FlowKeys.strategyTable],
  ["`limits`", "Each limit is a number, or a map of these keys.", FlowKeys.limitTable],
  ["`params`", "Each param is a map of these keys; `name: {}` is a text that must be given.", FlowKeys.paramTable],
  [
    "Steps",
    `A step has exactly one of ${FlowKeys.kindKeys.map((k) => `\`${k}\``).join(", ")}. The last column says which of these a key goes with.`,
    FlowKeys.stepTable
  ],
  ["`for-each`", "", FlowKeys.forEachTable],
  ["`map`", "", FlowKeys.mapTable],
  ["`in: { … }`", `Exactly one of ${FlowKeys.itemsKinds.map((k) => `\`${k}\``).join(", ")}.`, FlowKeys.itemsTable],
  ["`retry`", "", FlowKeys.retryTable],
  ["`gate: { … }`", "", FlowKeys.gateTable],
  ["`http`", "", FlowKeys.httpTable],
  ["`output: { … }`", "Exactly one of `file` and `regex`.", FlowKeys.outputTable],
  ["`clean-up` and `undo`", "Exactly one of `run` and `use`.", FlowKeys.actionTable],
  ["`clean-up` of a step", "These as well.", { always: FlowKeys.cleanUpTable.always }],
  ["`drill`", "How `halte drill` rehearses the flow; an execution takes no notice of it.", DrillPlan.table]
]

/** The tables of the reference, as the loader has them. */
export const make = (): string => tables.map(([title, intro, table]) => section(title, intro, table)).join("\n")

const section = (title: string, intro: string, table: Table): string => {
  const kinds = Object.values(table).some((key) => key.kinds !== undefined)
  const head = kinds
    ? "| Key | Holds | Default | Meaning | With |\n|---|---|---|---|---|"
    : "| Key | Holds | Default | Meaning |\n|---|---|---|---|"
  // Keys of a map within a step are told of where the map is.
  const map = /^`([a-z-]+)/.exec(title)?.[1]
  const whole = map === "in" ? "for-each" : map
  const rows = Object.entries(table).map(([name, key]) => {
    const page = KeyPages.of(whole ?? name)
    const cells = [
      `${page === undefined ? `\`${name}\`` : `[\`${name}\`](keys/${page})`}${key.required === true ? ", needed" : ""}`,
      holds(key),
      key.default === undefined ? "" : cell(key.default),
      cell(key.description)
    ]
    if (kinds)
      cells.push(
        key.kinds?.map((k) => `\`${k}\``).join(", ") ??
          ([...FlowKeys.kindKeys, ...FlowKeys.itemsKinds].includes(name as never) ? "" : "all")
      )
    return `| ${cells.join(" | ")} |`
  })
  return `### ${title}\n${intro === "" ? "" : `\n${intro}\n`}\n${head}\n${rows.join("\n")}\n`
}

const cell = (text: string): string => text.replaceAll("|", "\\|")

const holds = (key: Key<unknown>): string => cell(text(key.shape.schema(new Map())))

const text = (schema: JsonSchema): string => {
  const alternatives = (schema["anyOf"] ?? schema["oneOf"]) as ReadonlyArray<JsonSchema> | undefined
  if (alternatives !== undefined)
    return [...new Set(alternatives.filter((a) => a["const"] === undefined).map(text))].join(", or ")
  const reference = schema["$ref"]
  if (reference === "#/$defs/steps") return "steps by name"
  if (reference === "#/$defs/returns") return "a JSON Schema"
  if (reference !== undefined) return "a clean-up"
  const words = schema["enum"] as ReadonlyArray<string> | undefined
  if (words !== undefined) return words.map((w) => `\`${w}\``).join(" ")
  if (schema["type"] === "array") return "a list"
  if (schema["type"] === "object") return schema["title"] === undefined ? "a map" : "a map, see below"
  if (schema["type"] === "integer") return "a whole number"
  if (schema["type"] === "boolean") return "`true` `false`"
  const pattern = String(schema["pattern"] ?? "")
  if (pattern.includes("KiB")) return "a size"
  if (pattern.includes("ms")) return "a duration"
  if (pattern.startsWith("^[a-z]")) return "a name"
  return schema["type"] === undefined ? "any value" : "a text"
}
