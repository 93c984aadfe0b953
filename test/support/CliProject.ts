/**
 * Flow files for tests of the command line, in a directory of their own.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import * as Repository from "./Repository.ts"

export interface CliProject {
  readonly directory: string
  readonly write: (name: string, text: string) => string
  /** What a step left in a file; the empty text when it left none. */
  readonly read: (name: string) => string
}

/** A program that says `ready`, and ends on SIGTERM after a short clean-up that leaves a file. */
export const tidy = `process.on("SIGTERM", () => setTimeout(() => { require("node:fs").appendFileSync("cleaned", process.argv[2] + "\\n"); process.exit(0) }, 100))
console.log("ready " + process.argv[2])
setInterval(() => {}, 1000)
`

/** A program that says \`ready\` and does not care about SIGTERM. */
export const stubborn = `process.on("SIGTERM", () => console.log("no"))
console.log("ready " + process.argv[2])
setInterval(() => {}, 1000)
`

/** A function that goes on until it is asked to stop, then finishes what it has begun and leaves a mark. */
export const worker = `import { appendFileSync } from "node:fs"
export default async (input, ctx) => {
  ctx.log("ready work")
  while (!ctx.stop.requested) await new Promise((resolve) => setTimeout(resolve, 5))
  await new Promise((resolve) => setTimeout(resolve, 50))
  appendFileSync(input.mark, "end\\n")
  return "done"
}
`

export const make: Effect.Effect<CliProject, never, Scope.Scope> = Effect.map(
  Repository.scratch("cli"),
  (directory) => {
    const project: CliProject = {
      directory,
      write: (name, text) => {
        writeFileSync(join(directory, name), text)
        return join(directory, name)
      },
      read: (name) => (existsSync(join(directory, name)) ? readFileSync(join(directory, name), "utf8") : "")
    }
    project.write("tidy.cjs", tidy)
    project.write("stubborn.cjs", stubborn)
    project.write("work.mjs", worker)
    project.write(
      "release.flow.yaml",
      `halte: 1
name: release
params:
  version: { type: string, default: 2.4.0 }
steps:
  build: { run: echo built }
  serve: { after: build, run: [node, tidy.cjs, serve], grace: 5s }
  ship: { after: serve, run: touch shipped }
`
    )
    project.write(
      "stubborn.flow.yaml",
      `halte: 1
name: stubborn
steps:
  hold: { run: [node, stubborn.cjs, hold], grace: 20s }
  after: { after: hold, run: touch shipped }
`
    )
    project.write(
      "work.flow.yaml",
      `halte: 1
name: work
params:
  mark: { type: string }
steps:
  work: { use: ./work.mjs, with: { mark: "\${{ params.mark }}" } }
  next: { after: work, run: touch shipped }
`
    )
    project.write(
      "quick.flow.yaml",
      `halte: 1
name: quick
steps:
  one: { run: touch one }
  two: { after: one, run: touch two }
  three: { after: two, run: touch three }
`
    )
    return project
  }
)
