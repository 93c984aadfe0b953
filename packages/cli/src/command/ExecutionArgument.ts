/**
 * The execution that a person names: its id, or the last characters of it, as listings show them.
 */
import { type ExecutionId, ExecutionsError, type Executions, type ExecutionSummary } from "@halte/engine/model"
import { Effect, Schema } from "effect"
import { Argument } from "effect/cli"
import * as CommandName from "../CommandName.ts"
import * as ListTable from "../view/ListTable.ts"

export const argument = Argument.String("id").pipe(
  Argument.withDescription("The id of an execution, or its last 4 characters or more")
)

/** The fewest characters that can name an execution. */
export const least = 4
/** Candidates that are listed. */
const most = 9

/** No execution, or more than one, is meant. */
export class ExecutionUnclear extends Schema.TaggedError<ExecutionUnclear>()("ExecutionUnclear", {
  code: Schema.Literals(["execution-not-found", "ambiguous-id", "usage"]),
  text: Schema.String,
  candidates: Schema.Array(Schema.String),
  /** What is added to commands that are shown. */
  again: Schema.Array(Schema.String)
}) {
  override get message() {
    const all = `\`${CommandName.line(["list", ...this.again])}\``
    switch (this.code) {
      case "usage":
        return `\`${this.text}\` is too short for an execution: give at least the last ${least} characters of its id. ${all} shows them.`
      case "execution-not-found":
        return `Execution \`${this.text}\` was not found. ${all} shows those that are here.`
      case "ambiguous-id":
        return [
          `\`${this.text}\` means more than one execution; give more of its id:`,
          ...this.candidates.map((line) => `  ${line}`)
        ].join("\n")
    }
  }
}

/** The ending that is looked for: capital letters, without what a listing puts before it. */
export const ending = (text: string): string => text.replace(/^(…|\.{2,3})/, "").toUpperCase()

/** Where executions are looked for, and what is added to commands that are shown. */
export interface Among {
  readonly executions: Executions.ExecutionsShape
  readonly again: ReadonlyArray<string>
}

/** Finds the one execution that is meant. */
export const resolve = (
  { again, executions }: Among,
  text: string
): Effect.Effect<ExecutionSummary.ExecutionSummary, ExecutionUnclear | ExecutionsError.Always> =>
  Effect.gen(function* () {
    const wanted = ending(text)
    if (wanted.length < least) return yield* new ExecutionUnclear({ code: "usage", text, candidates: [], again })
    const found = yield* executions.list({ ending: wanted, limit: most + 1 })
    const [only] = found
    if (only === undefined)
      return yield* new ExecutionUnclear({ code: "execution-not-found", text, candidates: [], again })
    if (found.length === 1) return only
    return yield* new ExecutionUnclear({
      code: "ambiguous-id",
      text,
      again,
      candidates: [
        ...found
          .slice(0, most)
          .map((summary) => `${summary.id}  ${ListTable.title(summary)}  ${summary.status.toLowerCase()}`),
        ...(found.length > most ? ["and more"] : [])
      ]
    })
  })

/** The same, when only the id is needed. */
export const id = (
  among: Among,
  text: string
): Effect.Effect<ExecutionId.ExecutionId, ExecutionUnclear | ExecutionsError.Always> =>
  Effect.map(resolve(among, text), (summary) => summary.id)
