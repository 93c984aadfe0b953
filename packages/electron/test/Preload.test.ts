import { assert, describe, it } from "@effect/vitest"
import { afterEach, vi } from "vitest"
import { defaults, type DesktopState } from "@halte/web/DesktopBridge"
import { channels, globalName } from "@halte/web/DesktopChannels"

const state: DesktopState = {
  engine: { _tag: "Running", recovered: [] },
  settings: defaults,
  recent: [],
  user: "anna",
  notices: []
}

/** Loads the preload script into a document of this address, as Electron does, before the page. */
const loaded = async (address = "halte://app/executions", frame: "top" | "inner" = "top") => {
  vi.resetModules()
  const top = {}
  vi.stubGlobal("window", frame === "top" ? Object.assign(top, { top }) : { top })
  vi.stubGlobal("location", new URL(address))
  const electron = await import("../../../test/support/electron/Renderer.ts")
  await import("../src/preload/Preload.ts")
  const bridge = electron.bridge()
  return { electron, bridge, get: () => bridge ?? assert.fail("The page finds no bridge.") }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe("the preload script", () => {
  it("gives the page a handful of functions, by one name, and nothing of Electron's own", async () => {
    const { electron, get } = await loaded()
    assert.deepStrictEqual(Object.keys(electron.exposed), [globalName])
    const bridge = get()
    assert.deepStrictEqual(Object.keys(bridge).sort(), ["call", "onGo", "onMenu", "onState", "pathOf", "platform"])
    assert.strictEqual(bridge.platform, process.platform)
    for (const [name, value] of Object.entries(bridge))
      if (name !== "platform") assert.strictEqual(typeof value, "function", name)
  })

  it("gives nothing to a frame within the page, nor to any other document", async () => {
    assert.isUndefined((await loaded("halte://app/", "inner")).bridge)
    for (const address of [
      "about:blank",
      "https://app/",
      "halte://other/",
      "halte://app.example/",
      "file:///app/index.html",
      "http://127.0.0.1:4280/executions"
    ])
      assert.deepStrictEqual(Object.keys((await loaded(address)).electron.exposed), [], address)
  })

  it("asks over one channel, with a name and an argument, and gives the answer", async () => {
    const { electron, get } = await loaded()
    const asked: Array<ReadonlyArray<unknown>> = []
    electron.answer(async (...all) => {
      asked.push(all)
      return { yes: true, checked: false }
    })
    const question = { title: "Confirm Interrupt", message: "Sure?", yes: "Interrupt", no: "Keep running" }
    assert.deepStrictEqual(await get().call("ask", question), { yes: true, checked: false })
    assert.deepStrictEqual(asked, [[channels.call, "ask", question]])
  })

  it("rejects with the message that the desktop wrote, without what Electron writes before it", async () => {
    const { electron, get } = await loaded()
    for (const [thrown, message] of [
      [new Error("`x.txt` is not a flow file."), "`x.txt` is not a flow file."],
      [new TypeError("An object could not be cloned."), "An object could not be cloned."],
      [new Error("Error: it says so itself"), "Error: it says so itself"]
    ] as const) {
      electron.answer(async () => {
        throw thrown
      })
      let said: unknown
      await get()
        .call("open", "/x.txt")
        .catch((error: unknown) => {
          said = error
        })
      assert.instanceOf(said, Error)
      assert.strictEqual((said as Error).message, message)
    }
  })

  it("lets no function through to the desktop", async () => {
    const { electron, get } = await loaded()
    let called = false
    electron.answer(async () => {
      called = true
    })
    const wrong = { title: "x", run: () => undefined } as unknown as never
    let said: unknown
    await get()
      .call("ask", wrong)
      .catch((error: unknown) => {
        said = error
      })
    assert.match(String(said), /could not be cloned/)
    assert.isFalse(called)
  })

  it("tells what is told, without the event that it came with, until the listener is taken away", async () => {
    const { electron, get } = await loaded()
    const heard: Array<ReadonlyArray<unknown>> = []
    const stops = [
      get().onState((...all) => void heard.push(["state", ...all])),
      get().onGo((...all) => void heard.push(["go", ...all])),
      get().onMenu((...all) => void heard.push(["menu", ...all]))
    ]
    electron.send(channels.state, state)
    electron.send(channels.go, "/executions/01JD3M8Z9F4T6V2X0YQ7")
    electron.send(channels.menu, "settings")
    const all = [
      ["state", state],
      ["go", "/executions/01JD3M8Z9F4T6V2X0YQ7"],
      ["menu", "settings"]
    ]
    assert.deepStrictEqual(heard, all)
    for (const stop of stops) stop()
    for (const channel of [channels.state, channels.go, channels.menu])
      assert.strictEqual(electron.listening(channel), 0)
    electron.send(channels.state, state)
    assert.strictEqual(heard.length, all.length)
  })

  it("takes away the listener that is asked for, and no other", async () => {
    const { electron, get } = await loaded()
    const heard: Array<string> = []
    const stop = get().onGo((address) => void heard.push(`first ${address}`))
    get().onGo((address) => void heard.push(`second ${address}`))
    stop()
    electron.send(channels.go, "/flows")
    assert.deepStrictEqual(heard, ["second /flows"])
  })

  it("knows the path of a file that was dropped", async () => {
    const { get } = await loaded()
    assert.strictEqual(get().pathOf(new File(["halte: 1"], "deploy.flow.yaml")), "/dropped/deploy.flow.yaml")
  })
})
