/**
 * From what a person types to the path of a flow file.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { readdir, stat } from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import { StepId } from "@halte/engine"
import * as Diagnostic from "./Diagnostic.ts"
import { quote } from "./FileNode.ts"
import { FlowFileError } from "./FlowFileError.ts"

const endings = [".flow.yaml", ".flow.yml", ".flow.json"]
const folders = ["", "flows"]

/**
 * The path of a flow: a path to a file as it is; else `NAME` means `NAME.flow.yaml`, `.flow.yml` or `.flow.json` in `cwd` or in
 * `flows/` below it. Codes: `flow-file-not-found`, which lists the flows that are there, and `flow-file-ambiguous`.
 *
 * @since 0.1.0
 */
export const find = (nameOrPath: string, cwd: string): Effect.Effect<string, FlowFileError> =>
  Effect.gen(function* () {
    const direct = resolve(cwd, nameOrPath)
    if (nameOrPath !== "" && (yield* isFile(direct))) return direct
    const found = yield* list(cwd)
    const matches = found.filter((flow) => flow.name === nameOrPath)
    if (matches.length === 1) return matches[0]!.path
    return yield* Effect.fail(
      problem(
        nameOrPath,
        matches.length > 1
          ? {
              code: "flow-file-ambiguous",
              message: `${quote(nameOrPath)} is the name of ${matches.length} flow files: ${matches.map((m) => `\`${relative(cwd, m.path)}\``).join(", ")}.`,
              hint: "Write the path of one of them."
            }
          : missing(nameOrPath, found)
      )
    )
  })

/**
 * The flow files of a directory and of `flows/` below it, by name.
 *
 * @since 0.1.0
 */
export const list = (cwd: string): Effect.Effect<ReadonlyArray<{ readonly name: string; readonly path: string }>> =>
  Effect.map(
    Effect.forEach(folders, (folder) =>
      Effect.promise(() =>
        readdir(join(cwd, folder)).then(
          (files) =>
            files.sort().flatMap((file) => {
              const ending = endings.find((e) => file.endsWith(e) && file.length > e.length)
              return ending === undefined
                ? []
                : [{ name: file.slice(0, -ending.length), path: join(cwd, folder, file) }]
            }),
          () => []
        )
      )
    ),
    (lists) => lists.flat()
  )

const missing = (wanted: string, found: ReadonlyArray<{ readonly name: string }>): Diagnostic.Finding => {
  const names = [...new Set(found.map((f) => f.name))]
  const near = StepId.nearest(wanted, names)
  const shown = names
    .slice(0, 10)
    .map((n) => `\`${n}\``)
    .join(", ")
  return {
    code: "flow-file-not-found",
    message: /[/\\]|\.(ya?ml|json)$/.test(wanted)
      ? `There is no file ${quote(wanted)}.`
      : `There is no flow ${quote(wanted)}: neither ${quote(`${wanted}.flow.yaml`)} nor ${quote(`flows/${wanted}.flow.yaml`)} exists.`,
    hint:
      near !== undefined
        ? `Did you mean \`${near}\`?`
        : names.length === 0
          ? "Write a first flow with `halte init`."
          : `The flows here are ${shown}${names.length > 10 ? ` and ${names.length - 10} more` : ""}.`
  }
}

const problem = (file: string, finding: Diagnostic.Finding) =>
  new FlowFileError({ diagnostics: [Diagnostic.ofFile(file, "error", finding)] })

const isFile = (path: string): Effect.Effect<boolean> =>
  Effect.promise(() =>
    stat(path).then(
      (found) => found.isFile(),
      () => false
    )
  )
