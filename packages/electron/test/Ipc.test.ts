/** Who may ask the main process, for what, and with what: the one place where a page is heard. */
import { assert, describe, it } from "@effect/vitest"
import { type CallName, calls, channels, defaults } from "@halte/web/DesktopBridge"
import { Effect } from "effect"
import * as FastCheck from "fast-check"
import { afterEach, beforeEach } from "vitest"
import { electronControl } from "../../../test/support/electron/Control.ts"
import { BrowserWindow, ipcMain } from "../../../test/support/electron/Main.ts"
import type { Frame, WebContents } from "../../../test/support/electron/WebContents.ts"
import * as Ipc from "../src/main/Ipc.ts"

const names = Object.keys(calls) as ReadonlyArray<CallName>

interface Heard {
  readonly name: string
  readonly argument: unknown
  readonly from: string
}

let heard: Array<Heard> = []
let log: Array<string> = []
let window: BrowserWindow
let answer: (name: string) => unknown = () => null

const handlers = Object.fromEntries(
  names.map((name) => [
    name,
    (argument: unknown, from: string) => {
      heard.push({ name, argument, from })
      return answer(name)
    }
  ])
) as unknown as Ipc.Handlers<string>

beforeEach(() => {
  electronControl.reset()
  electronControl.ready()
  heard = []
  log = []
  answer = () => null
  window = new BrowserWindow()
  void window.loadURL("halte://app/executions")
  Ipc.install({
    windowOf: (contents) => ((contents as unknown) === window.contents ? "the window" : undefined),
    handlers,
    log: (line) => log.push(line)
  })
})
afterEach(() => electronControl.reset())

const ask = (args: ReadonlyArray<unknown>, frame?: Frame | null, from: WebContents = window.contents) =>
  electronControl.invoke(from, channels.call, args, frame).then(
    (value) => ({ value }),
    (error: unknown) => ({ refused: (error as Error).message.replace(/^Error invoking remote method '[^']*': /, "") })
  )

const strangers = "Error: The desktop answers only the page of its own windows."
const unknown = "Error: The desktop was asked for something that it does not do."
const misfit = (name: string) => `Error: The desktop was asked for \`${name}\` with something that it does not take.`

/** One good argument of each call. */
const good: { readonly [N in CallName]: (typeof calls)[N]["Type"] } = {
  state: null,
  changeSettings: { theme: "dark" },
  ask: { title: "T", message: "M", yes: "Y", no: "N" },
  viewing: { command: false, execution: "01ARZ3NDEKTSV4RRFFQ6", name: "release" },
  copy: "a text",
  chooseFile: null,
  chooseProject: null,
  open: "/projects/release",
  restartEngine: { resume: true },
  terminateAll: null,
  dismiss: 3
}

describe("a call of the page", () => {
  for (const name of names)
    it.live(`\`${name}\` is answered by its handler, with its argument and the window that it came from`, () =>
      Effect.gen(function* () {
        answer = () => ({ an: "answer" })
        assert.deepStrictEqual(yield* Effect.promise(() => ask([name, good[name]])), { value: { an: "answer" } })
        assert.deepStrictEqual(heard, [{ name, argument: good[name], from: "the window" }])
        assert.deepStrictEqual(log, [])
      })
    )

  it.live("whose handler fails is refused with the message of that, and why is in the log", () =>
    Effect.gen(function* () {
      answer = () => {
        throw new Error("The engine could not be started again: it was killed.")
      }
      assert.deepStrictEqual(yield* Effect.promise(() => ask(["restartEngine", { resume: true }])), {
        refused: "Error: The engine could not be started again: it was killed."
      })
      assert.match(log.join("\n"), /^Call `restartEngine` failed: Error: The engine could not.*\n\s+at /)
      answer = () => Promise.reject("no error at all")
      assert.deepStrictEqual(yield* Effect.promise(() => ask(["state", null])), { refused: "Error: no error at all" })
      answer = () => Promise.reject(new Error(""))
      assert.deepStrictEqual(yield* Effect.promise(() => ask(["state", null])), {
        refused: "Error: It failed, and said nothing of why."
      })
    })
  )

  it("is heard on one channel until that is ended", () => {
    electronControl.reset()
    const end = Ipc.install({ windowOf: () => undefined, handlers, log: () => undefined })
    assert.deepStrictEqual(electronControl.channels(), [channels.call])
    assert.deepStrictEqual(ipcMain.eventNames(), [])
    end()
    assert.deepStrictEqual(electronControl.channels(), [])
  })
})

describe("a call is refused, and logged, that comes", () => {
  const refusedFrom = (title: string, frame: () => Frame | null | undefined, why: RegExp, from?: () => WebContents) =>
    it.live(title, () =>
      Effect.gen(function* () {
        for (const name of names)
          assert.deepStrictEqual(yield* Effect.promise(() => ask([name, good[name]], frame(), from?.())), {
            refused: strangers
          })
        assert.deepStrictEqual(heard, [])
        assert.strictEqual(log.length, names.length)
        for (const line of log) assert.match(line, why)
      })
    )

  /** As the page's own frame, but for this. */
  const like = (changes: Partial<Frame>): Frame => {
    const { detached, isDestroyed, origin, parent, processId, routingId, top, url } = window.contents.mainFrame
    return { detached, isDestroyed, origin, parent, processId, routingId, top, url, ...changes }
  }

  refusedFrom(
    "from web contents of no window of ours",
    () => undefined,
    /no window of Halte/,
    () => {
      const other = new BrowserWindow({ show: false })
      void other.loadURL("halte://app/")
      return other.contents
    }
  )
  refusedFrom("from a frame that is gone", () => null, /its frame is gone/)
  refusedFrom("from a frame that is detached", () => like({ detached: true }), /its frame is gone/)
  refusedFrom(
    "from a frame within the page, even of the page's own address",
    () => window.contents.innerFrame("halte://app/"),
    /a frame within the page/
  )
  refusedFrom("from another top frame than the page's", () => like({ routingId: 99 }), /a frame within the page/)
  refusedFrom("from another process than the page's", () => like({ processId: 99 }), /a frame within the page/)
  refusedFrom("from a document of no origin, whatever its address", () => like({ origin: "null" }), /another page/)
  for (const url of [
    "https://evil.example/",
    "halte://app.evil.example/",
    "halte://application/",
    "halte://app:80/",
    "halte://app@evil.example/",
    "halte://user:pass@app/",
    "halte://APP/",
    "halte:app/",
    "halte:///app/",
    "haltex://app/",
    "http://app/",
    "file:///app/",
    "about:blank",
    "blob:halte://app/1",
    "data:text/html,halte://app/",
    "javascript:halte://app/",
    "chrome-error://chromewebdata/",
    ""
  ])
    refusedFrom(`from the address “${url}”`, () => like({ url }), /another page/)

  it.live("from something that is no frame, as a service worker is none", () =>
    Effect.gen(function* () {
      let handler: ((event: object, ...args: ReadonlyArray<unknown>) => Promise<unknown>) | undefined
      const { handle } = ipcMain
      electronControl.reset()
      electronControl.ready()
      ipcMain.handle = (_: string, given: unknown) => void (handler = given as typeof handler)
      try {
        Ipc.install({ windowOf: () => "the window", handlers, log: (line) => log.push(line) })
      } finally {
        ipcMain.handle = handle
      }
      const { contents } = new BrowserWindow({ show: false })
      const event = { type: "service-worker", sender: contents, senderFrame: contents.mainFrame }
      const error = yield* Effect.flip(Effect.tryPromise(() => handler!(event, "state", null)))
      assert.match(String(error.cause), /answers only the page of its own windows/)
      assert.match(log.join(), /it comes from no frame/)
    })
  )
})

describe("a call is refused, and logged, that asks", () => {
  it.live("for what there is not, also for what every object has by birth", () =>
    Effect.gen(function* () {
      for (const args of [
        ["constructor", null],
        ["__proto__", null],
        ["toString", null],
        ["hasOwnProperty", "state"],
        ["valueOf", null],
        ["isPrototypeOf", {}],
        ["quit", null],
        ["STATE", null],
        ["state ", null],
        ["", null],
        [undefined, null],
        [null, null],
        [7, null],
        [["state"], null],
        [{ name: "state" }, null],
        [new Map([["state", 1]]), null],
        [],
        ["state", null, "and more"]
      ])
        assert.deepStrictEqual(yield* Effect.promise(() => ask(args)), { refused: unknown }, String(args[0]))
      assert.deepStrictEqual(heard, [])
      assert.strictEqual(log.length, 18)
    })
  )

  it.live("with what its schema does not take: other types, what is missing, what is too much or too long", () =>
    Effect.gen(function* () {
      const bad: { readonly [N in CallName]: ReadonlyArray<unknown> } = {
        state: [undefined, {}, "", 0, false],
        changeSettings: [
          null,
          { theme: "blue" },
          { theme: "dark", further: 1 },
          { maxExecutions: 0 },
          { maxExecutions: 1.5 },
          { maxExecutions: 1001 },
          { maxExecutions: "2" },
          { confirm: undefined },
          new Set(),
          new Map([["theme", "dark"]]),
          new Date(0),
          new Error("theme"),
          new Uint8Array(0),
          [],
          { name: "x".repeat(61) },
          { ["__proto__"]: 1, constructor: 1 }
        ],
        ask: [
          null,
          { title: "T" },
          { ...good.ask, title: 1 },
          { ...good.ask, extra: true },
          { ...good.ask, message: "x".repeat(1001) },
          { ...good.ask, detail: null },
          { ...good.ask, yes: "x".repeat(61) }
        ],
        viewing: [null, {}, { command: "yes" }, { command: true, execution: "x".repeat(65) }, { command: true, id: 1 }],
        copy: [null, 1, ["a"], { text: "a" }, "x".repeat(1_000_001), new Date(0), 1n],
        chooseFile: [undefined, "/etc", {}],
        chooseProject: [undefined, "/etc", {}],
        open: [null, 1, {}, "x".repeat(4097), ["/etc"]],
        restartEngine: [null, {}, { resume: 1 }, { resume: true, kill: true }],
        terminateAll: [undefined, true, {}],
        dismiss: [null, "1", 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1n]
      }
      for (const name of names)
        for (const argument of bad[name])
          assert.deepStrictEqual(yield* Effect.promise(() => ask([name, argument])), { refused: misfit(name) }, name)
      assert.deepStrictEqual(heard, [])
      assert.strictEqual(log.length, Object.values(bad).flat().length)
      // A log has lines, and none of them is the page's.
      for (const line of log) assert.isBelow(line.length, 300)
    })
  )

  it.live("for anything at all, in any form: it is a call that fits, or it reaches nobody", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.array(
            FastCheck.oneof(
              FastCheck.constantFrom<unknown>(
                ...names,
                ...Object.values(good),
                ...Object.getOwnPropertyNames({}.constructor.prototype)
              ),
              FastCheck.anything({
                withBigInt: true,
                withDate: true,
                withMap: true,
                withSet: true,
                withTypedArray: true
              })
            ),
            { maxLength: 3 }
          ),
          async (args) => {
            heard = []
            let sent: ReadonlyArray<unknown>
            try {
              sent = structuredClone(args)
            } catch {
              // That can't be sent at all.
              return
            }
            const result = await ask(args)
            const [name, argument] = sent
            if (heard.length === 0)
              assert.include([unknown, misfit(String(name))], "refused" in result && result.refused)
            else {
              assert.deepStrictEqual(result, { value: null })
              assert.strictEqual(heard.length, 1)
              assert.include(names, heard[0]!.name)
              assert.deepStrictEqual([heard[0]!.name, heard[0]!.argument], [name, argument])
              // Nothing arrives that was not said: no field more, none less.
              assert.deepStrictEqual(
                Object.keys(Object(heard[0]!.argument)).sort(),
                Object.keys(Object(argument)).sort()
              )
            }
          }
        ),
        { numRuns: 2000 }
      )
    )
  )

  it.live("for a change of settings takes any part of them, and no value that none of them has", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.constantFrom(...(Object.keys(defaults) as ReadonlyArray<keyof typeof defaults>)),
          FastCheck.anything(),
          async (key, value) => {
            heard = []
            const result = await ask(["changeSettings", { [key]: value }]).catch(() => undefined)
            if (result === undefined) return
            const isTaken = heard.length === 1
            assert.strictEqual("value" in result, isTaken)
            if (isTaken) assert.strictEqual(typeof value, value === null ? "object" : typeof (defaults[key] ?? 1))
          }
        ),
        { numRuns: 500 }
      )
    )
  )
})
