/**
 * Why a command was refused, and what to do next.
 */
import { ExecutionsError, Words } from "@halte/engine/model"
import * as CommandName from "../CommandName.ts"
import * as ChangesView from "./ChangesView.ts"
import type { Look } from "./Look.ts"
import { plain } from "./Look.ts"
import { width, wrap } from "./TextWidth.ts"

export interface RefusalInput {
  readonly look: Look
  readonly columns: number
  /** What is added to commands that are shown: `--project …`. */
  readonly again?: ReadonlyArray<string> | undefined
}

/** Sentences, then the code. */
export const render = (input: RefusalInput, error: ExecutionsError.CommandRefused): ReadonlyArray<string> => {
  const { columns, look } = input
  const { changes, code } = error
  return [
    ...wrap(plain(look, why(error)), columns),
    ...(changes === undefined || changes.length === 0 ? [] : ChangesView.render(input, changes)),
    ...next(input, error).flatMap((text) => unbroken(plain(look, text), columns)),
    `(code: ${code})`
  ]
}

/** A sentence; a command at its end is not broken but stands on a line of its own. */
const unbroken = (text: string, columns: number): ReadonlyArray<string> => {
  const [, before, command] = /^(.*) (`[^`]*`)$/.exec(text) ?? []
  if (width(text) <= columns || before === undefined || command === undefined) return wrap(text, columns)
  return [...wrap(before, columns), `  ${command}`]
}

const names = (steps: ReadonlyArray<string> | undefined): string =>
  Words.list(
    (steps ?? []).map((step) => `\`${step}\``),
    8
  )

const done = { interrupt: "interrupted", pause: "paused", resume: "resumed", terminate: "terminated", undo: "undone" }

const why = ({ changes, code, command, detail, execution, status, steps }: ExecutionsError.CommandRefused): string => {
  const id = `\`${execution}\``
  const cannot = command === "answer" ? "nothing of it can be answered" : `it can't be ${done[command]}`
  const more = detail === undefined ? "" : ` ${detail}`
  switch (code) {
    case "completed":
      return `Execution ${id} has completed, so ${cannot}.${more}`
    case "finished":
      return `Execution ${id} has ended as ${status}, so ${cannot}.${more}`
    case "already-running":
      return `Execution ${id} is running, so ${cannot}.${more}`
    case "not-paused":
      return `Execution ${id} is ${status}, not paused, so ${cannot}.${more}`
    case "interrupting":
      return `Execution ${id} has been asked to stop and has not stopped yet, so ${cannot}.${more}`
    case "terminating":
      return `Execution ${id} is being ended by force, so ${cannot}.${more}`
    case "needs-rerun": {
      const one = (steps ?? []).length === 1
      return `Execution ${id} can't be resumed like that: ${names(steps)} began, did not complete, and ${one ? "is" : "are"} not idempotent, so ${one ? "it runs" : "they run"} again only when you say so.`
    }
    case "definition-changed":
      return `The flow of execution ${id} has changed since it began${changes === undefined || changes.length === 0 ? "" : ":"}${changes === undefined || changes.length === 0 ? "." : ""}${more}`
    case "secret-missing":
      return `Execution ${id} needs a secret again, since secrets are not kept.${more}`
    case "gate-not-open":
      return `${steps === undefined ? "The step" : `Step ${names(steps)}`} of execution ${id} waits for no answer now.${more}`
    case "invalid-answer":
      return `The answer${steps === undefined ? "" : ` to ${names(steps)}`} of execution ${id} is not what was asked for.${more}`
    case "cannot-pause":
      return `Execution ${id} can't be paused here${steps === undefined ? "" : `, because of ${names(steps)}`}.${more}`
    case "queued":
      return `Execution ${id} waits for its place, so ${cannot}.${more}`
    case "running":
      return `Execution ${id} is running, so ${cannot}.${more}`
    case "paused":
      return `Execution ${id} is held and can go on, so ${cannot}.${more}`
    case "nothing-to-undo":
      return `Nothing of execution ${id} can be undone.${more}`
    case "secret-masked":
      return `Execution ${id} can't be undone like that: what ${names(steps)} gave held a secret, which is not kept, and the undo of ${(steps ?? []).length === 1 ? "it" : "them"} reads it.`
  }
}

const next = (
  { again = [] }: RefusalInput,
  { code, command, execution, steps }: ExecutionsError.CommandRefused
): ReadonlyArray<string> => {
  const line = (...args: ReadonlyArray<string>) => `\`${CommandName.line([...args, ...again])}\``
  switch (code) {
    case "completed":
      return [`Look at it with ${line("show", execution)}, or start it again.`]
    case "finished":
      return command === "pause" ? [`Go on with it: ${line("resume", execution)}`] : []
    case "already-running":
      return [`Follow it with ${line("watch", execution)}`]
    case "not-paused":
      return [`Look at it with ${line("show", execution)}`]
    case "interrupting":
    case "terminating":
      return [`See when it has stopped: ${line("watch", execution)}`]
    case "needs-rerun":
      return [
        `Look whether that is right, then: ${line("resume", execution, ...(steps ?? []).flatMap((step) => ["--rerun", step]))}`
      ]
    case "definition-changed":
      if (command === "undo")
        return [
          "Say whose `undo` is meant: `--definition stored` takes the one that it began with, `--definition current` the one that there is now."
        ]
      return [
        "Say which definition counts: `--definition stored` goes on with the one that it began with, `--definition current` runs the changed steps and all that come after them again."
      ]
    case "secret-missing":
      return [
        `In a terminal ${line(command === "undo" ? "undo" : "resume", execution)} asks for it; elsewhere set its variable in the environment, or give \`--param name=value\`.`
      ]
    case "gate-not-open":
    case "invalid-answer":
      return [`See what it asks with ${line("show", execution, ...(steps ?? []).slice(0, 1))}`]
    case "cannot-pause":
      return [`Interrupt it instead: ${line("interrupt", execution)}`]
    case "queued":
    case "running":
    case "paused":
      return [`Interrupt it first: ${line("interrupt", execution)}`]
    case "nothing-to-undo":
      return [`See what it did: ${line("show", execution)}`]
    case "secret-masked":
      return ["Take back the others by name with `--step`, and these by hand."]
  }
}
