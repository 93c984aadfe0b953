// What a person does to an execution on its page: a real browser, a real server, real processes.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { type ExecutionId, ExecutionState } from "@halte/engine"
import { Effect, type Scope } from "effect"
import type { Page } from "playwright-core"
import { afterAll } from "vitest"
import * as PageServer from "../support/PageServer.ts"
import * as Program from "../support/Program.ts"

afterAll(PageServer.closeBrowser)

/** Says that it heard, and ends when the test lets it: so that what is shown meanwhile can be looked at. */
const slow = `trap 'echo heard; while [ ! -e stop ]; do sleep 0.05; done; exit 0' TERM
echo ready $1
while [ ! -e go ]; do sleep 0.05; done
echo done $1
`

/** Hears nothing: only force ends it. */
const stubborn = `trap '' TERM
echo ready $1
while [ ! -e go ]; do sleep 0.05; done
`

const files = {
  "slow.sh": slow,
  "stubborn.sh": stubborn,
  "release.flow.yaml": `halte: 1
name: release
params:
  target: { type: string, default: beta, description: Where to }
steps:
  build: { run: echo building }
  upload:
    after: build
    steps:
      part-1: { run: echo one }
      part-2: { after: part-1, run: sh slow.sh part-2, grace: 30s }
  announce: { after: upload, run: 'echo announced to $TARGET', env: { TARGET: "\${{ params.target }}" } }
`,
  "stubborn.flow.yaml": `halte: 1
name: stubborn
steps:
  hold: { run: sh stubborn.sh hold, grace: 30s }
  after: { after: hold, run: echo after }
`,
  "once.flow.yaml": `halte: 1
name: once
steps:
  charge: { run: sh slow.sh charge, grace: 30s, idempotent: false }
`
}

type Server = PageServer.PageServer

interface Opened {
  readonly server: Server
  readonly id: ExecutionId.ExecutionId
  readonly page: Page
  /** Runs something of the browser. */
  readonly view: ReturnType<typeof on>
}

const on = (page: Page) => {
  const button = (name: string) => page.locator("main").getByRole("button", { name, exact: true })
  const dialog = page.getByRole("dialog")
  return {
    button,
    dialog,
    answer: (name: string) => dialog.getByRole("button", { name, exact: true }),
    banner: page.locator(".lit"),
    chip: (word: string) => page.locator(".xh .chip", { hasText: word }).waitFor(),
    says: (text: string | RegExp) => page.locator("main").getByText(text).first().waitFor(),
    log: (text: string) => page.locator(".panel .log").getByText(text).waitFor()
  }
}

/** An execution that has come so far that the step writes `ready`, and its page. */
const opened = (flow: string, step: string): Effect.Effect<Opened, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = yield* PageServer.serve(files)
    const id = yield* server.executions.start({ flow, source: "Http", by: "anna" })
    const page = yield* server.openPage({ path: `/executions/${id}?step=${encodeURIComponent(step)}` })
    const view = on(page)
    yield* Effect.promise(() => view.log("ready"))
    return { server, id, page, view }
  }).pipe(Effect.orDie)

const test = (
  title: string,
  flow: string,
  step: string,
  run: (opened: Opened) => Effect.Effect<void, unknown, Scope.Scope>
) => it.live(title, () => Effect.scoped(Effect.flatMap(opened(flow, step), run)))

const browser = <A>(run: () => Promise<A>) => Effect.promise(run)

/** Presses Interrupt and answers yes. */
const interrupt = async ({ button, answer }: ReturnType<typeof on>) => {
  await button("Interrupt").click()
  await answer("Interrupt").click()
}

describe("the page of an execution", () => {
  test(
    "R15 R28 R51 interrupts after a yes, says only that it was requested until it has stopped, and reports where",
    "release",
    "upload/part-2",
    ({ id, page, server, view }) =>
      Effect.gen(function* () {
        const loads = yield* browser(() => page.evaluate(() => performance.timeOrigin))
        yield* browser(async () => {
          await page.locator(".acts .bound").getByText("30.5 s").waitFor()
          await view.button("Interrupt").click()
          await view.dialog.getByText("Are you sure you want to interrupt release?").waitFor()
          await view.dialog.getByText("within 30.5 s, can be resumed").waitFor()
          await page.waitForFunction((text) => document.activeElement?.textContent === text, "Keep runningesc")
          await view.answer("Keep running").click()
          await view.dialog.waitFor({ state: "detached" })
          await page.waitForFunction((text) => document.activeElement?.textContent === text, "Interrupti")
        })
        assert.strictEqual((yield* server.executions.get(id)).status, "Running")

        yield* browser(async () => {
          await view.button("Interrupt").click()
          await view.dialog.getByLabel(/Reason/).fill("wrong token")
          await view.answer("Interrupt").click()
          await view.chip("Interrupting…")
          await view.banner.getByText("Interrupt requested (page) — will stop within 30.5 s").waitFor()
          await view.banner.getByText(/^SIGTERM sent .* ago; SIGKILL in .* if it is still running$/).waitFor()
          await view.banner.getByText("may leave upload/part-2 half done").waitFor()
          assert.isTrue(await view.button("Interrupting…").isDisabled())
          assert.isTrue(await view.button("Pause").isDisabled())
          // The button that can't be pressed any more has given its focus to its neighbour.
          await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "More")
          // Requested, not interrupted.
          assert.notMatch(await page.locator(".xh").innerText(), /Interrupted/)
          assert.match(await page.title(), /^Interrupting… · 2 of 4 · release/)
        })
        assert.strictEqual((yield* server.executions.get(id)).status, "Interrupting")

        server.write("stop", "")
        yield* browser(() => view.says(/^Stopped .* after the request, within the promised 30.5 s$/))
        const state = yield* server.executions.get(id)
        const record = state.ended!.partition
        const listed = yield* browser(() => listedSteps(page))
        assert.deepStrictEqual(listed, {
          Done: [...record.completed],
          "Interrupted at": record.interrupted.map(({ step }) => step),
          "Not started": [...record.notStarted]
        })
        assert.deepStrictEqual(listed["Interrupted at"], ["upload/part-2"])
        yield* browser(async () => {
          await view.says("“wrong token”")
          await page
            .locator(".report")
            .getByText(/^exited on SIGTERM after/)
            .first()
            .waitFor()
          assert.match(await page.title(), /^Interrupted · 2 of 4 · release/)
          assert.strictEqual(await page.evaluate(() => performance.timeOrigin), loads)
        })

        server.write("go", "")
        yield* browser(async () => {
          await page.locator(".resume").getByText("Attempt 2 keeps 2 done steps, runs upload/part-2 again").waitFor()
          await view.button("Resume release").click()
          await view.chip("Completed")
          await view.says(/^Completed 4 steps in/)
        })
        const after = yield* server.executions.get(id)
        assert.strictEqual(after.attempt, 2)
        assert.strictEqual(after.source, "Page")
      })
  )

  test(
    "R3 R8 P10 two browsers and a terminal see the same, whoever asks",
    "release",
    "upload/part-2",
    ({ id, page, server, view }) =>
      Effect.gen(function* () {
        const second = on(yield* server.openPage({ path: `/executions/${id}` }))
        const watch = yield* Program.halte(["watch", id, "--progress", "lines", "--project", server.directory])
        yield* watch.output.waitFor(/part-2/)
        const asked = yield* Program.halte(["interrupt", id, "--reason", "lunch", "--project", server.directory])
        assert.strictEqual((yield* asked.end()).code, 0)
        yield* browser(async () => {
          for (const one of [view, second]) {
            await one.chip("Interrupting…")
            await one.banner.getByText(/^Interrupt requested by .* \(CLI\) — will stop within 30.5 s$/).waitFor()
            await one.banner.locator("code", { hasText: "upload/part-2" }).waitFor()
          }
          // The page asks again: no second effect, and everybody sees that.
          assert.isTrue(await view.button("Interrupting…").isDisabled())
        })
        yield* server.executions.interrupt(id, { source: "Http", by: "bob" })
        yield* browser(() => second.banner.getByText("by bob (HTTP), no second effect").waitFor())
        server.write("stop", "")
        yield* browser(async () => {
          for (const one of [view, second]) await one.says("“lunch”")
          await page.locator(".report").getByText("once, bob, HTTP, no effect").waitFor()
        })
        assert.strictEqual((yield* watch.end()).code, 130)
      })
  )

  test(
    "P11 Terminate now is there only after an interrupt, says what may be half done, and ends what hears nothing",
    "stubborn",
    "hold",
    ({ id, server, page, view }) =>
      Effect.gen(function* () {
        yield* browser(async () => {
          assert.strictEqual(await view.button("Terminate now").count(), 0)
          await interrupt(view)
          await view.button("Terminate now").click()
          await view.dialog.getByText("Terminate stubborn now?").waitFor()
          await view.dialog.getByText("May be left half done: hold").waitFor()
          await view.dialog.getByText("SIGKILL to 1 process").waitFor()
          await page.waitForFunction((text) => document.activeElement?.textContent === text, "Keep runningesc")
          await view.answer("Keep running").click()
          await view.chip("Interrupting…")
          await view.button("Terminate now").click()
          await page.keyboard.press("Control+Enter")
          await view.chip("Terminated")
          await view.says(/^Ended by force .* after the request$/)
          await page.locator(".half-done").getByText("hold").waitFor()
          await page
            .locator(".report")
            .getByText(/^ended by SIGKILL after/)
            .first()
            .waitFor()
        })
        assert.strictEqual((yield* server.executions.get(id)).status, "Terminated")
      })
  )

  test(
    "R70 pauses the process itself, resumes it, and interrupts while paused",
    "release",
    "upload/part-2",
    ({ id, server, view, page }) =>
      Effect.gen(function* () {
        const { processes } = yield* server.executions.get(id)
        const pid = processes.at(-1)!.pid
        const stopped = () => /^\d+ \(.*\) T/.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
        yield* browser(async () => {
          await view.button("Pause").click()
          await view.chip("Paused")
          await page.locator(".held").getByText("upload/part-2 holds, 1 process held by SIGSTOP").waitFor()
        })
        if (process.platform === "linux") assert.isTrue(stopped())
        yield* browser(async () => {
          await view.button("Resume").click()
          await view.chip("Running")
        })
        if (process.platform === "linux") assert.isFalse(stopped())
        yield* browser(async () => {
          await view.button("Pause").click()
          await view.chip("Paused")
          await interrupt(view)
          await view.chip("Interrupting…")
        })
        server.write("stop", "")
        yield* browser(() => view.chip("Interrupted"))
      })
  )

  test(
    "R67 interrupts after more steps: those that may still start go to their end",
    "release",
    "upload/part-2",
    ({ id, server, page, view }) =>
      Effect.gen(function* () {
        yield* browser(async () => {
          await view.button("More").click()
          await page.getByRole("menuitem", { name: /^Interrupt after more steps/ }).click()
          await view.dialog.getByLabel(/Steps that may still start/).fill("0")
          await view.answer("Interrupt").click()
          await view.banner.getByText("the running steps go to their end, then it stops").waitFor()
          await view.banner.getByText("goes to its end undisturbed").waitFor()
        })
        server.write("go", "")
        yield* browser(() => view.chip("Interrupted"))
        const { completed, notStarted } = (yield* server.executions.get(id)).ended!.partition
        assert.deepStrictEqual([completed, notStarted], [["build", "upload/part-1", "upload/part-2"], ["announce"]])
      })
  )

  test("R65 params can be changed before it is resumed", "release", "upload/part-2", ({ id, server, page, view }) =>
    Effect.gen(function* () {
      yield* browser(() => interrupt(view))
      server.write("stop", "")
      yield* browser(() => view.chip("Interrupted"))
      server.write("go", "")
      yield* browser(async () => {
        await page.getByText("Change something before").click()
        assert.strictEqual(await page.getByLabel(/^target/).inputValue(), "beta")
        await page.getByLabel(/^target/).fill("public")
        await view.button("Resume release").click()
        await view.chip("Completed")
      })
      const state: ExecutionState.ExecutionState = yield* server.executions.get(id)
      assert.deepStrictEqual(state.params, { target: "public" })
    })
  )

  test(
    "a step that may not simply run twice is asked about before it is resumed",
    "once",
    "charge",
    ({ id, server, page, view }) =>
      Effect.gen(function* () {
        yield* browser(() => interrupt(view))
        server.write("stop", "")
        yield* browser(() => view.chip("Interrupted"))
        server.write("go", "")
        yield* browser(async () => {
          assert.isTrue(await view.button("Resume once").isDisabled())
          // The button of the head leads to the question.
          await page.getByRole("group", { name: "Actions" }).getByRole("button", { name: "Resume" }).click()
          await page.waitForFunction(() => document.activeElement?.getAttribute("type") === "checkbox")
          await page.getByLabel("Run charge again").check()
          await page.locator(".copy").getByText(`halte resume ${id} --rerun charge`).waitFor()
          await view.button("Resume once").click()
          await view.chip("Completed")
        })
      })
  )

  test(
    "R72 the history has every attempt and request, and goes on from the latest",
    "release",
    "upload/part-2",
    ({ page, server, view }) =>
      Effect.gen(function* () {
        yield* browser(async () => {
          await view.button("Interrupt").click()
          await view.dialog.getByLabel(/Reason/).fill("lunch")
          await view.answer("Interrupt").click()
        })
        server.write("stop", "")
        yield* browser(async () => {
          await view.chip("Interrupted")
          await page.getByRole("link", { name: "History", exact: true }).first().click()
          const first = page.locator(".history li.card").first()
          await first.getByText("“lunch”").waitFor()
          await first.getByText(/stopped \+.* s, promised 30.5 s: kept/).waitFor()
          await first.getByText("build, upload/part-1").waitFor()
          await first.getByText("announce").waitFor()
        })
        server.write("go", "")
        yield* browser(async () => {
          await view.button("Resume from here").click()
          await view.chip("Completed")
          assert.strictEqual(await page.locator(".history li.card").count(), 2)
        })
      })
  )

  test(
    "R71 the keys do what the buttons do, and take nothing from who types or copies",
    "release",
    "upload/part-2",
    ({ page, server, view }) =>
      Effect.gen(function* () {
        yield* browser(async () => {
          await page.locator("main").focus()
          await page.keyboard.press("i")
          await view.dialog.getByText("Confirm Interrupt").waitFor()
          await page.keyboard.press("Escape")
          await view.dialog.waitFor({ state: "detached" })
          // Marked text is copied.
          await page.evaluate(() => getSelection()?.selectAllChildren(document.querySelector("h1")!))
          await page.keyboard.press("Control+c")
          assert.strictEqual(await view.dialog.count(), 0)
          await page.evaluate(() => getSelection()?.removeAllRanges())
          await page.keyboard.press("Control+c")
          await view.dialog.getByText("Confirm Interrupt").waitFor()
          await page.keyboard.press("Escape")
          await page.locator("main").focus()
          await page.keyboard.press("l")
          await page.getByRole("log").waitFor()
          await page.keyboard.press("g")
          await page.locator(".panel").waitFor()
          await page.keyboard.press("Escape")
          await page.locator(".panel").waitFor({ state: "detached" })
          await page.keyboard.press("p")
          await view.chip("Paused")
          await page.keyboard.press("r")
          await view.chip("Running")
          await page.keyboard.press("i")
          await page.keyboard.press("Control+Enter")
          await view.chip("Interrupting…")
          await page.keyboard.press("t")
          await view.dialog.getByText("Terminate release now?").waitFor()
          await page.keyboard.press("Escape")
        })
        server.write("stop", "")
        yield* browser(() => view.chip("Interrupted"))
      })
  )

  test(
    "R9 R51 what ends while it is asked about is not interrupted any more",
    "release",
    "upload/part-2",
    ({ id, server, view }) =>
      Effect.gen(function* () {
        yield* browser(async () => {
          await view.button("Interrupt").click()
          await view.dialog.getByText("Confirm Interrupt").waitFor()
        })
        server.write("go", "")
        yield* browser(async () => {
          await view.chip("Completed")
          await view.dialog.waitFor({ state: "detached" })
        })
        assert.deepStrictEqual((yield* server.executions.get(id)).requests, [])
      })
  )
})

/** The steps of each list of the report, by its name. */
const listedSteps = (page: Page): Promise<Record<string, ReadonlyArray<string>>> =>
  page
    .locator(".part")
    .evaluate((part) =>
      Object.fromEntries(
        [...part.querySelectorAll("ul")].map((list) => [
          list.getAttribute("aria-label") ?? "",
          [...list.querySelectorAll("li > a")].map((link) => link.textContent ?? "")
        ])
      )
    )
