/** P2, P6: `halte check` as a judge of stoppability, for one flow and for all of a project, for people and for programs. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type * as CheckReport from "../src/view/CheckReport.ts"
import * as CommandRun from "./CommandRun.ts"

/** A directory with these files, and a command line in it. */
const directory = (files: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const dir = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-check-"))),
      (dir) => Effect.sync(() => rmSync(dir, { recursive: true, force: true }))
    )
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), text)
    }
    const { halte } = yield* CommandRun.make([])
    const check = (...args: ReadonlyArray<string>) => halte(["check", "--dir", dir, ...args])
    const report = (...args: ReadonlyArray<string>) =>
      Effect.map(check(...args, "--json"), ({ code, stdout }) => ({
        code,
        report: JSON.parse(stdout) as CheckReport.CheckReport
      }))
    return { check, report, dir }
  })

const flow = (name: string, keys: string, ...steps: ReadonlyArray<string>) =>
  `halte: 1\nname: ${name}\n${keys}steps:\n${steps.map((step) => `  ${step}\n`).join("")}`

const quick = flow("quick", "", "a: { run: make, grace: 1s }")
const slow = flow("slow", "", "a: { run: make, grace: 20s }", "b: { run: make }")
const broken = flow("broken", "", "a: { runn: make }")

describe("halte check", () => {
  it.live(
    "P2: fails with 1 when a flow breaks the time that it promises, and says which step, its time and what to do",
    () =>
      Effect.gen(function* () {
        const { check } = yield* directory({
          "slow.flow.yaml": flow("slow", "stops-within: 10s\n", "a: { run: make, grace: 20s }", "b: { run: make }")
        })
        const { code, stdout } = yield* check("slow")
        assert.strictEqual(code, 1)
        assert.deepStrictEqual(stdout.split("\n").slice(0, 15), [
          "✗ slow  2 steps, 1 error, no warnings",
          "",
          "  Step             Stops within  How",
          "  a                20.5 s        SIGTERM → 20 s → SIGKILL",
          "  b                5.5 s         SIGTERM → 5 s → SIGKILL",
          "  ─────────────────────────────────────────────────────────────────────────────",
          "  slow             20.5 s        slowest: a",
          "  promised         10 s          not kept",
          "",
          "  ✗ `a` may take 20.5 s to stop, more than the 10 s that flow `slow` promises:",
          "    its grace is 20 s.",
          "    slow.flow.yaml:5:19  a: { run: make, grace: 20s }",
          "                                         ~~~~~",
          "    Give it at most `grace: 9.5s`.                           (code: over-budget)",
          ""
        ])
      })
  )

  it.live("P2: `--max-stop` stands in for the promise, both ways", () =>
    Effect.gen(function* () {
      const { check } = yield* directory({
        "slow.flow.yaml": slow,
        "silent.flow.yaml": flow("silent", "stops-within: 1s\n", "a: { run: make, on-interrupt: finish }"),
        "promise.flow.yaml": flow("promise", "stops-within: 1s\n", "a: { run: make }")
      })
      const codeOf = (...args: ReadonlyArray<string>) => Effect.map(check(...args), ({ code }) => code)
      assert.strictEqual(yield* codeOf("slow"), 0)
      assert.strictEqual(yield* codeOf("slow", "--max-stop", "20500ms"), 0)
      assert.strictEqual(yield* codeOf("slow", "--max-stop", "20s"), 1)
      assert.strictEqual(yield* codeOf("silent", "--max-stop", "1h"), 1, "no bound is within none")
      assert.strictEqual(yield* codeOf("promise"), 1)
      assert.strictEqual(yield* codeOf("promise", "--max-stop", "6s"), 0)
      const { code, stderr } = yield* check("slow", "--max-stop", "soon")
      assert.strictEqual(code, 2)
      assert.include(stderr, "`soon` is no value for `--max-stop`: write a duration such as 10s, 500ms or 1m30s.")
    })
  )

  it.live("takes several files, names and directories, each once; without any all of the directory", () =>
    Effect.gen(function* () {
      const { check, report } = yield* directory({
        "quick.flow.yaml": quick,
        "flows/slow.flow.yaml": slow,
        "flows/deep/er.flow.json": JSON.stringify({ halte: 1, name: "er", steps: { a: { sleep: "1s" } } }),
        "node_modules/x.flow.yaml": quick,
        "empty/readme.md": ""
      })
      const names = (...args: ReadonlyArray<string>) =>
        Effect.map(report(...args), ({ report }) => report.flows.map(({ file }) => file))
      assert.deepStrictEqual(yield* names(), ["flows/deep/er.flow.json", "flows/slow.flow.yaml", "quick.flow.yaml"])
      assert.deepStrictEqual(yield* names("quick", "flows", "flows/slow.flow.yaml", "./quick.flow.yaml"), [
        "quick.flow.yaml",
        "flows/deep/er.flow.json",
        "flows/slow.flow.yaml"
      ])
      const none = yield* check("empty")
      assert.deepStrictEqual(
        [none.code, none.stderr.includes("There is no flow file in `empty` or below it.")],
        [2, true]
      )
      const { code, stdout } = yield* check()
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(stdout.split("\n"), [
        "  Flow             Steps  Stops within",
        "✓ er                   1  at once",
        "✓ slow                 2  20.5 s        slowest: a",
        "✓ quick                1  1.5 s         slowest: a",
        "",
        "✓ 3 flows, no errors, no warnings",
        ""
      ])
    })
  )

  it.live("gives 2 where one of several is invalid, though another one only breaks its promise", () =>
    Effect.gen(function* () {
      const { check } = yield* directory({
        "broken.flow.yaml": broken,
        "slow.flow.yaml": slow,
        "again.flow.yaml": slow
      })
      const { code, stdout } = yield* check("--max-stop", "10s")
      assert.strictEqual(code, 2)
      assert.include(stdout, "✗ broken.flow.yaml  2 errors")
      // Two files define a flow of one name: then the files are named.
      assert.include(stdout, "✗ slow.flow.yaml        2  20.5 s        1 error; slowest: a")
      assert.include(stdout, "✗ 3 flows, 4 errors, no warnings")
    })
  )

  it.live("says how far a flow goes on that lets further steps start", () =>
    Effect.gen(function* () {
      const { check } = yield* directory({
        "next.flow.yaml": flow(
          "next",
          "on-interrupt: { next: 1 }\n",
          "a: { run: make, timeout: 1m }",
          "b: { after: a, run: make, timeout: 1m }",
          "c: { after: b, run: make, timeout: 1m }"
        )
      })
      const { code, stdout } = yield* check("next")
      assert.strictEqual(code, 0)
      assert.include(stdout, "  a                no bound      runs to its end, timeout 1m\n")
      assert.include(stdout, "  next             no bound      because of on-interrupt\n")
      assert.include(
        stdout.replaceAll(/\n +/g, " "),
        "Longest stretch without a stopping point: b → c (2 steps, at most 2m in all)."
      )
    })
  )

  it.live("P2: counts the clean-up of the flow, which comes last", () =>
    Effect.gen(function* () {
      const { check } = yield* directory({
        "last.flow.yaml": flow(
          "last",
          "stops-within: 6s\nclean-up: { run: ./tidy, deadline: 3s }\n",
          "a: { run: make }"
        )
      })
      const { code, stdout } = yield* check("last")
      assert.strictEqual(code, 1)
      assert.include(stdout, "  last             8.5 s         slowest: a, then clean-up of the flow\n")
      assert.include(
        stdout.replaceAll(/\n +/g, " "),
        "more than the 6 s that it promises: 5.5 s for `a`, 3 s of clean-up of the flow."
      )
    })
  )

  it.live("P2: counts the program that gets the items of a map, or of a loop", () =>
    Effect.gen(function* () {
      const { report } = yield* directory({
        "items.flow.yaml": flow(
          "items",
          "",
          "each: { map: { in: { run: ./list, grace: 10s } }, sleep: 1s }",
          "loop: { for-each: { in: { run: ./list, grace: 20s } }, run: [echo, '${{ item }}'] }"
        )
      })
      const { report: found } = yield* report()
      const [items] = found.flows
      assert.deepStrictEqual(
        items!.flow!.steps.map((step) => step.stopsWithinMillis),
        [10_500, 20_500]
      )
      assert.deepStrictEqual(items!.stoppability!.steps[1]!.parts, [
        { of: "grace", millis: 20_000 },
        { of: "kill", millis: 500 }
      ])
    })
  )

  it.live("R69: says all of it to programs in one object, whose fields are these", () =>
    Effect.gen(function* () {
      const { report } = yield* directory({
        "stages.flow.yaml": flow(
          "stages",
          "stops-within: 12s\n",
          "build: { steps: { compile: { run: make } }, clean-up: { run: make clean, deadline: 5s } }",
          "test: { after: build, steps: { unit: { run: make test } }, clean-up: { run: ./tidy, deadline: 8s } }"
        ),
        "broken.flow.yaml": broken
      })
      const { code, report: found } = yield* report("stages", "broken")
      assert.strictEqual(code, 2)
      assert.deepStrictEqual(Object.keys(found), ["version", "ok", "flows", "notes"])
      const [stages, wrong] = found.flows
      assert.deepStrictEqual([found.version, found.ok, stages!.ok, wrong!.ok], [1, false, false, false])
      assert.deepStrictEqual([wrong!.flow, wrong!.stoppability], [null, null])
      assert.deepStrictEqual(stages!.stoppability, {
        bound: { _tag: "Within", millis: 13_500, steps: ["test/unit"] },
        parts: [
          { _tag: "Steps", steps: ["test/unit"], millis: 5_500 },
          { _tag: "CleanUp", step: "test", millis: 8_000 }
        ],
        budget: { millis: 12_000, from: "flow" },
        withinBudget: false,
        steps: ["build/compile", "test/unit"].map((step) => ({
          step,
          kind: "process" as const,
          place: "signal" as const,
          withinMillis: 5_500,
          parts: [
            { of: "grace" as const, millis: 5_000 },
            { of: "kill" as const, millis: 500 }
          ]
        })),
        stretches: [],
        findings: [
          {
            code: "over-budget",
            severity: "error",
            key: "stops-within",
            message:
              "Flow `stages` may take 13.5 s to stop, more than the 12 s that it promises: 5.5 s for `test/unit`, 8 s of clean-up of `test`.",
            hint: "Give these clean-ups a shorter `deadline`."
          }
        ]
      })
      const [diagnostic] = stages!.diagnostics
      assert.deepStrictEqual(
        [diagnostic!.severity, diagnostic!.code, diagnostic!.file, diagnostic!.line, diagnostic!.column],
        ["error", "over-budget", "stages.flow.yaml", 3, 1]
      )
    })
  )

  it.live("has more than a hundred warnings for a flow without calling it wrong", () =>
    Effect.gen(function* () {
      const posts = Array.from({ length: 150 }, (_, i) => `s${i}: { http: { method: POST, url: "http://localhost/" } }`)
      const { report } = yield* directory({ "posts.flow.yaml": flow("posts", "", ...posts) })
      const { code, report: found } = yield* report()
      assert.strictEqual(code, 0)
      assert.strictEqual(found.flows[0]!.diagnostics.length, 101)
      assert.strictEqual(found.flows[0]!.diagnostics.find((d) => d.code === "too-many-problems")!.severity, "warning")
      assert.strictEqual(found.flows[0]!.stoppability!.findings.length, 150)
    })
  )
})
