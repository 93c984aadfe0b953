/**
 * `halte list`: the executions of the project, newest first.
 *
 * With `--json`: first `{"type":"stream","version":1}`, then one summary per line. Fields are only added within a version.
 */
import { FlowFile } from "@halte/flow-file"
import { type ListProgress, type Executions, ExecutionStatus, ExecutionSummary } from "@halte/engine/model"
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import { lines } from "../terminal/Output.ts"
import * as ListTable from "../view/ListTable.ts"
import { paint } from "../view/Look.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as StatusFlag from "./StatusFlag.ts"

const flags = {
  status: StatusFlag.flag,
  flow: Flag.String("flow").pipe(Flag.withDescription("Only those of this flow"), Flag.optional),
  before: Flag.String("before").pipe(
    Flag.withMetavar("id"),
    Flag.withDescription("Only those that started before this one"),
    Flag.optional
  ),
  limit: OutputFlags.whole("limit", 1).pipe(Flag.withDescription("At most so many (default 20)"), Flag.withDefault(20)),
  all: OutputFlags.switchFlag("all", "Executions of sub-flows, too: without, their parents stand for them"),
  ...ProjectFlag.flags,
  ...OutputFlags.plain
}

type Given = Command.Command.Config.Infer<typeof flags>

export const list = Command.make("list", flags, (given) =>
  ProjectFlag.using(given, (opened) =>
    Effect.gen(function* () {
      const { again, executions, now, output } = opened
      const status = yield* StatusFlag.parse(given.status, StatusFlag.any)
      const before = Option.isNone(given.before) ? undefined : yield* ExecutionArgument.id(opened, given.before.value)
      // One more than is shown tells whether there are older ones.
      const found = yield* executions.list({
        status,
        flow: Option.getOrUndefined(given.flow),
        before,
        // Who asks for a flow by its name means it wherever it ran.
        ...(given.all || Option.isSome(given.flow) ? undefined : { children: false }),
        limit: given.limit + 1
      })
      const shown = found.slice(0, given.limit)
      if (given.json) {
        lines(output, "stdout", [
          JSON.stringify({ type: "stream", version: 1 }),
          ...shown.map((summary) => JSON.stringify(encode(summary)))
        ])
        return ExitCode.completed
      }
      if (shown.length === 0) {
        lines(output, "stdout", yield* nothing(given, opened))
        return ExitCode.completed
      }
      const look = output.look("stdout")
      const listed = yield* withStates(executions, shown)
      lines(output, "stdout", ListTable.render({ look, columns: output.size().columns, now, listed }))
      if (found.length > shown.length)
        lines(output, "stdout", [
          "",
          paint(
            look,
            "dim",
            `${shown.length} shown. Older: ${CommandName.line(["list", ...filters(given), "--before", shown.at(-1)!.id, ...again])}`
          )
        ])
      return ExitCode.completed
    })
  )
).pipe(
  Command.withDescription("Executions, newest first"),
  Command.withExamples([
    { command: "halte list --status running,paused", description: "What is under way" },
    { command: "halte list --flow release --limit 5", description: "The last five of one flow" },
    { command: "halte list --json", description: "For programs: a JSON object per line" }
  ])
)

/** In one order of fields, wherever it comes from. */
const encode = Schema.encodeSync(ExecutionSummary.ExecutionSummary)

/** Executions under way whose states are read: those are few, and only they have a time left. */
const mostStates = 32

const withStates = (
  executions: Executions.ExecutionsShape,
  found: ReadonlyArray<ExecutionSummary.ExecutionSummary>
): Effect.Effect<ReadonlyArray<ListProgress.Listed>> => {
  const live = new Set(
    found
      .filter(({ status }) => !ExecutionStatus.isEnded(status) && status !== "Pending")
      .slice(0, mostStates)
      .map(({ id }) => id)
  )
  return Effect.forEach(
    found,
    (summary): Effect.Effect<ListProgress.Listed> =>
      live.has(summary.id)
        ? executions.get(summary.id).pipe(
            Effect.map((state): ListProgress.Listed => ({ summary, state })),
            // The line is there without it.
            Effect.catch(() => Effect.succeed<ListProgress.Listed>({ summary }))
          )
        : Effect.succeed({ summary }),
    { concurrency: 4 }
  )
}

const filters = (given: Given): ReadonlyArray<string> => [
  ...Option.match(given.status, { onNone: () => [], onSome: (status) => ["--status", status] }),
  ...Option.match(given.flow, { onNone: () => [], onSome: (flow) => ["--flow", flow] }),
  ...(given.all ? ["--all"] : []),
  ...(given.limit === 20 ? [] : ["--limit", String(given.limit)])
]

/** Nothing was found: how to get something. */
const nothing = Effect.fnUntraced(function* (
  given: Given,
  { again, executions, server }: Pick<ProjectFlag.Opened, "again" | "executions" | "server">
) {
  if (Option.isSome(given.status) || Option.isSome(given.flow) || Option.isSome(given.before))
    return [`No execution is like that. All of them: ${CommandName.line(["list", ...again])}`]
  if (server !== undefined) {
    const [flow] = yield* executions.flows
    return [
      "Nothing has been run there yet.",
      ...(flow === undefined ? [] : [`Start with:  ${CommandName.line(["run", flow.name, ...again])}`])
    ]
  }
  const [flow] = yield* FlowFile.list(process.cwd())
  return [
    "Nothing has been run here yet.",
    flow === undefined
      ? `Write a first flow:  ${CommandName.line(["init"])}`
      : `Start with:  ${CommandName.line(["run", flow.name, ...again])}`
  ]
})
