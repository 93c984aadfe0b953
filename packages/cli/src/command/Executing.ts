/**
 * What `run`, `resume` and `watch` share: the screen that the flags ask for, and the report at the end.
 */
import type { ExecutionId, ExecutionState } from "@halte/engine/model"
import { Effect } from "effect"
import * as CommandName from "../CommandName.ts"
import { isCi } from "../input/Ask.ts"
import * as JsonScreen from "../terminal/JsonScreen.ts"
import * as LinesScreen from "../terminal/LinesScreen.ts"
import { lines, type Output } from "../terminal/Output.ts"
import * as QuietScreen from "../terminal/QuietScreen.ts"
import type { Screen } from "../terminal/Screen.ts"
import * as TreeScreen from "../terminal/TreeScreen.ts"
import * as Report from "../view/Report.ts"
import type { FollowedServer } from "../Follow.ts"
import type * as OutputFlags from "./OutputFlags.ts"
import type * as ProjectFlag from "./ProjectFlag.ts"

const nextWords = { Resume: "resume with:", RunAgain: "run again with:", Undo: "undo the rest with:" } as const

export type Mode = Exclude<OutputFlags.Mode, "auto">

export interface ScreenFlags {
  readonly noInput: boolean
  readonly verbose: boolean
  readonly logs: "stream" | "grouped"
}

export type Next = (state: ExecutionState.ExecutionState) => Report.NextCommand | undefined

/** The screen of a mode. `watching`: Ctrl-C leaves it. */
export const screen = (
  mode: Mode,
  flags: ScreenFlags,
  output: Output,
  next: Next,
  watching = false
): Effect.Effect<Screen> =>
  Effect.map(Effect.clockWith(Effect.succeed), (clock) => {
    const now = () => clock.currentTimeMillisUnsafe()
    switch (mode) {
      case "tree":
        return TreeScreen.make(output, { input: !flags.noInput, now, watching })
      case "json":
        return JsonScreen.make(output, { past: watching })
      case "quiet":
        return QuietScreen.make(output)
      case "lines":
        return LinesScreen.make(output, {
          now,
          verbose: flags.verbose,
          logs: flags.logs,
          next: (state) => {
            const command = next(state)
            return command === undefined ? undefined : `${nextWords[command._tag]} ${command.command}`
          }
        })
    }
  })

/** Whether commands to go on with are shown: to people, not to programs. */
export const hints = (mode: Mode): boolean => mode !== "json" && mode !== "quiet" && !isCi()

/** The commands that go on from an execution that another process can take up. */
export const resumeWith = (state: ExecutionState.ExecutionState, again: ReadonlyArray<string>): Report.NextCommand => ({
  _tag: "Resume",
  command: CommandName.line(["resume", state.id, ...again]),
  ...(state.ended?.failure === undefined
    ? undefined
    : { log: CommandName.line(["show", state.id, state.ended.failure.step, "--log", ...again]) })
})

/** How a gate is answered from another terminal. */
export const answerHint =
  (again: ReadonlyArray<string>) =>
  (id: ExecutionId.ExecutionId, step: string): string =>
    `Step \`${step}\` waits for an answer. Give it with: ${CommandName.line(["answer", id, step, "true", ...again])}`

/** How to go on from what is recorded of an execution, when its end is not. */
export const lostHint =
  (again: ReadonlyArray<string>) =>
  (id: ExecutionId.ExecutionId): ReadonlyArray<string> => [
    `What is recorded:  ${CommandName.line(["show", id, ...again])}`,
    `Go on from there:  ${CommandName.line(["resume", id, ...again])}`
  ]

/** How to find an execution of a server again whose end could not be seen from here: it goes on without this terminal. */
export const outOfSight =
  (again: ReadonlyArray<string>) =>
  (id: ExecutionId.ExecutionId): ReadonlyArray<string> => [
    `Execution ${id} was not stopped by this.`,
    `Look at it again:  ${CommandName.line(["watch", id, ...again])}`
  ]

/** What there is to do about an execution whose end is not recorded, or not seen. `hints`: whether people are there. */
export const lost = (
  { again, server }: Pick<ProjectFlag.Opened, "again" | "server">,
  hints: boolean
): ((id: ExecutionId.ExecutionId) => ReadonlyArray<string>) | undefined =>
  server !== undefined ? outOfSight(again) : hints ? lostHint(again) : undefined

/** The server behind an execution that this terminal follows as its own. */
export const serverOf = ({ again, server }: Pick<ProjectFlag.Opened, "again" | "server">): FollowedServer | undefined =>
  server === undefined ? undefined : { url: server.url, connection: server.connection, again }

/** Prints the report, unless the person wants to hear nothing of what went well. */
export const report = (
  output: Output,
  mode: Mode,
  state: ExecutionState.ExecutionState,
  exitCode: number,
  next: Next
): void => {
  if (mode === "quiet" && exitCode === 0) return
  lines(
    output,
    "stderr",
    Report.render({
      state,
      look: output.look("stderr"),
      columns: output.size().columns,
      exitCode,
      next: next(state)
    })
  )
}
