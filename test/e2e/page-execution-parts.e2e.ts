// What the page of an execution shows: gates, failures, logs, a lost server, and all of it to everybody.
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import type { Page } from "playwright-core"
import { afterAll } from "vitest"
import * as Axe from "../support/Axe.ts"
import * as CuttingPort from "../support/CuttingPort.ts"
import * as PageServer from "../support/PageServer.ts"

afterAll(PageServer.closeBrowser)

const files = {
  "hold.flow.yaml": `halte: 1
name: holding
steps:
  build: { run: echo building; echo warned >&2 }
  hold: { after: build, run: sh hold.sh hold }
  announce: { after: hold, run: echo announced }
`,
  "gate.flow.yaml": `halte: 1
name: shipping
steps:
  build: { run: [node, -e, 'console.log(JSON.stringify({ files: 3, size: { bytes: 12 } }))'], output: json-last-line }
  ship: { after: build, gate: Ship it? }
  announce: { after: ship, run: echo shipped }
`,
  "asking.flow.yaml": `halte: 1
name: asking
steps:
  where:
    gate: Where to?
    returns:
      type: object
      properties:
        region: { enum: [eu, us] }
        servers: { type: integer, minimum: 1 }
        canary: { type: boolean }
        sure: { type: boolean }
        ports: { type: array, items: { type: integer } }
        limits: { type: object, properties: { cpu: { type: number } } }
        note: { type: string, minLength: 3 }
      required: [region, servers, sure]
  ship: { after: where, gate: "Ship it?", returns: { type: integer } }
`,
  "fail.flow.yaml": `halte: 1
name: migrating
steps:
  migrate: { run: 'test -e go || { echo "relation users is there" >&2; exit 3; }' }
  after: { after: migrate, run: echo after }
`,
  "lines.flow.yaml": `halte: 1
name: lines
steps:
  print: { run: [node, print.cjs] }
`,
  "print.cjs": `const { existsSync } = require("node:fs")
for (let i = 1; i <= 3000; i++) console.log(i % 1000 === 0 ? "\\u001b[31mneedle " + i + "\\u001b[0m" : "line " + i + " <b>" + "x".repeat(i % 7 === 0 ? 400 : 3))
const timer = setInterval(() => { if (existsSync("more")) { clearInterval(timer); console.error("the end of it") } }, 20)
`
}

const main = (page: Page) => page.locator("main")
const chip = (page: Page, word: string) => page.locator(".xh .chip", { hasText: word }).waitFor()
const browser = <A>(run: () => Promise<A>) => Effect.promise(run)

const test = (
  title: string,
  run: (server: PageServer.PageServer) => Effect.Effect<void, unknown, Scope.Scope>,
  options?: Parameters<typeof PageServer.serve>[1]
) => it.live(title, () => Effect.scoped(Effect.flatMap(PageServer.serve(files, options), run)))

describe("the parts of the page of an execution", () => {
  test("a gate is answered in the page, and a value is read there", (server) =>
    Effect.gen(function* () {
      const id = yield* server.executions.start({ flow: "shipping" })
      const page = yield* server.openPage({ path: `/executions/${id}?step=ship` })
      yield* browser(async () => {
        await page.locator(".panel").getByText("Ship it?").waitFor()
        await page.getByRole("button", { name: "Approve" }).click()
        await chip(page, "Completed")
        await page.goto(`${server.url}/executions/${id}?view=graph&step=build`)
        const output = page.locator(".panel section", { hasText: "Output" })
        await output.getByText("exitCode").waitFor()
        await output.locator("summary").first().click()
        await output.getByText("files").waitFor()
      })
      const { steps } = yield* server.executions.get(id)
      assert.strictEqual(steps.get("ship")?.value, true)
    }))

  test("a value is given field by field with the keyboard, refused at its field, and rejected with a reason", (server) =>
    Effect.gen(function* () {
      const id = yield* server.executions.start({ flow: "asking" })
      const page = yield* server.openPage({ path: `/executions/${id}?step=where`, allow: /409/ })
      const panel = page.locator(".panel")
      const field = (name: string) => panel.locator(`[name="${name}"]`)
      yield* browser(async () => {
        await panel.getByText("Where to?").waitFor()
        await field("region").focus()
        // Every field is reached by the keyboard alone, in the order of the schema.
        for (const [name, keys] of [
          ["region", ["ArrowDown"]],
          ["servers", ["3"]],
          ["canary", ["ArrowDown"]],
          ["sure", ["ArrowDown"]],
          ["ports", ["8", "0", "Enter", "8", "1"]],
          ["limits", [...'{"cpu":0.5}']],
          ["note", ["n", "o"]]
        ] as const) {
          assert.strictEqual(await page.evaluate(() => document.activeElement?.getAttribute("name")), name)
          for (const key of keys) await page.keyboard.press(key)
          await page.keyboard.press("Tab")
        }
        await page.keyboard.press("Enter")
        // What only the server checks is said at its field, and the gate is still open.
        await panel.locator(".err", { hasText: /at least 3/ }).waitFor()
        await field("note").fill("soon")
        await panel.getByRole("button", { name: "Answer" }).click()
        await page.goto(`${server.url}/executions/${id}?step=ship`)
        await panel.getByText("Ship it?").waitFor()
        await panel.getByLabel(/^Reason/).fill("not on a Friday")
        await page.keyboard.press("Enter")
        await chip(page, "Failed")
        await main(page).getByText("the gate was answered with no: not on a Friday").first().waitFor()
      })
      const { steps } = yield* server.executions.get(id)
      assert.deepStrictEqual(steps.get("where")?.value, {
        region: "eu",
        servers: 3,
        canary: false,
        sure: true,
        ports: [80, 81],
        limits: { cpu: 0.5 },
        note: "soon"
      })
    }))

  test("a failure is said first, with what was written last, and it goes on from there", (server) =>
    Effect.gen(function* () {
      const id = yield* server.executions.start({ flow: "migrating" })
      const page = yield* server.openPage({ path: `/executions/${id}` })
      yield* browser(async () => {
        await chip(page, "Failed")
        await main(page)
          .getByText(/^migrate failed after/)
          .waitFor()
        await page
          .locator(".why")
          .getByText(/exited with code 3/)
          .first()
          .waitFor()
        await page.locator(".why .log").getByText("relation users is there").waitFor()
        await page.locator(".why").getByText("process-exited").waitFor()
      })
      server.write("go", "")
      yield* browser(async () => {
        await main(page).getByRole("button", { name: "Resume migrating" }).click()
        await chip(page, "Completed")
      })
    }))

  test("the log follows until somebody scrolls up, finds text, and shows what a step wrote as text", (server) =>
    Effect.gen(function* () {
      const id = yield* server.executions.start({ flow: "lines" })
      const page = yield* server.openPage({ path: `/executions/${id}?view=logs` })
      const log = page.getByRole("log")
      const follow = page.getByRole("button", { name: "Follow" })
      yield* browser(async () => {
        // The last line is there without scrolling, and only what is in sight is drawn.
        await log.getByText("needle 3000").waitFor()
        assert.isBelow(await log.locator(".ll").count(), 200)
        assert.strictEqual(await follow.getAttribute("aria-pressed"), "true")
        await page.locator(".log-foot").getByText("3,000 lines").waitFor()
        await log.hover()
        await page.mouse.wheel(0, -4000)
        await page.locator('button[aria-pressed="false"]', { hasText: "Follow" }).waitFor()
      })
      server.write("more", "")
      yield* browser(async () => {
        await page.locator(".log-foot").getByText("3,001 lines").waitFor()
        assert.strictEqual(await log.getByText("the end of it").count(), 0)
        await follow.click()
        await log.locator(".ll.stderr", { hasText: "the end of it" }).getByText("err", { exact: true }).waitFor()

        // Found without regard to case; the first of all, the next, and back again.
        await log.focus()
        await page.keyboard.press("/")
        await page.keyboard.type("NEEDLE")
        const found = page.locator(".found")
        await found.getByText("3 lines", { exact: true }).waitFor()
        await page.keyboard.press("Enter")
        await found.getByText("1 of 3 lines").waitFor()
        await log.locator(".is-current mark", { hasText: "needle" }).waitFor()
        assert.strictEqual(await log.locator(".is-current .tx").textContent(), "needle 1000")
        await page.keyboard.press("Shift+Enter")
        await found.getByText("3 of 3 lines").waitFor()
        await page.keyboard.press("Escape")
        await log.focus()
        await page.getByRole("button", { name: "Regular expression" }).click()
        await page.getByLabel("Find in the log").fill("^line (7|8) ")
        await found.getByText("2 lines", { exact: true }).waitFor()
        await page.getByLabel("Find in the log").fill("(")
        await found.getByText(/[Uu]nterminated group/).waitFor()
        await page.getByLabel("Find in the log").fill("")
        await page.getByRole("button", { name: "Times" }).click()
        assert.strictEqual(await log.locator("time").count(), 0)
        await page.getByLabel("Step", { exact: true }).selectOption("print")
        await page.waitForURL(/step=print/)
        await log.getByText("the end of it").waitFor()
      })
    }))

  test("R41 an unknown id has a page that says so", (server) =>
    Effect.gen(function* () {
      const page = yield* server.openPage({ path: "/executions/01JD3M8Z9F4T6V2X0YQ7", allow: /404/ })
      yield* browser(async () => {
        await main(page).getByText("There is no such execution").waitFor()
        await main(page).getByText("01JD3M8Z9F4T6V2X0YQ7").waitFor()
        await page.getByRole("link", { name: "All executions" }).click()
        await page.getByRole("heading", { name: "Executions" }).waitFor()
      })
    }))

  it.live("a lost connection is said and comes back by itself, with everything that happened meanwhile", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const port = yield* CuttingPort.make
        const server = yield* PageServer.serve(files, { hosts: [port.host] })
        port.to(Number(new URL(server.url).port))
        const id = yield* server.executions.start({ flow: "holding" })
        const page = yield* server.openPage({ allow: /ERR_|Failed to load|fetch/ })
        yield* browser(async () => {
          await page.goto(server.signInUrl(`/executions/${id}`).replace(new URL(server.url).host, port.host))
          await chip(page, "Running")
        })
        const loads = yield* browser(() => page.evaluate(() => performance.timeOrigin))
        port.cut()
        port.away(true)
        yield* browser(() => main(page).getByText(`Connection to ${port.host} lost. Trying again.`).waitFor())
        yield* browser(() => main(page).getByText("A lost connection stops nothing.").waitFor())
        // It goes on.
        server.write("go", "")
        yield* Effect.repeat(server.executions.get(id), { until: ({ status }) => status === "Completed" })
        port.away(false)
        yield* browser(async () => {
          await chip(page, "Completed")
          await page.locator(".held.lost").waitFor({ state: "detached" })
          assert.strictEqual(await page.evaluate(() => performance.timeOrigin), loads)
        })
      })
    )
  )

  for (const colorScheme of ["light", "dark"] as const)
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
      { width: 320, height: 640 }
    ])
      test(`axe finds nothing, and nothing overflows: ${colorScheme}, ${viewport.width} px`, (server) =>
        Effect.gen(function* () {
          const id = yield* server.executions.start({ flow: "holding" })
          const page = yield* server.openPage({ path: `/executions/${id}?step=hold`, colorScheme, viewport })
          const clean = async (what: string) => {
            assert.deepStrictEqual(await Axe.violations(page), [], what)
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
            assert.isAtMost(wide, 0, `${what} is wider than the window`)
          }
          yield* browser(async () => {
            await page.locator(".panel .log").getByText("ready hold").waitFor()
            await clean("a step")
            await page.getByRole("button", { name: "Close the step" }).click()
            await clean("running")
            await page.getByRole("link", { name: "Logs", exact: true }).click()
            await page.getByRole("log").getByText("ready hold").waitFor()
            await clean("logs")
            await page.getByRole("link", { name: "Steps", exact: true }).click()
            await main(page).getByRole("button", { name: "Interrupt", exact: true }).click()
            await clean("the question")
            await page.getByRole("dialog").getByRole("button", { name: "Interrupt", exact: true }).click()
            await chip(page, "Interrupted")
            await main(page).getByText("Who, why, when").waitFor()
            await main(page).getByText("Change something before").click()
            await clean("the report")
            await page.getByRole("link", { name: "History", exact: true }).first().click()
            await main(page).getByRole("heading", { name: "History" }).waitFor()
            await clean("the history")
          })
        }))
})
