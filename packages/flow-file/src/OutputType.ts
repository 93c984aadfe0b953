/**
 * What expressions know of the outputs of steps: the CEL type of each kind's, fields included.
 *
 * @since 0.1.0
 */
import type { Environment } from "@marcbachmann/cel-js"
import type { DeclaredStep } from "./DeclaredSteps.ts"

const loopParts = {
  Results: { results: "list<dyn>" },
  Failures: { failures: "list<FailedItem>" }
} as const
type LoopPart = keyof typeof loopParts

/** The type of a loop's output by what it gives besides its counts. */
const loopType = (parts: ReadonlyArray<LoopPart>): string =>
  parts.length === 0 ? "ForEachOutput" : `ForEachOutputWith${parts.join("And")}`

/**
 * Adds the types to an environment.
 *
 * @since 0.1.0
 */
export const register = (environment: Environment): Environment => {
  environment
    .registerType("ProcessOutput", { fields: { exitCode: "int", value: "dyn" } })
    .registerType("HttpOutput", { fields: { status: "int", headers: "map<string, string>", body: "dyn" } })
    .registerType("FailedItem", { fields: { index: "int", item: "dyn", code: "string", exitCode: "int" } })
  for (const parts of [[], ["Results"], ["Failures"], ["Results", "Failures"]] as ReadonlyArray<
    ReadonlyArray<LoopPart>
  >)
    environment.registerType(loopType(parts), {
      fields: Object.assign({ count: "int", failed: "int" }, ...parts.map((part) => loopParts[part]))
    })
  return environment
}

/**
 * The CEL type of a step's output; of a map that is a list of those of its steps.
 *
 * @since 0.1.0
 */
export const of = (step: DeclaredStep, isMap: boolean): string => (isMap ? `list<${typeOf(step)}>` : typeOf(step))

const typeOf = ({ fields, kind }: DeclaredStep): string => {
  const loop = fields["for-each"]?.value
  if (loop !== undefined)
    return loopType([
      ...(loop.collect?.value === true ? (["Results"] as const) : []),
      ...(loop["on-item-failure"]?.value === "continue" ? (["Failures"] as const) : [])
    ])
  switch (kind) {
    case "run":
      return "ProcessOutput"
    case "http":
      return "HttpOutput"
    case "gate":
      return "bool"
    case "steps":
    case "flow":
      return "map<string, dyn>"
    default:
      return "dyn"
  }
}
