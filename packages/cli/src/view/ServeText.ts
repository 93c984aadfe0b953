/**
 * What `halte serve` says when it begins, and about flow files while it serves them.
 */
import { DurationText, Words } from "@halte/engine/model"
import type { ProjectFlows } from "@halte/sdk/node"
import * as CheckTable from "./CheckTable.ts"
import * as CommandName from "../CommandName.ts"
import { type Look, paint, plain } from "./Look.ts"
import { padEnd, truncate, width, wrap } from "./TextWidth.ts"

export interface Input {
  readonly look: Look
  readonly columns: number
}

export interface Served {
  /** The name of the project's directory, and its path. */
  readonly project: string
  readonly directory: string
  readonly flows: ReadonlyArray<{
    readonly name: string
    readonly file: string
    readonly description?: string | undefined
  }>
  readonly command: boolean
  readonly url: string
  readonly signInUrl: string
  readonly tokenFile: string | undefined
  /** What is added to commands that are shown. */
  readonly again: ReadonlyArray<string>
}

/** Flows that are listed. */
const mostFlows = 20

export const served = (input: Input, given: Served): ReadonlyArray<string> => {
  const { columns, look } = input
  const { flows } = given
  const what = [
    flows.length === 0 ? "no flow" : DurationText.plural(flows.length, "flow"),
    ...(given.command ? ["single commands"] : [])
  ].join(" and ")
  const room = Math.max(0, ...flows.slice(0, mostFlows).map(({ name }) => width(name)))
  const row = (label: string, text: string) => `${paint(look, "bold", padEnd(label, 9))}${text}`
  return [
    `${paint(look, "bold", `Halte serves ${given.project}`)}: ${what}. ${paint(look, "dim", given.directory)}`,
    ...flows
      .slice(0, mostFlows)
      .map(({ file, name }) => truncate(look, `  ${padEnd(name, room)}  ${paint(look, "dim", file)}`, columns)),
    ...(flows.length > mostFlows ? [`  and ${DurationText.count(flows.length - mostFlows)} more`] : []),
    ...(flows.length === 0
      ? [
          `  No flow file was found there. Write a first one: ${CommandName.line(["init"])}. It is served as soon as it is there.`
        ]
      : []),
    "",
    row("Open", given.signInUrl),
    plain(
      look,
      `         It signs in one browser, once. For another one: ${CommandName.line(["open", ...given.again])}`
    ),
    row("Programs", `${given.url}${given.tokenFile === undefined ? "" : ` with the token in ${given.tokenFile}`}`),
    row("Stop", "Ctrl-C: what runs here stops at its next stopping points")
  ]
}

/** That other machines can connect, and what that means. */
export const exposed = (input: Input, urls: ReadonlyArray<string>): ReadonlyArray<string> =>
  yellow(
    input,
    `Other machines can connect: ${Words.list(urls, 4)}. Only who has the token, or an address to sign in with, is let in; but what is sent can be read on the way. Put a proxy that speaks https in front of it, and name it with --allow-host.`
  )

export const otherServers = (input: Input, urls: ReadonlyArray<string>): ReadonlyArray<string> =>
  urls.length === 0 ? [] : yellow(input, `This project is served already at ${Words.list(urls, 4)}. Both go on.`)

/** About flow files: what is so, and what to do about it where `halte serve` was started. */
export const notice = (input: Input, given: ProjectFlows.Notice, text: string): ReadonlyArray<string> => {
  switch (given._tag) {
    case "Wrong":
      return [
        ...yellow(input, text),
        ...given.error.diagnostics
          .filter(({ severity }) => severity === "error")
          .flatMap((diagnostic) => CheckTable.problem(input, diagnostic))
      ]
    case "Right":
      return [plain(input.look, text)]
    case "NameTaken":
      return yellow(
        input,
        given.files.length === 1
          ? `${text} Give it another name, or serve with --no-command.`
          : `${text} Give the others other names, or name the files to serve.`
      )
    case "Cut":
      return yellow(input, `${text} Name the directories to serve.`)
  }
}

const yellow = ({ columns, look }: Input, text: string): ReadonlyArray<string> =>
  wrap(plain(look, text), columns).map((line) => paint(look, "yellow", line))
