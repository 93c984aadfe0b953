/**
 * A page in a window of the stand-in, shown by a real Chromium, whose engine is in the test's own process: handlers with
 * the door `Desktop`, the bridge over a real message port, the window's protocol, the preload script and the one place
 * where calls are heard. Everything between page and engine is the desktop's, but that the engine has no process.
 */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { assert } from "@effect/vitest"
import type { Executions } from "@halte/engine"
import { HttpHandler } from "@halte/http"
import { type Answers, type DesktopSettings, type DesktopState, defaults } from "@halte/web/DesktopBridge"
import { Effect, type Scope } from "effect"
import type { Page } from "playwright-core"
import * as RequestPort from "../../../packages/electron/src/bridge/RequestPort.ts"
import * as AppProtocol from "../../../packages/electron/src/main/AppProtocol.ts"
import * as Ipc from "../../../packages/electron/src/main/Ipc.ts"
import { BrowserWindow, electronControl, MessageChannelMain, session } from "../electron/Main.ts"
import * as Repository from "../Repository.ts"
import { Loopback } from "./Loopback.ts"
import * as PageOfWindow from "./PageOfWindow.ts"
import * as StandInDesktop from "./StandInDesktop.ts"

const app = join(Repository.root, "packages/electron/dist/app")

export interface BridgedPage {
  readonly page: Page
  /** Answers a question of the page, as a person would. */
  readonly questions: ReadonlyArray<string>
}

/** Opens a window at a view. `settings`: what a person has decided before. */
export const open = (
  executions: Executions.ExecutionsShape,
  address: string,
  settings: Partial<DesktopSettings> = {}
): Effect.Effect<BridgedPage, never, Scope.Scope> =>
  Effect.gen(function* () {
    yield* Effect.acquireRelease(Effect.sync(electronControl.ready), () => Effect.sync(electronControl.reset))
    const { port1, port2 } = new MessageChannelMain()
    const handler = HttpHandler.make(executions)
    const server = RequestPort.serve(port2, (request) => handler(request, { door: "Desktop" }))
    port2.start()
    const engine = RequestPort.connect(port1)
    port1.start()
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        engine.close("the test is over")
        server.close()
      })
    )

    const own = session.fromPartition("persist:conformance")
    own.protocol.handle(
      AppProtocol.scheme,
      AppProtocol.make({
        page: pathToFileURL(`${join(app, "page")}/`),
        engine: () => engine,
        why: () => "there is one"
      })
    )
    const window = new BrowserWindow({ webPreferences: { partition: "persist:conformance" } })
    const state: DesktopState = {
      engine: { _tag: "Running", recovered: [] },
      settings: { ...defaults, ...settings },
      project: "/project",
      recent: [],
      user: "test",
      notices: []
    }
    const questions: Array<string> = []
    const refused: Array<string> = []
    const nothing =
      <A>(answer: A) =>
      () =>
        answer
    const handlers: Ipc.Handlers<BrowserWindow> = {
      state: nothing(state),
      changeSettings: nothing(null),
      ask: ({ title }): Answers["ask"] => {
        questions.push(title)
        return { yes: true, checked: false }
      },
      viewing: nothing(null),
      copy: nothing(null),
      chooseFile: nothing(false),
      chooseProject: nothing(false),
      open: nothing(false),
      restartEngine: nothing(null),
      terminateAll: nothing(null),
      dismiss: nothing(null)
    }
    const uninstall = Ipc.install<BrowserWindow>({
      windowOf: (contents) => BrowserWindow.fromWebContents(contents) ?? undefined,
      handlers,
      log: (line) => void refused.push(line)
    })
    yield* Effect.addFinalizer(() => Effect.sync(uninstall))

    const loopback = yield* Effect.acquireRelease(
      Effect.sync(() => Loopback.open((request) => own.protocol.answer(request))),
      (opened) => Effect.sync(opened.close)
    )
    const shown = yield* Effect.acquireRelease(
      Effect.promise(async () =>
        PageOfWindow.open(await StandInDesktop.openBrowser(), {
          preload: join(app, "Preload.cjs"),
          allow: undefined,
          main: {
            invoke: (channel, args) => electronControl.invoke(window, channel, args),
            tell: (channel, args) => Promise.resolve(electronControl.tell(window, channel, args)),
            titled: () => undefined,
            showAddress: (url) => window.contents.showAddress(url)
          }
        })
      ),
      (page) => Effect.promise(page.close)
    )
    yield* Effect.addFinalizer((exit) =>
      Effect.sync(() => {
        if (exit._tag === "Success") assert.deepStrictEqual([...shown.mistakes, ...refused], [])
      })
    )
    const port = yield* Effect.promise(() => loopback.port)
    yield* Effect.promise(async () => {
      const url = `${AppProtocol.origin}${address}`
      await window.loadURL(url)
      await shown.load(url, port)
    })
    return { page: shown.page, questions }
  })
