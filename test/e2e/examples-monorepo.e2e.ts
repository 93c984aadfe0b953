import { readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as PackageTree from "../../examples/monorepo/package-tree.ts"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"
import { root } from "../support/RepositoryFiles.ts"

const minute = 60_000

const lockfile = (packages: Readonly<Record<string, object>>) => JSON.stringify({ packages: { "": {}, ...packages } })

describe("the example of more than a thousand steps", () => {
  it("finds what a package needs where Node does", () => {
    const { packages } = PackageTree.read(
      lockfile({
        "node_modules/a": { version: "1.0.0", dependencies: { b: "2" }, peerDependencies: { c: "1" } },
        "node_modules/a/node_modules/b": { version: "2.0.0", optionalDependencies: { c: "1", "not-here": "1" } },
        "node_modules/b": { version: "1.0.0" },
        "node_modules/c": { version: "1.0.0" },
        "node_modules/@halte/engine": { link: true, resolved: "packages/engine" },
        "packages/engine": { version: "0.1.0", dependencies: { a: "1" } },
        "packages/sdk": { version: "0.1.0", dependencies: { "@halte/engine": "0.1.0" } }
      })
    )
    assert.deepStrictEqual(
      packages.map(({ name, needs, path, version }) => [path, name, version, ...needs]),
      [
        ["node_modules/a", "a", "1.0.0", "node_modules/a/node_modules/b", "node_modules/c"],
        ["node_modules/a/node_modules/b", "b", "2.0.0", "node_modules/c"],
        ["node_modules/b", "b", "1.0.0"],
        ["node_modules/c", "c", "1.0.0"],
        ["packages/engine", "@halte/engine", "0.1.0", "node_modules/a"],
        ["packages/sdk", "@halte/sdk", "0.1.0", "packages/engine"]
      ]
    )
  })

  it("leaves out the edges that close a circle, by its rule", () => {
    const { leftOut, packages } = PackageTree.read(
      lockfile({
        "node_modules/a": { dependencies: { b: "1" } },
        "node_modules/b": { dependencies: { c: "1", d: "1" } },
        "node_modules/c": { dependencies: { a: "1", d: "1" } },
        "node_modules/d": { dependencies: { d: "1" } }
      })
    )
    assert.deepStrictEqual(leftOut, [["node_modules/c", "node_modules/a"]])
    assert.deepStrictEqual(
      packages.map(({ needs }) => needs.map((path) => path.slice(-1)).join("")),
      ["b", "cd", "d", ""]
    )
  })

  it.live(
    "P7: is made of this repository's own packages, stopped by real signals at several depths, and gives the same digest, each step done once",
    () =>
      Effect.gen(function* () {
        const scratch = yield* Repository.scratch("monorepo")
        const flow = join(scratch, "packages.flow.yaml")
        const made = yield* Program.start([process.execPath, "examples/monorepo/make-flow.ts", "--out", flow])
        assert.deepStrictEqual(yield* made.end(minute), { code: 0, signal: null }, made.output.text)
        const steps = Number(/: (\d+) steps for (\d+) packages/.exec(made.output.text)![1])
        assert.isAtLeast(steps, 1000)

        const run = (journal: string) => [
          ...["run", relative(root, flow), "--project", scratch, "--progress", "lines"],
          ...["-p", `journal=${join(scratch, journal)}`]
        ]
        const whole = yield* Program.halte(run("whole.txt"))
        assert.deepStrictEqual(yield* whole.end(2 * minute), { code: 0, signal: null }, whole.output.text.slice(-2000))
        const digest = /tree │ \d+ packages, ([0-9a-f]{64})/.exec(whole.output.text)![1]!
        const order = [...whole.output.text.matchAll(/ (\S+) completed /g)].map((match) => match[1]!)
        assert.strictEqual(order.filter((step) => step !== "packages").length, steps)

        let args = run("stopped.txt")
        let done = 0
        // A tenth, half and two thirds of the way: among what is read, and among digests over digests.
        for (const share of [0.1, 0.5, 0.66]) {
          const halte = yield* Program.halte(args)
          const near = order.slice(Math.floor(share * steps)).slice(0, Math.floor(steps / 10))
          yield* halte.output.waitFor(new RegExp(` (${near.join("|")}) completed `), minute)
          yield* halte.signal("SIGINT")
          assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null }, halte.output.text.slice(-2000))
          const [, after] = /packages interrupted after ([\d,]+) of/.exec(halte.output.text)!
          const now = Number(after!.replace(",", ""))
          assert.isAbove(now, done)
          assert.isBelow(now, steps)
          done = now
          const id = /halte resume ([0-9A-Z]{20})/.exec(halte.output.text)![1]!
          args = ["resume", id, "--project", scratch, "--progress", "lines"]
        }
        const last = yield* Program.halte(args)
        assert.deepStrictEqual(yield* last.end(2 * minute), { code: 0, signal: null }, last.output.text.slice(-2000))
        assert.include(last.output.text, digest)

        const work = (journal: string) => readFileSync(join(scratch, journal), "utf8").trimEnd().split("\n").sort()
        assert.strictEqual(work("stopped.txt").length, steps)
        assert.deepStrictEqual(work("stopped.txt"), work("whole.txt"))
      }),
    5 * minute
  )
})
