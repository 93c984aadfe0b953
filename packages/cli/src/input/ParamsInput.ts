/**
 * The params of a start, from the command line, a file and the environment, in this order of precedence. Every problem is
 * found, not only the first.
 */
import { ParamSpec } from "@halte/flow-file"
import { ControlSequences, StepId } from "@halte/engine/model"
import { Result } from "effect"

export interface GivenParams {
  /** Texts of the form `name=value`. */
  readonly pairs: ReadonlyArray<string>
  /** What a params file holds. */
  readonly file: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Params whose values can't be checked here, known ones and others: they are passed on. @default none */
  readonly isOpen?: ((name: string) => boolean) | undefined
}

export interface ParamProblem {
  /** The param, or the text that names none. */
  readonly name: string
  readonly detail: string
}

export interface CollectedParams {
  readonly values: Readonly<Record<string, unknown>>
  readonly problems: ReadonlyArray<ParamProblem>
  /** Required params that nobody gave. */
  readonly missing: ReadonlyArray<ParamSpec.ParamSpec>
}

export const collect = (specs: ReadonlyArray<ParamSpec.ParamSpec>, given: GivenParams): CollectedParams => {
  const values: Record<string, unknown> = {}
  const problems: Array<ParamProblem> = []
  const known = new Map(specs.map((spec) => [spec.name, spec]))
  const isOpen = given.isOpen ?? (() => false)

  const unknown = (name: string) => {
    const near = StepId.nearest(name, known.keys())
    const hint =
      near !== undefined
        ? ` Did you mean \`${near}\`?`
        : known.size === 0
          ? " The flow takes no params."
          : ` It takes ${[...known.keys()].map((k) => `\`${k}\``).join(", ")}.`
    problems.push({ name, detail: `is no param of this flow.${hint}` })
  }
  const put = (spec: ParamSpec.ParamSpec, value: Result.Result<unknown, string>) => {
    if (Result.isFailure(value)) problems.push({ name: spec.name, detail: `${value.failure}.` })
    else values[spec.name] = value.success
  }

  const taken = new Set<string>()
  const texts = new Map<string, Array<string>>()
  for (const pair of given.pairs) {
    const at = pair.indexOf("=")
    if (at <= 0) {
      problems.push({ name: pair, detail: "is not of the form name=value." })
      continue
    }
    const name = pair.slice(0, at)
    if (isOpen(name)) {
      taken.add(name)
      values[name] = fromAnyText(pair.slice(at + 1))
      continue
    }
    texts.set(name, [...(texts.get(name) ?? []), pair.slice(at + 1)])
  }
  for (const [name, all] of texts) {
    const spec = known.get(name)
    if (spec === undefined) {
      unknown(name)
      continue
    }
    taken.add(name)
    // A list grows with each mention; anything else given twice is a mistake that nobody should have to guess about.
    if (spec.type === "list" && all.length > 1) put(spec, Result.succeed(all))
    else if (all.length > 1) problems.push({ name, detail: `is given ${all.length} times.` })
    else put(spec, ParamSpec.fromText(spec, all[0]!))
  }
  for (const [name, value] of Object.entries(given.file)) {
    const spec = known.get(name)
    if (isOpen(name)) {
      if (!taken.has(name)) values[name] = value
      taken.add(name)
    } else if (spec === undefined) unknown(name)
    else if (!taken.has(name) && value !== undefined && value !== null) {
      taken.add(name)
      const problem = ParamSpec.check(spec, value)
      put(spec, problem === undefined ? Result.succeed(value) : Result.fail(problem))
    }
  }
  const missing: Array<ParamSpec.ParamSpec> = []
  for (const spec of specs) {
    if (taken.has(spec.name)) continue
    // As in the flow itself, an empty variable counts as not set.
    const text = spec.env === undefined ? undefined : given.env[spec.env] || undefined
    if (text !== undefined) {
      const value = ParamSpec.fromText(spec, text)
      put(
        spec,
        Result.mapError(value, (detail) => `${detail} (from the environment, \`${spec.env}\`)`)
      )
    } else if (spec.default === undefined && !spec.optional) missing.push(spec)
  }
  return { values, problems, missing }
}

/** A value of a type that nobody has said: JSON, or else text. */
const fromAnyText = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What is said about a required param that nobody gave. */
export const missingProblem = (spec: ParamSpec.ParamSpec): ParamProblem => ({
  name: spec.name,
  detail: `is missing${spec.description === undefined ? "" : `: ${spec.description.replace(/\.$/, "")}`}. Give it with \`--param ${spec.name}=…\`${spec.env === undefined ? "" : ` or \`${spec.env}\` in the environment`}.`
})

/** All problems in one text. */
export const problemText = (flow: string, problems: ReadonlyArray<ParamProblem>): ReadonlyArray<string> => [
  `Flow \`${flow}\` does not accept these params:`,
  ...problems.map((p) => ControlSequences.strip(`  \`${p.name}\` ${p.detail}`)),
  "(code: invalid-params)"
]

/** The lines of help about the params of a flow: name, type, default, environment, description. */
export const help = (specs: ReadonlyArray<ParamSpec.ParamSpec>): ReadonlyArray<string> => {
  const column = specs.reduce((most, spec) => Math.max(most, spec.name.length), 0) + 2
  return specs.map((spec) => {
    const facts = [
      spec.options === undefined
        ? spec.type
        : spec.options.map((o) => (typeof o === "string" ? o : JSON.stringify(o))).join("|"),
      spec.secret ? "secret" : "",
      spec.default !== undefined
        ? spec.secret
          ? "has a default"
          : `default ${typeof spec.default === "string" ? spec.default : JSON.stringify(spec.default)}`
        : spec.optional
          ? "optional"
          : "required",
      spec.env === undefined ? "" : `env ${spec.env}`,
      spec.pattern === undefined ? "" : `matches ${spec.pattern}`
    ].filter((fact) => fact !== "")
    const description =
      spec.description === undefined ? "" : `\n  ${" ".repeat(column)}${ControlSequences.strip(spec.description)}`
    return `  ${spec.name.padEnd(column)}${ControlSequences.strip(facts.join(", "))}${description}`
  })
}
