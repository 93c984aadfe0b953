/**
 * `halte prune`: forgets old executions. Those that have not ended always stay.
 *
 * With `--json`: one object, `{ dryRun, executions, bytes }`.
 */
import { DurationText, ExecutionStatus } from "@halte/engine/model"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import { lines } from "../terminal/Output.ts"
import * as ListTable from "../view/ListTable.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as ServerFlag from "./ServerFlag.ts"
import * as StatusFlag from "./StatusFlag.ts"

const units = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const

/** Milliseconds of `30d`, `12h`, `2w`. */
export const ageMillis = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)([wdhms])$/.exec(text.trim())
  return match === null ? undefined : Number(match[1]) * units[match[2] as keyof typeof units]
}

/** `48.2 MB`. */
export const bytesText = (bytes: number): string => {
  const [size, unit] =
    (
      [
        [1e9, "GB"],
        [1e6, "MB"],
        [1e3, "kB"]
      ] as const
    ).find(([size]) => bytes >= size) ?? ([1, "bytes"] as const)
  return `${size === 1 ? bytes : (bytes / size).toFixed(1)} ${unit}`
}

/** Executions that are named, before the rest is only counted. */
const mostNamed = 10

export const prune = Command.make(
  "prune",
  {
    olderThan: Flag.String("older-than").pipe(
      Flag.withMetavar("age"),
      Flag.filterMap(
        (text) => Option.fromUndefinedOr(ageMillis(text)),
        () => "Write an age such as 30d, 12h or 2w"
      ),
      Flag.withDescription("Only those that ended longer ago: 30d, 12h, 2w"),
      Flag.optional
    ),
    keep: OutputFlags.whole("keep", 0).pipe(
      Flag.withDescription("So many of the newest of each flow stay"),
      Flag.optional
    ),
    flow: Flag.String("flow").pipe(Flag.withDescription("Only those of this flow"), Flag.optional),
    status: StatusFlag.flag,
    dryRun: OutputFlags.switchFlag("dry-run", "Show what would go, remove nothing"),
    project: ProjectFlag.flag,
    ...OutputFlags.plain
  },
  (given) =>
    ProjectFlag.using(given, (opened) =>
      Effect.gen(function* () {
        yield* ServerFlag.refuseVariable(given, "executions of a server are removed where it runs")
        const { again, output } = opened
        const statuses = yield* StatusFlag.parse(given.status, ExecutionStatus.isEnded)
        if (Option.isNone(given.olderThan) && Option.isNone(given.keep) && statuses === undefined)
          return yield* new OutputFlags.UsageError({
            problem: `Say which executions go: \`${CommandName.line(["prune", "--older-than", "30d", ...again])}\`, or \`--keep 20\` for all but the newest 20 of each flow. Nothing was removed.`
          })
        const { bytes, executions } = yield* opened.prune({
          olderThanMillis: Option.getOrUndefined(given.olderThan),
          keepLast: Option.getOrUndefined(given.keep),
          statuses,
          flow: Option.getOrUndefined(given.flow),
          dryRun: given.dryRun
        })
        if (given.json) {
          lines(output, "stdout", [JSON.stringify({ dryRun: given.dryRun, executions, bytes })])
          return ExitCode.completed
        }
        if (executions.length === 0) {
          lines(output, "stdout", [`No execution is like that: nothing ${given.dryRun ? "would go" : "was removed"}.`])
          return ExitCode.completed
        }
        const named = executions.slice(0, mostNamed)
        lines(output, "stdout", [
          `${given.dryRun ? "Would remove" : "Removed"} ${DurationText.plural(executions.length, "execution")} (${bytesText(bytes)}).`,
          ...(given.dryRun
            ? [
                ...named.map((one) => `  ${one.id}  ${ListTable.title(one)}  ${one.status.toLowerCase()}`),
                ...(executions.length > mostNamed
                  ? [`  and ${DurationText.count(executions.length - mostNamed)} more`]
                  : [])
              ]
            : [])
        ])
        return ExitCode.completed
      })
    )
).pipe(
  Command.withDescription("Forget old executions"),
  Command.withExamples([
    { command: "halte prune --older-than 30d --dry-run", description: "What would go" },
    { command: "halte prune --keep 20 --flow release", description: "All but the last twenty of one flow" }
  ])
)
