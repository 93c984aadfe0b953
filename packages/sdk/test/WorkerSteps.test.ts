/** Steps of TypeScript flows that work in threads of their own, through Halte of Node. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Execution, Flow, Step } from "@halte/sdk"
import { Halte } from "@halte/sdk/node"

const modules = {
  "hash.ts": `import { createHash } from "node:crypto"
import { isMainThread } from "node:worker_threads"
export default ({ text }: { readonly text: string }) => ({
  hash: createHash("sha256").update(text).digest("hex").slice(0, 8),
  isMainThread
})
export const length = (text: string) => (text === "bb" ? "two" : text.length)
`,
  "deaf.ts": `export default (_: unknown, step: { readonly log: (text: string) => void }) => {
  step.log("ready")
  while (true) {}
}
`
}

/** A project with the modules, and a way to run steps that name them. */
const inProject = (
  body: (given: {
    readonly module: (name: keyof typeof modules) => URL
    readonly run: (steps: ReadonlyArray<Step.Any>, use: (execution: Execution) => Promise<void>) => Promise<void>
  }) => Promise<void>
) =>
  Effect.gen(function* () {
    const project = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-workers-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    for (const [name, text] of Object.entries(modules)) writeFileSync(join(project, name), text)
    yield* Effect.promise(() =>
      body({
        module: (name) => pathToFileURL(join(project, name)),
        run: async (steps, use) => {
          const flow = Flow.make("workers", { steps }) as Flow.Flow<unknown, never>
          await using halte = await Halte.local({ project, flows: [flow], supervised: false })
          await use(await halte.start("workers"))
        }
      })
    )
  })

const ready = async (execution: Execution) => {
  for await (const { text } of execution.logs()) if (text === "ready") return
}

describe("worker-thread steps of TypeScript flows", () => {
  it.live("R30: a module's export is called in a thread of its own, and its output is typed by a schema", () =>
    inProject(({ module, run }) => {
      const hash = Step.module("hash", {
        url: module("hash.ts"),
        with: () => ({ text: "abc" }),
        outputSchema: Schema.Struct({ hash: Schema.String, isMainThread: Schema.Boolean })
      })
      const show = Step.make("show", { input: { hash }, run: ({ hash }) => hash.hash.toUpperCase() })
      return run([hash, show], async (execution) => {
        const { values } = await execution.outcome()
        assert.deepStrictEqual(values["hash"], { hash: "ba7816bf", isMainThread: false })
        assert.strictEqual(values["show"], "BA7816BF")
      })
    })
  )

  it.live("a loop over a module works batch by batch in a thread; an output that does not fit is a failed item", () =>
    inProject(({ module, run }) => {
      const lengths = Step.forEach("lengths", {
        items: ["a", "bb", "ccc"],
        every: 2,
        collect: true,
        onItemFailure: "continue",
        module: { url: module("hash.ts"), export: "length" },
        outputSchema: Schema.Int
      })
      const hashes = Step.forEach("hashes", {
        items: [1, 2],
        collect: true,
        module: { url: module("hash.ts") },
        with: (item, index) => ({ text: `${item} at ${index}` })
      })
      assert.strictEqual(lengths.detail, "hash.ts")
      return run([lengths, hashes], async (execution) => {
        const { values } = await execution.outcome()
        assert.deepStrictEqual(values["lengths"], {
          count: 3,
          failed: 1,
          failures: [{ index: 1, item: "bb", code: "invalid-output" }],
          results: [1, null, 3]
        })
        assert.strictEqual((values["hashes"] as { readonly results: ReadonlyArray<unknown> }).results.length, 2)
      })
    })
  )

  it.live("R33, P11: `while (true) {}` is ended by terminate", () =>
    inProject(({ module, run }) =>
      run([Step.module("deaf", { url: module("deaf.ts") })], async (execution) => {
        await ready(execution)
        await execution.terminate()
        assert.strictEqual((await execution.outcome({ signal: AbortSignal.timeout(10_000) }))._tag, "Terminated")
      })
    )
  )

  it.live("P2: `while (true) {}` is ended by the timeout, which is also what a request is promised", () =>
    inProject(({ module, run }) =>
      run([Step.module("deaf", { url: module("deaf.ts"), timeout: "2 seconds" })], async (execution) => {
        await ready(execution)
        await execution.interrupt()
        const outcome = await execution.outcome({ signal: AbortSignal.timeout(20_000) })
        const { bound, steps } = await execution.state()
        assert.deepStrictEqual([outcome._tag, steps.get("deaf")?.failure?.code], ["Interrupted", "timed-out"])
        assert.isTrue(bound?._tag === "Within" && bound.millis <= 3_000, JSON.stringify(bound))
      })
    )
  )
})
