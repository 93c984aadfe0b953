import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Templates from "../../packages/cli/src/template/Templates.ts"
import * as ScratchProject from "../support/ScratchProject.ts"

interface Story {
  /** The step that is under way when Ctrl-C comes. */
  readonly stopAt: string
  readonly run: ReadonlyArray<string>
  readonly resume: ReadonlyArray<string>
  readonly steps: number
  /** What is there in the end. */
  readonly look: (directory: string) => unknown
  readonly there: unknown
}

const lines = (directory: string, file: string) => readFileSync(join(directory, file), "utf8").trimEnd().split("\n")
const nothing = () => undefined

const stories: Readonly<Record<Templates.Name, Story>> = {
  basic: { stopAt: "build", run: [], resume: [], steps: 4, look: nothing, there: undefined },
  nested: { stopAt: "upload/part-2", run: [], resume: [], steps: 5, look: nothing, there: undefined },
  loop: { stopAt: "squares", run: [], resume: [], steps: 2, look: nothing, there: undefined },
  ci: {
    stopAt: "build",
    run: [],
    resume: [],
    steps: 7,
    look: (directory) => [lines(directory, "out/bundle.js"), existsSync(join(directory, "out/dist.part"))],
    there: [["app", "pages", "worker"], false]
  },
  deploy: {
    stopAt: "upload/part-2",
    run: ["--answer", "approve=true"],
    resume: [],
    steps: 9,
    look: (directory) => [
      readdirSync(join(directory, "server/current")).sort(),
      lines(directory, "server/current/part-3"),
      lines(directory, "announced.txt")
    ],
    there: [["part-1", "part-2", "part-3"], ["part 3 of 1.0.0"], ["1.0.0 is live"]]
  },
  batch: {
    stopAt: "sums",
    run: [],
    resume: [],
    steps: 4,
    look: (directory) => readdirSync(join(directory, "out")).length,
    there: 15
  },
  media: {
    stopAt: "picture/1/scale",
    run: [],
    resume: [],
    steps: 10,
    look: (directory) => [readdirSync(join(directory, "out")).length, lines(directory, "out/sheet.txt")],
    there: [9, ["out/leaf.ppm, 8 by 4", "out/rose.ppm, 8 by 4", "out/sand.ppm, 8 by 4", "out/sky.ppm, 8 by 4"]]
  }
}

describe("the templates of `halte init`", () => {
  let project: ScratchProject.ScratchProject
  beforeEach(() => {
    project = ScratchProject.make()
  })
  afterEach(() => project.remove())

  for (const name of Templates.names)
    it(
      `${name} is run as it stands in a new directory, stopped by Ctrl-C, and resumed to its end`,
      { timeout: 120_000 },
      async () => {
        const { look, resume, run, steps, stopAt, there } = stories[name]
        const made = await project.halte(["init", "--template", name])
        assert.strictEqual(made.code, 0, made.stderr)
        const file = Templates.templates[name].file
        const flow = file.replace(".flow.yaml", "")
        const stopped = await project.halte(["run", file, "--progress", "lines", ...run], {
          when: ` ${stopAt} running`,
          signal: "SIGINT"
        })
        assert.strictEqual(stopped.code, 130, stopped.stderr)
        assert.match(stopped.stdout, new RegExp(`${flow} interrupted after \\d of ${steps} steps`))
        const id = /halte resume ([0-9A-Z]{20})/.exec(stopped.stderr)![1]!
        const done = await project.halte(["resume", id, "--progress", "lines", ...resume])
        assert.strictEqual(done.code, 0, done.stderr)
        assert.match(done.stdout, new RegExp(`${flow} completed ${steps} of ${steps} steps`))
        assert.deepStrictEqual(look(project.directory), there)
      }
    )

  it("deploy takes back what it sent when its last look fails", { timeout: 120_000 }, async () => {
    await project.halte(["init", "--template", "deploy"])
    const first = await project.halte(["run", "deploy", "--answer", "approve=true"])
    assert.strictEqual(first.code, 0, first.stderr)
    const args = ["run", "deploy", "-p", "version=1.1.0", "-p", "broken=true", "--answer", "approve=true"]
    const broken = await project.halte(args)
    assert.strictEqual(broken.code, 1, broken.stderr)
    assert.deepStrictEqual(readdirSync(join(project.directory, "server")).sort(), ["1.0.0", "current"])
    assert.deepStrictEqual(lines(project.directory, "server/current/part-1"), ["part 1 of 1.0.0"])
    const twice = await project.halte(["run", "deploy"])
    assert.strictEqual(twice.code, 1)
    assert.include(twice.stdout, "server/1.0.0 is there already: take another version")
  })

  it("ci says what the other checks know when one of them fails", { timeout: 120_000 }, async () => {
    await project.halte(["init", "--template", "ci"])
    const { code, stdout } = await project.halte(["run", "ci", "-p", "broken=lint", "--progress", "lines"])
    assert.strictEqual(code, 1)
    for (const step of ["check/types", "test", "build"]) assert.match(stdout, new RegExp(` ${step} completed `))
    assert.match(stdout, /ci failed at check\/lint after 4 of 7 steps/)
  })
})
