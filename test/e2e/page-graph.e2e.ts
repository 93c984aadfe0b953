import { rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import type { ExecutionEvent, Executions } from "@halte/engine"
import { Effect, type Scope, Stream } from "effect"
import type { Page } from "playwright-core"
import { afterAll } from "vitest"
import * as Axe from "../support/Axe.ts"
import * as PageServer from "../support/PageServer.ts"

afterAll(PageServer.closeBrowser)

/** Goes on when `NAME.go` is there, fails when `NAME.fail` is; asked to stop, it does so once `NAME.stop` is there. */
const hold = `trap 'stopping=1' TERM
while [ ! -e $1.go ]; do
  if [ -e $1.fail ]; then echo broken; exit 1; fi
  if [ "$stopping" = 1 ] && [ -e $1.stop ]; then exit 143; fi
  sleep 0.05
done
`

const flow = `halte: 1
name: release
params:
  docs: { type: boolean, default: false }
steps:
  build: { run: sh step.sh build, grace: 60s }
  test: { after: build, label: Run all tests, icon: T, run: sh step.sh test, grace: 60s }
  upload:
    after: test
    steps:
      part-1: { run: sh step.sh part-1, grace: 60s }
      part-2: { after: part-1, run: sh step.sh part-2, grace: 60s }
      part-3: { after: part-2, run: sh step.sh part-3, grace: 60s }
  index:
    after: build
    for-each: { in: "\${{ ['a', 'b', 'c', 'd'] }}", as: file, every: 1 }
    run: [sh, step.sh, "\${{ file }}"]
    grace: 60s
  docs: { after: build, when: "\${{ params.docs }}", run: "true" }
  ship: { after: [upload, index], gate: Ship it? }
  announce: { after: ship, run: sh step.sh announce, grace: 60s }
`

const files = { "release.flow.yaml": flow, "step.sh": hold }

type Id = Effect.Success<ReturnType<Executions.ExecutionsShape["start"]>>

/** What a person sees of a step: on the graph, and in the tree. */
const on = (page: Page) => {
  const graph = page.getByRole("group", { name: "Step graph" })
  const tree = page.getByRole("tree", { name: "Steps" })
  const named = (name: string) => new RegExp(`^${name.replaceAll("/", "\\/")}(?![\\w/-])`)
  return {
    graph,
    tree,
    node: (name: string) => graph.getByRole("button", { name: named(name) }),
    item: (name: string) => tree.getByRole("treeitem", { name: named(name) }),
    /** Waits until graph and tree both say this of a step. */
    says: async (name: string) => {
      await graph.getByRole("button", { name: named(name) }).waitFor()
      await tree.getByRole("treeitem", { name: named(name) }).waitFor()
    },
    wire: (from: string, to: string, state: "passed" | "ahead") =>
      graph.locator(`path[data-from="${from}"][data-to="${to}"][data-state="${state}"]`).waitFor({ state: "attached" }),
    fold: (group: string) => graph.getByRole("button", { name: `Parts of ${group}` }),
    focused: () =>
      page.evaluate(() => document.activeElement?.getAttribute("data-step") ?? document.activeElement?.ariaLabel)
  }
}

interface Given {
  readonly server: PageServer.PageServer
  readonly id: Id
  readonly page: Page
  readonly view: ReturnType<typeof on>
  readonly go: (...names: ReadonlyArray<string>) => void
  readonly run: <A, E>(effect: Effect.Effect<A, E>) => Promise<A>
}

const test = (title: string, body: (given: Given) => Promise<void>, options?: PageServer.PageOptions) =>
  it.live(
    title,
    () =>
      Effect.scoped(
        Effect.gen(function* (): Effect.fn.Return<void, never, Scope.Scope> {
          const server = yield* PageServer.serve(files)
          const id = yield* Effect.orDie(server.executions.start({ flow: "release" }))
          const page = yield* server.openPage({ path: `/executions/${id}?view=graph`, ...options })
          const go = (...names: ReadonlyArray<string>) => {
            for (const name of names) server.write(`${name}.go`, "")
          }
          // Whatever comes of the test, nothing is left to wait for.
          yield* Effect.addFinalizer(() =>
            Effect.sync(() => go("build", "test", "part-1", "part-2", "part-3", "a", "b", "c", "d", "announce"))
          )
          yield* Effect.promise(() => body({ server, id, page, view: on(page), go, run: Effect.runPromise }))
        })
      ),
    120_000
  )

const marker = (page: Page, step: string, stopping: string) =>
  page.locator(`.react-flow__node[data-id="${step}"] > .mk[data-stopping="${stopping}"]`).waitFor({ state: "attached" })

describe("R29 the graph and the tree of an execution", () => {
  test("follow every transition from events: from waiting to interrupted, and on to completed", async (given) => {
    const { go, id, page, run, server, view } = given
    await view.says("build, Running, stops within")
    await view.says("Run all tests, test, Waiting")
    await view.says("upload, Waiting, 0 of 3 parts")
    await view.says("upload/part-1, Waiting")
    await view.says("index, Waiting")
    await marker(page, "build", "passed")
    await marker(page, "test", "ahead")
    await view.wire("build", "test", "ahead")

    go("build")
    await view.says("build, Completed")
    await view.says("Run all tests, test, Running, stops within")
    await view.says("index, Running, 0 %, stops within")
    await view.says("docs, Skipped")
    await view.wire("build", "test", "passed")
    await view.wire("build", "index", "passed")
    await view.wire("test", "upload", "ahead")

    go("test", "a")
    await view.says("upload/part-1, Running")
    await view.says("upload, Running, 0 of 3 parts")
    await view.says("index, Running, 25 %, stops within")
    await view.wire("test", "upload", "passed")
    await marker(page, "upload", "passed")

    go("part-1")
    await view.says("upload/part-2, Running, stops within")
    await view.says("upload, Running, 1 of 3 parts")
    await view.wire("upload/part-1", "upload/part-2", "passed")
    await view.wire("upload/part-2", "upload/part-3", "ahead")

    // R28: between the request and the stop everything that still runs says so.
    await run(server.executions.interrupt(id, { source: "Cli", by: "anna" }))
    await view.says("upload/part-2, Interrupting…")
    await view.says("upload, Interrupting…")
    await view.says("index, Interrupting…")
    await view.says("upload/part-3, Waiting, holds here")
    await marker(page, "upload/part-3", "holds")
    await marker(page, "announce", "ahead")
    const time = page.getByRole("region", { name: "Timeline" })
    await time.getByText("requested", { exact: true }).waitFor()
    await time.getByText("latest, +", { exact: false }).waitFor()

    server.write("part-2.stop", "")
    server.write("b.stop", "")
    await view.says("upload/part-2, Interrupted")
    await view.says("index, Interrupted, at 1 of 4")
    await view.says("upload/part-3, Not started, holds here")
    await view.says("ship, Not started")
    await time.getByText(/^stopped \+/).waitFor()

    await run(server.executions.resume(id, { source: "Cli" }))
    await view.says("upload/part-2, Running, stops within")
    await view.says("build, Completed")
    go("part-2", "part-3", "b", "c", "d")
    await view.says("upload, Completed, 3 of 3 parts")
    await view.says("index, Completed")
    await view.says("ship, Running, waits for a person")
    await view.wire("upload", "ship", "passed")
    await view.wire("index", "ship", "passed")
    await view.wire("ship", "announce", "ahead")

    await run(server.executions.answer(id, "ship", true, { source: "Cli" }))
    await view.says("ship, Completed")
    await view.says("announce, Running, stops within")
    server.write("announce.fail", "")
    await view.says("announce, Failed")
    assert.strictEqual((await run(server.executions.get(id))).status, "Failed")
  })

  test("show groups open and closed, and keep what was pressed in its place", async ({ page, view }) => {
    await view.says("upload/part-1, Waiting")
    await view.graph.getByText("T", { exact: true }).waitFor()
    await view.fold("upload").and(page.locator('[aria-expanded="true"]')).waitFor()
    const before = await view.node("upload").boundingBox()
    await view.fold("upload").click()
    await view.fold("upload").and(page.locator('[aria-expanded="false"]')).waitFor()
    await view.node("upload/part-1").waitFor({ state: "detached" })
    await view.item("upload/part-1").waitFor({ state: "detached" })
    const parts = view.graph.getByText("3 parts · 0 done")
    await parts.waitFor()
    const after = await view.node("upload").boundingBox()
    const text = await parts.boundingBox()
    assert.isBelow(text!.y + text!.height, after!.y + after!.height - 4, "its text lies within it")
    assert.isBelow(text!.y, after!.y + 32, "it is the second line of it")
    assert.isBelow(Math.abs((after?.x ?? 0) - (before?.x ?? 9e9)), 24, "it has not jumped")
    await view.wire("upload", "ship", "ahead")

    await view.fold("upload").click()
    await view.says("upload/part-3, Waiting")
  })

  test("are worked with the keyboard alone", async ({ page, view }) => {
    await view.says("build, Running")
    await view.node("build").focus()
    await page.keyboard.press("ArrowRight")
    assert.strictEqual(await view.focused(), "test")
    const outline = await view.node("Run all tests").evaluate((element) => getComputedStyle(element).outlineStyle)
    assert.strictEqual(outline, "dashed", "R29 the focus is a dashed outline")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    assert.strictEqual(await view.focused(), "upload/part-1")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Tab")
    assert.strictEqual(await view.focused(), "Parts of upload")
    await page.keyboard.press("Enter")
    await view.node("upload/part-1").waitFor({ state: "detached" })
    await page.keyboard.press("Enter")
    await view.node("upload/part-1").waitFor()

    await view.node("upload").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.waitForURL(/step=upload%2Fpart-1/)
    await view.node("upload/part-1").and(page.locator('[aria-current="true"]')).waitFor()
    await view.item("upload/part-1").and(page.locator('[aria-selected="true"]')).waitFor()

    // Larger, smaller, all of it.
    const scale = () =>
      page.locator(".react-flow__viewport").evaluate((element) => new DOMMatrix(element.style.transform).a)
    await page.keyboard.press("0")
    const fitted = await scale()
    await page.keyboard.press("-")
    await page.waitForFunction(
      (last) =>
        new DOMMatrix((document.querySelector(".react-flow__viewport") as HTMLElement).style.transform).a < last,
      fitted
    )
    await page.keyboard.press("0")
    await page.waitForFunction(
      (last) =>
        new DOMMatrix((document.querySelector(".react-flow__viewport") as HTMLElement).style.transform).a === last,
      fitted
    )

    // The tree: up and down, in and out, by name.
    await view.item("upload/part-1").focus()
    await page.keyboard.press("ArrowLeft")
    assert.strictEqual(await view.focused(), "upload")
    await page.keyboard.press("ArrowLeft")
    await view.item("upload").and(page.locator('[aria-expanded="false"]')).waitFor()
    await page.keyboard.press("ArrowRight")
    await view.item("upload").and(page.locator('[aria-expanded="true"]')).waitFor()
    await page.keyboard.press("End")
    assert.strictEqual(await view.focused(), "announce")
    await page.keyboard.type("bu")
    assert.strictEqual(await view.focused(), "build")
    await page.keyboard.press("Enter")
    await view.node("build").and(page.locator('[aria-current="true"]')).waitFor()
    assert.strictEqual(await page.locator('[role="treeitem"][tabindex="0"]').count(), 1, "one stop of the Tab key")
  })

  test(
    "are a line of steps on a phone, with the same states",
    async ({ go, page, view }) => {
      const line = page.getByRole("list", { name: "Steps" })
      await line.getByRole("button", { name: /^build, Running/ }).waitFor()
      assert.strictEqual(await view.graph.count(), 0)
      go("build", "a")
      await line.getByRole("button", { name: /^index, Running, 25 %/ }).waitFor()
      await line.getByText("1 of 4", { exact: false }).waitFor()
      await line.getByRole("button", { name: /^build/ }).focus()
      await page.keyboard.press("ArrowDown")
      assert.strictEqual(await view.focused(), "test")
      await page.keyboard.press("ArrowDown")
      await page.keyboard.press("ArrowLeft")
      await line.getByRole("button", { name: "Parts of upload" }).and(page.locator('[aria-expanded="false"]')).waitFor()
      assert.strictEqual(await line.getByRole("button", { name: /^upload\/part-1/ }).count(), 0)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth)
      assert.isAtMost(wide, 320, "nothing is wider than the window")
      assert.deepStrictEqual(await Axe.violations(page), [])
    },
    { viewport: { width: 320, height: 700 } }
  )

  test(
    "are there in simple levels when the worker that draws them can't be had",
    async ({ go, page, view }) => {
      await page.route(/layout\.worker/, (route) => route.abort())
      await page.reload()
      await view.says("build, Running")
      go("build")
      await view.says("Run all tests, test, Running")
      await view.wire("build", "test", "passed")
    },
    { allow: /ERR_FAILED/ }
  )

  for (const colorScheme of ["light", "dark"] as const)
    test(
      `have no fault that axe finds (${colorScheme})`,
      async ({ go, id, run, page, server, view }) => {
        go("build", "test", "part-1", "a")
        await view.says("upload/part-2, Running")
        await view.says("index, Running, 25 %")
        assert.deepStrictEqual(await Axe.violations(page), [])
        await run(server.executions.interrupt(id, { source: "Cli" }))
        await view.says("upload/part-2, Interrupting…")
        assert.deepStrictEqual(await Axe.violations(page), [])
      },
      { colorScheme, reducedMotion: "reduce" }
    )
})

const quick = `halte: 1
name: quick
steps:
  first: { run: sh step.sh first }
  second: { after: first, run: sh step.sh second }
  ask: { after: second, gate: Go on? }
  last: { after: ask, run: "true" }
`

describe("R69 the timeline", () => {
  it.live(
    "estimates what is to come from the executions that completed before, and nothing after a gate",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const server = yield* PageServer.serve({
            "quick.flow.yaml": quick,
            "step.sh": hold,
            "first.go": "",
            "second.go": ""
          })
          const { executions } = server
          const until = (id: Id, what: (event: ExecutionEvent.ExecutionEvent) => boolean) =>
            executions.events(id).pipe(Stream.filter(what), Stream.runHead)
          const caption = (page: Page, text: string) =>
            Effect.promise(() => page.getByRole("region", { name: "Timeline" }).getByText(text).waitFor())
          const bar = (page: Page, step: string) => page.locator(`[data-bars="${step}"] .est`)

          for (let n = 0; n < 2; n++) {
            const id = yield* executions.start({ flow: "quick" })
            yield* until(id, ({ type }) => type === "gate-opened")
            yield* executions.answer(id, "ask", true)
            yield* until(id, ({ type }) => type === "execution-ended")
          }
          rmSync(join(server.directory, "first.go"))
          const id = yield* executions.start({ flow: "quick" })
          yield* Effect.addFinalizer(() => Effect.sync(() => server.write("first.go", "")))
          const page = yield* server.openPage({ path: `/executions/${id}?view=graph` })
          yield* caption(page, "dotted: estimate from the last 2 executions")
          yield* Effect.promise(() => bar(page, "second").waitFor({ state: "attached" }))
          yield* Effect.promise(() =>
            page
              .locator(".ge")
              .getByText(/^about /)
              .first()
              .waitFor()
          )
          assert.strictEqual(yield* Effect.promise(() => bar(page, "ask").count()), 0)
          assert.strictEqual(yield* Effect.promise(() => bar(page, "last").count()), 0)

          // Once a stop is requested no new step starts, and nothing is estimated.
          yield* executions.interrupt(id)
          yield* caption(page, "no new steps start")
          yield* Effect.promise(() => bar(page, "second").waitFor({ state: "detached" }))
        })
      ),
    120_000
  )
})
