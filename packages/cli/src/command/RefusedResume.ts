/**
 * A resume, or an undo, that was refused for a reason that a person can decide about: which definition counts, what may run twice, a
 * secret that is not kept. Where nobody can be asked the refusal stands, with the flag that would decide.
 */
import { type Executions, ExecutionsError, Words } from "@halte/engine/model"
import { ParamSpec } from "@halte/flow-file"
import { Effect, Result } from "effect"
import { Ask } from "../input/Ask.ts"
import { lines, type Output } from "../terminal/Output.ts"
import * as ChangesView from "../view/ChangesView.ts"

export interface Refused<Request> {
  readonly output: Output
  readonly refused: ExecutionsError.CommandRefused
  readonly request: Request
  readonly specs: ReadonlyArray<ParamSpec.ParamSpec>
  /** Whether a person may be asked. */
  readonly ask: boolean
}

/** The request to try next, or the refusal again. */
export const decide = Effect.fnUntraced(function* <
  Request extends Pick<Executions.ResumeRequest, "definition" | "params" | "rerun">
>({ ask, output, refused, request, specs }: Refused<Request>) {
  const person = yield* Ask
  if (!ask || !person.someone()) return yield* Effect.fail(withVariables(refused, specs))
  switch (refused.code) {
    case "definition-changed": {
      if (request.definition !== undefined) return yield* Effect.fail(refused)
      lines(output, "stderr", [
        "The flow has changed since this execution began:",
        ...(refused.changes === undefined || refused.changes.length === 0
          ? [`  ${refused.detail ?? "its definition is another one."}`]
          : ChangesView.render({ look: output.look("stderr"), columns: output.size().columns }, refused.changes))
      ])
      const definition = yield* person.select<"stored" | "current" | "none">("Which definition counts?", [
        {
          title: "stored",
          value: "stored",
          description: refused.command === "undo" ? "undo as it says there" : "go on as it began"
        },
        {
          title: "current",
          value: "current",
          description:
            refused.command === "undo" ? "undo as it says now" : "changed steps, and what comes after them, run again"
        },
        { title: "neither", value: "none", description: "leave it as it is" }
      ])
      if (definition === "none") return yield* Effect.fail(refused)
      return { ...request, definition }
    }
    case "needs-rerun": {
      const steps = refused.steps ?? []
      const names = Words.list(
        steps.map((step) => `\`${step}\``),
        5
      )
      const one = steps.length === 1
      lines(output, "stderr", [`${names} began, did not complete, and ${one ? "is" : "are"} not idempotent.`])
      const sure = yield* person.confirm(`Run ${one ? "it" : "them"} again?`)
      if (!sure) return yield* Effect.fail(refused)
      return { ...request, rerun: [...(request.rerun ?? []), ...steps] }
    }
    case "secret-missing": {
      const missing = secretsOf(refused, specs)
      const given: Record<string, unknown> = { ...(request.params as Record<string, unknown> | undefined) }
      // Asked once: what is refused all the same is not what the flow wants.
      if (missing.every((spec) => spec.name in given)) return yield* Effect.fail(refused)
      for (const spec of missing) {
        const text = yield* person.hidden(
          `${spec.name}${spec.description === undefined ? "" : ` (${spec.description.replace(/\.$/, "")})`}`
        )
        const value = ParamSpec.fromText(spec, text)
        if (Result.isFailure(value)) return yield* Effect.fail(refused)
        given[spec.name] = value.success
      }
      return { ...request, params: given }
    }
    default:
      return yield* Effect.fail(refused)
  }
})

/** A missing secret with the variable that it may come from, where the flow names one. */
const withVariables = (
  refused: ExecutionsError.CommandRefused,
  specs: ReadonlyArray<ParamSpec.ParamSpec>
): ExecutionsError.CommandRefused => {
  if (refused.code !== "secret-missing") return refused
  const variables = secretsOf(refused, specs).flatMap(({ env, name }) =>
    env === undefined ? [] : [`\`${name}\` comes from \`${env}\` in the environment.`]
  )
  return variables.length === 0
    ? refused
    : new ExecutionsError.CommandRefused({ ...refused, detail: variables.join(" ") })
}

/** The secrets that a refusal names, or all of them where it names none. */
export const secretsOf = (
  { detail = "", steps = [] }: Pick<ExecutionsError.CommandRefused, "detail" | "steps">,
  specs: ReadonlyArray<ParamSpec.ParamSpec>
): ReadonlyArray<ParamSpec.ParamSpec> => {
  const secrets = specs.filter((spec) => spec.secret)
  const named = secrets.filter(({ name }) => steps.includes(name) || detail.includes(`\`${name}\``))
  return named.length > 0 ? named : secrets
}
