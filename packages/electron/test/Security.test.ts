/**
 * Electron's own list of security items (electron/electron, docs/tutorial/security.md), one after the other: what the
 * running desktop has set, over the stand-in. What Chromium makes of it only a real window shows.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { SecurityHeaders } from "@halte/http"
import { channels } from "@halte/web/DesktopBridge"
import { Effect } from "effect"
import { electronControl } from "../../../test/support/electron/Control.ts"
import { app, session } from "../../../test/support/electron/Main.ts"
import * as Repository from "../../../test/support/Repository.ts"
import * as Desktop from "../src/main/Desktop.ts"
import { StartRefused } from "../src/main/StartFailure.ts"
import * as WindowSecurity from "../src/main/WindowSecurity.ts"
import * as TestDesktop from "./support/TestDesktop.ts"

const json = (path: string) => JSON.parse(readFileSync(join(Repository.root, path), "utf8"))

const elsewhere = [
  "https://evil.example/",
  "http://localhost:3000/",
  "file:///etc/passwd",
  "halte://evil/",
  "halte://app.evil.example/",
  "halte://app:8080/",
  "halte://user@app/",
  "halte:/app/",
  "HALTEX://app/",
  "javascript:alert(1)",
  "data:text/html,<script>1</script>",
  "about:blank",
  "chrome://settings",
  "devtools://devtools/bundled/inspector.html",
  "blob:https://evil.example/1",
  "view-source:halte://app/",
  "not an address",
  ""
]

const packaged = { prepare: () => void (electronControl.app.isPackaged = true) }

describe("the desktop, by Electron's list of security items", () => {
  it.live("1: only secure content is loaded: nothing comes from a network at all", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make(packaged)
      for (const one of [test.window().contents.session, session.defaultSession]) {
        const asks = (url: string, resourceType: string) =>
          new Promise<boolean>((resolve) => {
            const listener = one.webRequest.listeners.get("onBeforeRequest") as unknown as (
              details: object,
              callback: (answer: { cancel: boolean }) => void
            ) => void
            listener({ url, resourceType }, ({ cancel }) => resolve(!cancel))
          })
        for (const type of ["mainFrame", "subFrame", "script", "xhr", "webSocket", "ping", "other"])
          for (const url of [...elsewhere, "wss://evil.example/", "ws://127.0.0.1:1/"])
            assert.isFalse(yield* Effect.promise(() => asks(url, type)), `${type} ${url}`)
        for (const type of ["mainFrame", "script", "xhr", "stylesheet"])
          assert.isTrue(yield* Effect.promise(() => asks("halte://app/assets/index.js", type)))
        assert.isTrue(yield* Effect.promise(() => asks("blob:halte://app/0-1", "other")))
        assert.isTrue(yield* Effect.promise(() => asks("data:image/png;base64,AA==", "image")))
        assert.isFalse(yield* Effect.promise(() => asks("data:text/javascript,1", "script")))
      }
    })
  )

  it.live("1: no certificate is trusted, and none is shown to anybody", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      const { certificateProc } = test.window().contents.session
      assert.strictEqual(
        yield* Effect.promise(
          () => new Promise<number>((resolve) => certificateProc?.({ hostname: "a" } as never, resolve))
        ),
        -2
      )
      let trusted: unknown
      let isPrevented = false
      const event = { preventDefault: () => void (isPrevented = true) }
      app.emit("certificate-error", event, {}, "https://evil.example/", "net::ERR", {}, (is: boolean) => (trusted = is))
      assert.deepStrictEqual([trusted, isPrevented], [false, true])
      let chosen: unknown = "none yet"
      isPrevented = false
      app.emit("select-client-certificate", event, {}, "", [{}], (one: unknown) => (chosen = one))
      assert.deepStrictEqual([chosen, isPrevented], [undefined, true])
    })
  )

  it.live("2, 3, 4, 6, 8 to 12: every window says each preference itself, and none that opens anything", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        ...packaged,
        args: ["SCRATCH/a", "SCRATCH/b"],
        prepare: (scratch) => {
          packaged.prepare()
          for (const name of ["a", "b"]) TestDesktop.project(scratch, name)
        }
      })
      assert.strictEqual(electronControl.openWindows().length, 2)
      for (const { contents, options } of electronControl.openWindows()) {
        const { session: own, ...preferences } = options.webPreferences ?? {}
        assert.strictEqual(own as unknown, contents.session)
        assert.deepStrictEqual(preferences, {
          preload: join(test.scratch, "Preload.cjs"),
          // 2
          nodeIntegration: false,
          nodeIntegrationInWorker: false,
          nodeIntegrationInSubFrames: false,
          // 3
          contextIsolation: true,
          // 4
          sandbox: true,
          // 6
          webSecurity: true,
          // 8
          allowRunningInsecureContent: false,
          // 9; and no `enableBlinkFeatures`, which is 10
          experimentalFeatures: false,
          // 11, 12
          webviewTag: false,
          plugins: false,
          navigateOnDragDrop: false,
          spellcheck: false,
          safeDialogs: true,
          devTools: false
        })
        assert.isFalse(contents.session.isSpellCheckerEnabled())
      }
      // 4, also for what nobody meant to open.
      assert.isTrue(electronControl.app.sandboxed)
    })
  )

  it.live("5: every permission and every device is denied, of every session", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      for (const one of [test.window().contents.session, session.defaultSession, session.fromPartition("new")]) {
        for (const permission of [
          "media",
          "geolocation",
          "notifications",
          "clipboard-read",
          "openExternal",
          "unknown"
        ]) {
          assert.isFalse(yield* Effect.promise(() => one.asksFor(permission)), permission)
          assert.isFalse(one.has(permission), permission)
        }
        assert.isFalse(one.devicePermission?.({} as never))
        let shared: unknown = "nothing yet"
        ;(one.displayMedia as (request: object, callback: (streams: unknown) => void) => void)(
          {},
          (streams) => (shared = streams)
        )
        assert.isNull(shared)
      }
      let device: unknown = "none yet"
      let isPrevented = false
      const event = { preventDefault: () => void (isPrevented = true) }
      test.window().contents.emit("select-bluetooth-device", event, [{}], (id: string) => (device = id))
      assert.deepStrictEqual([device, isPrevented], ["", true])
    })
  )

  it.live("7: every answer of the page's addresses has the policy of its content, errors too", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      for (const url of ["halte://app/", "halte://app/executions", "halte://app/health/live", "halte://app/%00"]) {
        const response = yield* Effect.promise(() => electronControl.request(test.window(), url))
        assert.strictEqual(response.headers.get("content-security-policy"), SecurityHeaders.contentSecurityPolicy, url)
      }
      assert.match(SecurityHeaders.contentSecurityPolicy, /^default-src 'none';/)
      assert.notMatch(SecurityHeaders.contentSecurityPolicy, /unsafe|\*|https?:/)
    })
  )

  it.live(
    "an opaque origin is not seen by what answers: Electron takes it away, so that only 7 and 13 keep it out",
    () =>
      Effect.gen(function* () {
        const test = yield* TestDesktop.make({
          args: ["SCRATCH/a"],
          prepare: (scratch) => TestDesktop.project(scratch, "a")
        })
        const seen: Array<string | null> = []
        test.engines[0]!.handler = ({ headers }) => {
          seen.push(headers.get("origin"))
          return Promise.resolve(new Response("{}"))
        }
        const from = (origin: string) =>
          Effect.promise(() => electronControl.request(test.window(), "halte://app/server", { headers: { origin } }))
        assert.strictEqual((yield* from("null")).status, 200)
        assert.deepStrictEqual(seen, [null])
        assert.strictEqual((yield* from("https://evil.example")).status, 403)
        assert.strictEqual(seen.length, 1)
      })
  )

  it.live("13: a page goes nowhere else, and nowhere within itself", () =>
    Effect.gen(function* () {
      const { contents } = (yield* TestDesktop.make(packaged)).window()
      for (const event of ["will-navigate", "will-redirect", "will-frame-navigate"] as const) {
        for (const url of elsewhere) assert.isFalse(contents.navigate(url, event), `${event} ${url}`)
        assert.isTrue(contents.navigate("halte://app/executions?view=graph", event))
      }
      let isPrevented = false
      const frame = { url: "halte://app/", isMainFrame: false, preventDefault: () => void (isPrevented = true) }
      contents.emit("will-frame-navigate", frame)
      assert.isTrue(isPrevented)
      for (const url of ["https://evil.example/", "halte://app/"]) assert.isFalse(contents.attachWebview(url))
    })
  )

  it.live("13: what is no page's own is not downloaded; what the page made is saved where a person says", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      const { contents } = test.window()
      const downloads = (url: string) => {
        const told: Array<unknown> = []
        let done: ((event: unknown, state: string) => void) | undefined
        const item = {
          getURL: () => url,
          getFilename: () => "command.halte.json",
          setSaveDialogOptions: (options: unknown) => told.push(options),
          once: (_: string, listener: typeof done) => (done = listener)
        }
        return { isLet: contents.session.downloads(item, contents), told, end: (state: string) => done?.({}, state) }
      }
      for (const url of [...elsewhere, "halte://app/executions"]) assert.isFalse(downloads(url).isLet, url)
      const saved = downloads("blob:halte://app/0b6e")
      assert.isTrue(saved.isLet)
      assert.deepInclude(saved.told[0], { defaultPath: "command.halte.json" })
      saved.end("completed")
      saved.end("cancelled")
      assert.deepStrictEqual((yield* test.state()).notices, [])
      saved.end("interrupted")
      assert.deepInclude((yield* test.state()).notices[0], { text: "`command.halte.json` could not be saved." })
    })
  )

  it.live("14: a page opens no window, whatever it asks", () =>
    Effect.gen(function* () {
      const { contents } = (yield* TestDesktop.make()).window()
      for (const url of [...elsewhere, "halte://app/", "https://docs.example.org/docs"])
        assert.deepStrictEqual(contents.open(url), { action: "deny" }, url)
      assert.strictEqual(electronControl.openWindows().length, 1)
    })
  )

  it.live("15: nothing is opened outside but pages of the documentation, by https", () =>
    Effect.gen(function* () {
      const { contents } = (yield* TestDesktop.make()).window()
      for (const url of [
        ...elsewhere,
        "http://docs.example.org/",
        "https://docs.example.org:8443/",
        "https://user:secret@docs.example.org/",
        "https://docs.example.org.evil.example/",
        "https://evil.example/?https://docs.example.org/",
        "https://xdocs.example.org/",
        "ftp://docs.example.org/",
        "smb://docs.example.org/share",
        "halte://app/"
      ])
        contents.open(url)
      assert.deepStrictEqual(electronControl.calls("shell"), [])
      contents.open("https://docs.example.org/docs?a=b#c")
      assert.deepStrictEqual(
        electronControl.calls("shell").map(({ args }) => args),
        [["https://docs.example.org/docs?a=b#c"]]
      )
    })
  )

  // When it fails, Electron is to be updated: its supported majors are the newest three, one comes every eight weeks. A
  // clone that is older than that has an Electron with known holes, and its tests say so. Nobody is asked over a network.
  it("16: the Electron that is used is pinned, is the one that is installed, and its major is supported", () => {
    const { devDependencies } = json("packages/electron/package.json")
    assert.match(devDependencies.electron, /^\d+\.\d+\.\d+$/)
    assert.strictEqual(json("node_modules/electron/package.json").version, devDependencies.electron)
    assert.strictEqual(json("package-lock.json").packages["node_modules/electron"].version, devDependencies.electron)
    // The day of its `.0.0`.
    const released: Readonly<Record<string, string>> = { 45: "2026-10-21" }
    const major = devDependencies.electron.split(".")[0]
    assert.property(released, major, `Write here on which day Electron ${major}.0.0 was released.`)
    const days = (Date.now() - Date.parse(released[major]!)) / 86_400_000
    assert.isBelow(days, 3 * 8 * 7 + 14, `Electron ${major} is not supported any more: update it.`)
  })

  it.live("17: every call is checked at one place, and there is no other channel", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      assert.deepStrictEqual(electronControl.channels(), [channels.call])
      const { ipcMain } = yield* Effect.promise(() => import("../../../test/support/electron/Main.ts"))
      assert.deepStrictEqual(ipcMain.eventNames(), [])
      const { contents } = test.window()
      assert.deepStrictEqual(
        contents.eventNames().filter((name) => String(name).startsWith("ipc")),
        []
      )
      assert.deepStrictEqual(contents.ipc.eventNames(), [])
      // How each is checked: Ipc.test.ts.
    })
  )

  it.live("18: pages have addresses of their own scheme, which leads to no file but the page's", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      assert.match(test.window().contents.getURL(), /^halte:\/\/app\//)
      for (const { options } of electronControl.windows) assert.match(options.webPreferences?.preload ?? "", /^\//)
      for (const path of [
        "../settings.json",
        "..%2fsettings.json",
        "%2e%2e/settings.json",
        "assets/../../settings.json"
      ]) {
        const response = yield* Effect.promise(() => electronControl.request(test.window(), `halte://app/${path}`))
        const text = yield* Effect.promise(() => response.text())
        assert.isTrue(response.status !== 200 || text.includes("<title>"), path)
        assert.notInclude(text, '"recent"', path)
      }
    })
  )

  it.live(
    "every window's session has its own handler, and addresses of one project do not reach another's engine",
    () =>
      Effect.gen(function* () {
        const test = yield* TestDesktop.make({
          args: ["SCRATCH/a", "SCRATCH/b"],
          prepare: (scratch) => ["a", "b"].map((name) => TestDesktop.project(scratch, name))
        })
        const asked: Array<string> = []
        test.engines.forEach((engine, i) => {
          engine.handler = () => {
            asked.push("ab"[i]!)
            return Promise.resolve(new Response("{}"))
          }
        })
        yield* Effect.promise(() => electronControl.request(test.window(0), "halte://app/server"))
        yield* Effect.promise(() => electronControl.request(test.window(1), "halte://app/server"))
        assert.deepStrictEqual(asked, ["a", "b"])
        assert.isFalse(session.defaultSession.protocol.isProtocolHandled("halte"))
      })
  )

  it.live("4: a packaged desktop is not started where its pages would be in no sandbox, and says why", () =>
    Effect.gen(function* () {
      const start = (isPackaged: boolean, given: string, env: NodeJS.ProcessEnv = {}) =>
        Effect.gen(function* () {
          electronControl.reset()
          electronControl.app.isPackaged = isPackaged
          if (given !== "") electronControl.app.switches.add(given)
          const error = yield* Effect.promise(() =>
            Desktop.start({
              paths: {
                host: "",
                preload: "",
                page: new URL("file:///"),
                resources: "",
                settings: "",
                logs: "/nowhere"
              },
              argv: ["halte"],
              cwd: "/",
              env,
              namesApp: false,
              sweeper: []
            }).then(
              () => assert.fail("It was started."),
              (error: unknown) => error
            )
          )
          // Nothing of a desktop is begun, and nothing is handed over.
          assert.deepStrictEqual(electronControl.calls("app"), [])
          assert.instanceOf(error, StartRefused)
          return (error as Error).message
        })
      for (const name of ["no-sandbox", "single-process", "disable-seccomp-filter-sandbox", "zygote-cmd-prefix"])
        assert.match(
          yield* start(true, name),
          new RegExp(`in a sandbox only, and was started with the switch --${name},`)
        )
      for (const value of ["1", "", "0"])
        assert.match(
          yield* start(true, "no-sandbox", { ELECTRON_DISABLE_SANDBOX: value }),
          /was started with the variable ELECTRON_DISABLE_SANDBOX,.*Start it without/
        )
      electronControl.reset()
      // In a clone whoever works on it decides; a switch that is nothing to the sandbox is none of this.
      electronControl.app.switches.add("no-sandbox")
      assert.isUndefined(WindowSecurity.refusal({ isPackaged: false, env: { ELECTRON_DISABLE_SANDBOX: "1" } }))
      electronControl.app.switches.clear()
      electronControl.app.switches.add("lang")
      assert.isUndefined(WindowSecurity.refusal({ isPackaged: true, env: {} }))
      electronControl.reset()
    })
  )

  it.live("a packaged desktop takes no switch that has others start its processes, or opens their sandbox", () =>
    Effect.gen(function* () {
      const given = [
        "browser-subprocess-path",
        "renderer-cmd-prefix",
        "utility-cmd-prefix",
        "gpu-launcher",
        "in-process-gpu",
        "disable-setuid-sandbox",
        "disable-namespace-sandbox",
        "disable-gpu-sandbox",
        "remote-debugging-pipe",
        "disable-web-security"
      ]
      const test = yield* TestDesktop.make({
        prepare: () => {
          packaged.prepare()
          for (const name of [...given, "lang"]) electronControl.app.switches.add(name)
        }
      })
      assert.deepStrictEqual([...electronControl.app.switches], ["lang"])
      for (const name of given) yield* test.logged(new RegExp(`The switch --${name} was not taken`))
    })
  )

  it.live("a page finds out no address of this machine, in no contents there are", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      const { BrowserWindow } = yield* Effect.promise(() => import("../../../test/support/electron/Main.ts"))
      for (const { contents } of [test.window(), new BrowserWindow({ show: false })])
        assert.deepStrictEqual(
          electronControl.calls(`webContents ${contents.id}`, "setWebRTCIPHandlingPolicy").map(({ args }) => args),
          [["disable_non_proxied_udp"]]
        )
    })
  )

  it.live("web contents that nobody meant to make are guarded like those of a window", () =>
    Effect.gen(function* () {
      yield* TestDesktop.make()
      const { BrowserWindow } = yield* Effect.promise(() => import("../../../test/support/electron/Main.ts"))
      const stray = new BrowserWindow({ show: false })
      assert.isFalse(stray.contents.navigate("https://evil.example/"))
      assert.deepStrictEqual(stray.contents.open("https://evil.example/"), { action: "deny" })
      assert.isFalse(yield* Effect.promise(() => stray.contents.session.asksFor("media")))
      assert.match(yield* TestDesktop.refusal(stray, ["state", null]), /answers only the page of its own windows/)
    })
  )

  it.live("what is refused is logged, without what may be secret in an address", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      test.window().contents.navigate("https://evil.example/path?token=s3cret#x")
      yield* test.logged(/security: The page was not let go to https:\/\/evil\.example\/path\n/)
      assert.notMatch(readFileSync(join(test.scratch, "logs", "halte.log"), "utf8"), /s3cret/)
    })
  )
})
