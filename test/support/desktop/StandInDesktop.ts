/**
 * The built desktop as a program of its own over the stand-in of Electron: its engines are real processes, its windows
 * are shown by a real Chromium, with the desktop's own preload script.
 *
 * What this does not show: the sandbox and the isolation of Electron's renderers, its custom scheme (a page has an
 * address of 127.0.0.1, and no more than six connections at once), native menus, trays and dialogs as they look, and
 * what only a bundle in its place has: fuses, file associations, the dock.
 */
import { readFileSync } from "node:fs"
import { basename } from "node:path"
import { assert } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import type { Browser } from "playwright-core"
import { launch } from "../Browser.ts"
import { eventually } from "../Eventually.ts"
import * as Marked from "../Marked.ts"
import type { Desktop, Dialog, Options } from "./DesktopDriver.ts"
import * as PageOfWindow from "./PageOfWindow.ts"
import * as PressedKeys from "./PressedKeys.ts"
import * as ProgramProcess from "./ProgramProcess.ts"
import * as RendererShim from "./RendererShim.ts"
import * as SessionBus from "./SessionBus.ts"

/** One browser for a test file. */
let browser: Promise<Browser> | undefined

export const openBrowser = (): Promise<Browser> => (browser ??= launch())

/** Call it in `afterAll`. */
export const closeBrowser = async (): Promise<void> => {
  const open = browser
  browser = undefined
  await (await open)?.close()
}

/** What the page is waited for: a window that is there and loaded. */
interface Loaded {
  readonly contents: number
  readonly window: PageOfWindow.PageOfWindow
}

/** What Chromium notes when the program of a page ends before the page is closed. */
const lost = /net::ERR_(?:CONNECTION_|INCOMPLETE_|EMPTY_RESPONSE)/

/** A bound that tells working from hanging. */
const ceiling = 20_000

export const start = (options: Options): Effect.Effect<Desktop, never, Scope.Scope> =>
  Effect.gen(function* () {
    const marked = yield* Marked.make
    const pages = new Map<number, Promise<PageOfWindow.PageOfWindow>>()
    const loaded = new Map<number, Loaded>()
    const env = { ...SessionBus.environment(options), ...options.env, ...marked.environment }
    const mistakes: Array<string> = []

    const pageOf = (contents: number, preload: string | null): Promise<PageOfWindow.PageOfWindow> => {
      const there = pages.get(contents)
      if (there !== undefined) return there
      const opened = openBrowser().then((running) =>
        PageOfWindow.open(running, {
          preload,
          allow: options.allow,
          main: {
            invoke: (channel, args) => remote.invoke(contents, channel, args),
            tell: (channel, args) => remote.tell(contents, channel, args),
            titled: (text) => void remote.titled(contents, text).catch(() => undefined),
            showAddress: (url) => void remote.showAddress(contents, url).catch(() => undefined)
          }
        })
      )
      pages.set(contents, opened)
      return opened
    }
    const load = async (contents: number, url: string, port: number, preload: string | null): Promise<void> => {
      const window = await pageOf(contents, preload)
      await window.load(url, port)
      loaded.set(contents, { contents, window })
      await remote.loaded(contents)
    }
    const close = async (contents: number): Promise<void> => {
      const window = await pages.get(contents)
      pages.delete(contents)
      loaded.delete(contents)
      mistakes.push(...(window?.mistakes ?? []))
      await window?.close()
    }

    const program = yield* Effect.acquireRelease(
      Effect.sync(() =>
        ProgramProcess.start({
          ...options,
          env,
          shown: true,
          told: (message) => {
            const failed = (error: unknown): void => {
              // A window that goes while its page loads: the page has nothing to load any more.
              if (pages.has(message.contents) && program.ended() === undefined) mistakes.push(String(error))
            }
            if (message._tag === "Load")
              void load(message.contents, message.url, message.port, message.preload).catch(failed)
            else if (message._tag === "Closed") void close(message.contents).catch(() => undefined)
            else void pages.get(message.contents)?.then((page) => page.receive(message.channel, message.args))
          }
        })
      ),
      (running) =>
        Effect.promise(async () => {
          running.kill("SIGKILL")
          for (const contents of pages.keys()) await close(contents)
        })
    )
    yield* Effect.addFinalizer((exit) =>
      Effect.promise(async () => {
        for (const one of loaded.values()) mistakes.push(...one.window.mistakes)
        // A test that has failed says why; mistakes of the page would hide it.
        const all = program.ended() !== undefined ? mistakes.filter((text) => !lost.test(text)) : mistakes
        if (exit._tag === "Success") assert.deepStrictEqual(all, [])
      })
    )
    const { remote } = program
    const wait = <A>(look: () => Promise<A | undefined>, what: string): Promise<A> =>
      waitFor(look, what, () => program.output())

    const windows = () => remote.windows()
    const nth = (n: number) =>
      wait(async () => {
        const shown = (await windows())[n]
        return shown === undefined ? undefined : loaded.get(shown.contents)
      }, `the page of window ${n}`)
    const contentsOf = async (n: number) => (await nth(n)).contents
    const windowOf = async (page: unknown): Promise<Loaded> => {
      const found = [...loaded.values()].find((one) => one.window.page === page)
      if (found === undefined) throw new Error("This page is of no window that is open.")
      return found
    }
    const dialogs = async (): Promise<ReadonlyArray<Dialog>> => (await remote.dialogs()).map(dialogOf)

    return {
      pid: program.pid,
      output: program.output,
      marked,
      page: async (n = 0) => (await nth(n)).window.page,
      hasWindows: async (count) => {
        await wait(async () => ((await windows()).length === count ? true : undefined), `${count} open windows`)
      },
      titles: async () => (await windows()).map(({ title }) => title),
      closeWindow: async (n = 0) => remote.closeWindow(await contentsOf(n)),
      progress: async (n = 0) => (await windows())[n]?.progress ?? -1,
      menu: () => remote.menu(),
      clickMenu: (id) => remote.clickMenu(id),
      press: async (page, keys) => {
        const { contents } = await windowOf(page)
        if (!(await PressedKeys.press(page, keys))) await remote.press(keys, contents)
      },
      trayMenu: () => remote.trayMenu(),
      clickTray: (id) => remote.clickTray(id),
      drop: async (page, path) => {
        await windowOf(page)
        await page.evaluate(
          ([paths, name, value]) => {
            const known = (globalThis as unknown as Record<string, Record<string, string>>)[paths]!
            known[name] = value
            const data = new DataTransfer()
            data.items.add(new File(["of no importance"], name))
            for (const type of ["dragenter", "dragover", "drop"])
              document.body.dispatchEvent(
                new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data, composed: true })
              )
          },
          [RendererShim.names.paths, basename(path), path] as const
        )
      },
      saved: async (page, act) => {
        const [download] = await Promise.all([page.waitForEvent("download"), act()])
        return readFileSync(await download.path(), "utf8")
      },
      dialog: () => wait(async () => (await dialogs())[0], "a dialog"),
      dialogs,
      answer: async (button, given) => {
        await wait(async () => (await dialogs())[0], "a dialog to answer")
        await remote.answerDialog({ button, ...given })
      },
      willChoose: (...paths) => remote.willAnswer(paths.length === 0 ? "close" : { paths }),
      notifications: () => remote.notifications(),
      clipboard: () => remote.clipboard(),
      hostPids: () => remote.hostPids(),
      again: (args, cwd = options.cwd) =>
        Effect.suspend(() => {
          const second = ProgramProcess.start({
            ...options,
            args,
            cwd,
            env,
            shown: false,
            told: () => undefined
          })
          return eventually(second.ended, "the end of the second program", { millis: ceiling, detail: second.output })
        }),
      quit: () => remote.quit().catch(() => undefined),
      signal: program.kill,
      end: (millis = 60_000) =>
        eventually(program.ended, "the end of the desktop", { millis, detail: () => `It wrote:\n${program.output()}` }),
      hasEnded: () => program.ended() !== undefined
    }
  })

const dialogOf = ({ options }: Awaited<ReturnType<ProgramProcess.Remote["dialogs"]>>[number]): Dialog => {
  const buttons = options.buttons ?? []
  return {
    title: options.title ?? "",
    message: options.message ?? "",
    detail: options.detail ?? "",
    buttons,
    defaultButton: buttons[options.defaultId ?? -1],
    closeButton: buttons[options.cancelId ?? -1],
    checkbox: options.checkboxLabel
  }
}

const waitFor = async <A>(look: () => Promise<A | undefined>, what: string, detail: () => string): Promise<A> => {
  const end = performance.now() + ceiling
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end)
      throw new Error(`Waited ${ceiling / 1000} s for ${what}. The program wrote:\n${detail()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
