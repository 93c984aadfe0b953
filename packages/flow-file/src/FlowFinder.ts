/**
 * From what a person types to the path of a flow file.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { readdir, stat } from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import { StepId } from "@halte/engine"
import { ControlSequences } from "@halte/engine/model"
import * as Diagnostic from "./Diagnostic.ts"
import { quote } from "./FileNode.ts"
import { FlowFileError } from "./FlowFileError.ts"

const endings = [".flow.yaml", ".flow.yml", ".flow.json"]
const folders = ["", "flows"]

/** A flow file and the name that it goes by. */
interface Found {
  readonly name: string
  readonly path: string
}

/**
 * The path of a flow: a path to a file as it is, or to a folder with one flow file in it; else `NAME` means
 * `NAME.flow.yaml`, `.flow.yml` or `.flow.json` in `cwd` or in `flows/` below it. Codes: `flow-file-not-found`, which lists the
 * flows that are there, and `flow-file-ambiguous`.
 *
 * @since 0.1.0
 */
export const find = (nameOrPath: string, cwd: string): Effect.Effect<string, FlowFileError> =>
  Effect.gen(function* () {
    const direct = resolve(cwd, nameOrPath)
    const kind = nameOrPath === "" ? "nothing" : yield* kindOf(direct)
    if (kind === "file") return direct
    const inside = kind === "folder" ? yield* list(direct) : []
    if (inside.length === 1) return inside[0]!.path
    const found = yield* list(cwd)
    const matches = found.filter((flow) => flow.name === nameOrPath)
    if (matches.length === 1) return matches[0]!.path
    const finding =
      matches.length > 1
        ? ambiguous(`${quote(nameOrPath)} is the name of ${matches.length} flow files`, matches, cwd)
        : inside.length > 1
          ? ambiguous(`The folder ${quote(nameOrPath)} holds ${inside.length} flow files`, inside, cwd)
          : missing(nameOrPath, found, kind === "folder")
    return yield* Effect.fail(new FlowFileError({ diagnostics: [Diagnostic.ofFile(nameOrPath, "error", finding)] }))
  })

/**
 * The flow files of a directory and of `flows/` below it, by name.
 *
 * @since 0.1.0
 */
export const list = (cwd: string): Effect.Effect<ReadonlyArray<Found>> =>
  Effect.map(
    Effect.forEach(folders, (folder) =>
      Effect.promise(() =>
        readdir(join(cwd, folder), { withFileTypes: true }).then(
          (entries) =>
            entries.flatMap((entry): Array<Found> => {
              const file = entry.name
              const ending = endings.find((e) => file.endsWith(e) && file.length > e.length)
              return ending === undefined || entry.isDirectory()
                ? []
                : [{ name: file.slice(0, -ending.length), path: join(cwd, folder, file) }]
            }),
          () => []
        )
      )
    ),
    (lists) => lists.flatMap((found) => found.sort((a, b) => (a.path < b.path ? -1 : 1)))
  )

const ambiguous = (what: string, found: ReadonlyArray<Found>, cwd: string): Diagnostic.Finding => ({
  code: "flow-file-ambiguous",
  message: `${what}: ${inWords(found.map(({ path }) => relative(cwd, path)))}.`,
  hint: "Write the path of one of them."
})

const missing = (wanted: string, found: ReadonlyArray<Found>, isFolder: boolean): Diagnostic.Finding => {
  const names = [...new Set(found.map((f) => ControlSequences.strip(f.name)))]
  const near = StepId.nearest(wanted, names)
  return {
    code: "flow-file-not-found",
    message: isFolder
      ? `The folder ${quote(wanted)} holds no flow file.`
      : wanted === ""
        ? "An empty text is the name of no flow."
        : /[/\\]|\.(ya?ml|json)$/.test(wanted)
          ? `There is no file ${quote(wanted)}.`
          : `There is no flow ${quote(wanted)}: neither ${quote(`${wanted}.flow.yaml`)} nor ${quote(`flows/${wanted}.flow.yaml`)} exists.`,
    hint:
      near !== undefined
        ? `Did you mean \`${near}\`?`
        : names.length === 0
          ? "Write a first flow with `halte init`."
          : `The flows here are ${inWords(names)}.`
  }
}

const mostNames = 10

const inWords = (names: ReadonlyArray<string>): string =>
  names
    .slice(0, mostNames)
    // Whoever made the directory chose them.
    .map((name) => `\`${ControlSequences.strip(name)}\``)
    .join(", ") + (names.length > mostNames ? ` and ${names.length - mostNames} more` : "")

const kindOf = (path: string): Effect.Effect<"file" | "folder" | "nothing"> =>
  Effect.promise(() =>
    stat(path).then(
      (found) => (found.isDirectory() ? "folder" : "file"),
      () => "nothing"
    )
  )
