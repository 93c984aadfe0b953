import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import {
  FailureCodes,
  CommandTable,
  ExecutionEvent,
  ExecutionsError,
  ExecutionStatus,
  FlowDescription,
  InterruptSignal
} from "@halte/engine/model"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const src = join(root, "packages/engine/src")
const files = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : entry.name.endsWith(".ts") ? [join(folder, entry.name)] : []
  )
const page = (name: string) => readFileSync(join(root, "docs/reference", name), "utf8")

/** What is missing in the doc comments of the exports of a file. */
const missing = (file: string): ReadonlyArray<string> => {
  const lines = readFileSync(file, "utf8").split("\n")
  return lines.flatMap((line, i) => {
    const [, kind, name] = /^export (?:abstract )?(const|function|class|interface|type) (\w+)/.exec(line) ?? []
    // The type that a Schema of the same name describes has its comment.
    if (name === undefined || (kind === "type" && /= typeof \w+(\.Type)?$/.test(line))) return []
    const where = `${file.slice(root.length)}:${i + 1} \`${name}\``
    if (!lines[i - 1]!.trim().endsWith("*/")) return [`${where} has no comment`]
    let first = i - 1
    while (!lines[first]!.includes("/**")) first--
    const comment = lines.slice(first, i).join("\n")
    const sentence = comment.replace(/@\w+.*/g, "").replace(/[/*\s]/g, "")
    return [
      ...(comment.includes("@since ") ? [] : [`${where} has no @since`]),
      ...(sentence.length > 4 ? [] : [`${where} has no sentence`])
    ]
  })
}

describe("documentation", () => {
  it("says of every export what it is and since when", () => {
    const modules = files(src).filter((file) => !file.includes("/testing/"))
    assert.isAbove(modules.length, 40)
    assert.deepStrictEqual(modules.flatMap(missing), [])
  })

  it("begins every module with what it is", () => {
    for (const file of files(src)) assert.isTrue(readFileSync(file, "utf8").startsWith("/**\n * "), file)
  })

  it("lists every event with every field, and nothing else as an event", () => {
    const text = page("events.md")
    const told = [...text.matchAll(/^### `([a-z-]+)`$/gm)].map(([, type]) => type!)
    assert.sameMembers(
      told,
      ExecutionEvent.ExecutionEvent.members.map((m) => m.fields.type.literal)
    )
    for (const { fields } of ExecutionEvent.ExecutionEvent.members) {
      const section = text.split(`### \`${fields.type.literal}\`\n`)[1]!.split(/^##/m)[0]!
      for (const name of Object.keys(fields))
        if (!["v", "execution", "sequence", "at", "attempt", "type"].includes(name))
          assert.include(section, `| \`${name}\``, `${fields.type.literal} ${name}`)
    }
    for (const source of InterruptSignal.InterruptSource.literals) assert.include(text, `\`${source}\``)
  })

  it("lists the codes of steps' failures that are known", () => {
    const text = page("errors.md")
    const rows = text.slice(text.indexOf("## Failures of steps")).match(/^\| `.*$/gm)!
    const codes = rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code!))
    assert.deepStrictEqual(FailureCodes.known.toSorted(), codes.toSorted())
    assert.strictEqual(FailureCodes.nearest("timed-ot"), "timed-out")
    assert.isUndefined(FailureCodes.nearest("timed-out"))
  })

  it("lists every error with its code, every refusal, and every code of a step's failure", () => {
    const text = page("errors.md")
    for (const member of ExecutionsError.ExecutionsError.members) assert.include(text, `\`${member.identifier}\``)
    for (const code of ExecutionsError.CommandRefused.fields.code.literals) assert.include(text, `\`${code}\``)
    // Every code in the sources, whoever makes the failure; what is found about stopping is no error.
    const made = files(src).filter((file) => !file.endsWith("StopFindings.ts"))
    const codes = made.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/\bcode: "([a-z]+(?:-[a-z]+)+)"|readonly code = "([a-z-]+)"/g)].map(
        ([, failure, error]) => failure ?? error!
      )
    )
    assert.isAbove(codes.length, 20)
    for (const code of codes) assert.include(text, `\`${code}\``, code)
    const found = readFileSync(
      files(src).find((file) => file.endsWith("StopFindings.ts"))!,
      "utf8"
    )
    for (const [, code] of found.matchAll(/code: "([a-z-]+)"/g))
      assert.include(page("flow-file.md"), `\`${code}\``, code)
  })

  it("P8: shows the table of commands as it is, cell by cell", () => {
    const text = page("commands.md")
    for (const status of ExecutionStatus.ExecutionStatus.literals) {
      const row = new RegExp(`^\\| ${status} \\| (.+) \\|$`, "m").exec(text)?.[1]?.split(" | ")
      assert.deepStrictEqual(
        row,
        (["interrupt", "pause", "resume", "terminate", "undo"] as const).map((command) => {
          const answer = CommandTable.answer(status, command)
          switch (answer._tag) {
            case "Go":
              return `→ ${answer.to}`
            case "Refuse":
              return `\`${answer.code}\``
            case "Attempt":
              return "new attempt"
            case "NoChange":
              return "no change"
            default:
              return answer._tag.toLowerCase()
          }
        }),
        status
      )
    }
  })

  it("lists every state, every outcome and every kind of step", () => {
    const commands = page("commands.md")
    for (const status of ExecutionStatus.ExecutionStatus.literals) assert.include(commands, status)
    const outcomes = page("outcomes.md")
    for (const status of ExecutionStatus.EndedStatus.literals) assert.include(outcomes, `\`${status}\``)
    for (const list of ["completed", "interrupted", "terminated", "failed", "skipped", "notStarted"])
      assert.include(outcomes, `\`${list}\``)
    const steps = page("steps.md")
    for (const kind of FlowDescription.StepKind.literals) if (kind !== "flow") assert.include(steps, `\`${kind}\``)
  })
})
