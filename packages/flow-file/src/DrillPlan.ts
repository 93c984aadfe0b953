/**
 * What a flow's author says about rehearsing it: `drill` of a flow file. It changes nothing about how the flow runs.
 *
 * @since 0.1.0
 */
import type { DeclaredSteps } from "./DeclaredSteps.ts"
import { quote, setOwn, toJson } from "./FileNode.ts"
import * as KeyTable from "./KeyTable.ts"
import type { ParamSpec } from "./ParamSpec.ts"
import type { Problems } from "./Problems.ts"
import * as Shape from "./Shape.ts"

/**
 * What a drill can find. The meaning of each is told by `Drill` of the SDK.
 *
 * @since 0.1.0
 */
export const findings = [
  "unstoppable",
  "late-stop",
  "orphan",
  "lost-item",
  "repeated-effect",
  "different-result",
  "half-done",
  "not-resumable",
  "needs-rerun",
  "clean-up-failed",
  "record-differs"
] as const

/**
 * The plan; what is absent is the drill's own choice.
 *
 * @since 0.1.0
 */
export interface DrillPlan {
  /** The directory that is copied, relative to the flow file. */
  readonly directory?: string | undefined
  readonly setup?: string | undefined
  readonly ignore?: ReadonlyArray<string> | undefined
  readonly compare?: ReadonlyArray<string> | undefined
  readonly params?: Readonly<Record<string, unknown>> | undefined
  readonly answers?: Readonly<Record<string, unknown>> | undefined
  readonly points?: number | "all" | undefined
  readonly allow?: ReadonlyArray<(typeof findings)[number]> | undefined
}

const whole = Shape.integer({ min: 1 })

const points: Shape.Shape<number | "all"> = {
  expected: "a whole number of at least 1, or `all`",
  read: (node, at) =>
    node._tag === "Scalar" && node.text === "all"
      ? "all"
      : node._tag === "Scalar" && typeof node.value === "number"
        ? whole.read(node, at)
        : Shape.wrong(node, at, "a whole number of at least 1, or `all`"),
  schema: (definitions) => ({ anyOf: [whole.schema(definitions), { const: "all" }] })
}

const patterns = Shape.list(Shape.text)

const values = (noun: string) => Shape.record(Shape.json, { pattern: /^[A-Za-z_][A-Za-z0-9_/-]*$/, noun })

export const table = {
  directory: {
    shape: Shape.text,
    description: "The directory that is copied, and in which the flow then works; relative to the flow file.",
    default: "the working directory"
  },
  setup: {
    shape: Shape.text,
    description: "A shell line that makes the copy ready, once, before the first execution."
  },
  ignore: {
    shape: patterns,
    description:
      "Patterns of paths that are neither copied nor compared. `.git` and `.halte` never are; `node_modules` are linked."
  },
  compare: { shape: patterns, description: "Patterns of the paths that are compared.", default: "all" },
  params: { shape: values("the name of a param"), description: "Params of the executions of a drill." },
  answers: {
    shape: values("the name of a gate"),
    description: "Answers to gates, by step.",
    default: "`true` where a gate only asks to approve"
  },
  points: {
    shape: points,
    description: "How many stopping points are tried, or `all`; of more, a sample.",
    default: "50"
  },
  allow: {
    shape: Shape.list(Shape.choice(...findings)),
    description: "Findings that are known and do not count."
  }
} satisfies KeyTable.Table

export type DrillFields = KeyTable.Fields<typeof table>

export const shape = KeyTable.keys("Drill", table)

/**
 * Makes the plan; names of params and steps that the flow does not have are problems.
 *
 * @since 0.1.0
 */
export const make = (
  fields: DrillFields,
  options: {
    readonly params: ReadonlyMap<string, ParamSpec>
    readonly steps: DeclaredSteps
    readonly problems: Problems
  }
): DrillPlan => {
  const { params, problems, steps } = options
  for (const { key } of fields.params?.value ?? [])
    if (!params.has(key.text))
      problems.error(key, "unknown-param", `\`drill\` gives a param ${quote(key.text)}, which the flow does not have.`)
  for (const { key } of fields.answers?.value ?? [])
    if (![...steps.byId.keys()].some((id) => id === key.text || id.endsWith(`/${key.text}`)))
      problems.error(key, "unknown-step", `\`drill\` answers ${quote(key.text)}, and the flow has no such step.`)
  return {
    directory: fields.directory?.value,
    setup: fields.setup?.value,
    ignore: fields.ignore?.value.map(({ value }) => value),
    compare: fields.compare?.value.map(({ value }) => value),
    params: record(fields.params?.value),
    answers: record(fields.answers?.value),
    points: fields.points?.value,
    allow: fields.allow?.value.map(({ value }) => value)
  }
}

const record = (
  entries: NonNullable<DrillFields["params"]>["value"] | undefined
): Readonly<Record<string, unknown>> | undefined => {
  if (entries === undefined) return undefined
  const made: Record<string, unknown> = {}
  for (const { key, value } of entries) setOwn(made, key.text, toJson(value))
  return made
}
