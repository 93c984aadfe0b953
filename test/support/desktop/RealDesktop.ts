/**
 * The built desktop in real Electron, driven by Playwright. Dialogs, trays and notifications, which have no handle from
 * outside, are led to the test by `electron-hook.cjs`; keys that the page leaves alone are given to the menu's item that
 * has them, since keys from outside do not reach a native menu.
 */
import { spawn } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import type { Menu, MenuItem, Notification, Tray } from "electron/main"
import { _electron, type ElectronApplication, type Page } from "playwright-core"
import { eventually } from "../Eventually.ts"
import * as Marked from "../Marked.ts"
import type { End } from "../Program.ts"
import * as Repository from "../Repository.ts"
import type { Desktop, Dialog, MenuEntry, Options } from "./DesktopDriver.ts"
import { unavailable } from "./PageOfWindow.ts"
import * as PressedKeys from "./PressedKeys.ts"
import * as SessionBus from "./SessionBus.ts"

const hook = join(Repository.root, "test/support/desktop/electron-hook.cjs")
const directory = join(Repository.root, "packages/electron/dist/app")

/** What `electron-hook.cjs` keeps, in the main process. */
interface Hooked {
  readonly open: ReadonlyArray<{
    readonly options: {
      readonly title?: string
      readonly message?: string
      readonly detail?: string
      readonly buttons?: ReadonlyArray<string>
      readonly defaultId?: number
      readonly cancelId?: number
      readonly checkboxLabel?: string
    }
    readonly answer: (answer: unknown) => void
  }>
  readonly prepared: Array<unknown>
  readonly trays: Map<Tray, Menu | null>
  readonly notifications: ReadonlyArray<Notification>
}

/** A bound that tells working from hanging. */
const ceiling = 30_000

export const start =
  (executablePath: string) =>
  (options: Options): Effect.Effect<Desktop, never, Scope.Scope> =>
    Effect.gen(function* () {
      const marked = yield* Marked.make
      const downloads = join(options.home, "downloads")
      mkdirSync(downloads, { recursive: true })
      const env = Repository.environment({
        HALTE_TEST_DOWNLOADS: downloads,
        ...SessionBus.environment(options),
        ...options.env,
        ...marked.environment
      })
      // Electron's sandbox does not work for root.
      const own = process.getuid?.() === 0 ? ["--no-sandbox"] : []
      const switches = [...own, `--user-data-dir=${options.home}`]
      const electron = yield* Effect.acquireRelease(
        Effect.promise(() =>
          _electron.launch({
            executablePath,
            args: [...switches, "-r", hook, directory, ...options.args],
            cwd: options.cwd,
            env,
            timeout: ceiling
          })
        ),
        (app) =>
          Effect.promise(async () => {
            app.process().kill("SIGKILL")
            await app.close().catch(() => undefined)
          })
      )
      const child = electron.process()
      let output = ""
      let ended: End | undefined
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding("utf8").on("data", (chunk: string) => void (output += chunk))
      child.once("close", (code, signal) => (ended = { code, signal }))
      const mistakes: Array<string> = []
      const watched = new Set<Page>()
      const watch = (page: Page): void => {
        if (watched.has(page)) return
        watched.add(page)
        page.setDefaultTimeout(15_000)
        page.on("console", (message) => {
          if (
            ["error", "warning"].includes(message.type()) &&
            !unavailable.test(message.text()) &&
            options.allow?.test(message.text()) !== true
          )
            mistakes.push(message.text())
        })
        page.on("pageerror", (error) => mistakes.push(String(error)))
      }
      electron.on("window", watch)
      electron.windows().forEach(watch)
      yield* Effect.addFinalizer((exit) =>
        Effect.sync(() => {
          if (exit._tag === "Success") assert.deepStrictEqual(mistakes, [])
        })
      )
      const wait = <A>(look: () => Promise<A | undefined>, what: string): Promise<A> =>
        waitFor(look, what, () => output)
      const dialogs = () => openDialogs(electron)
      const nth = (n: number): Promise<Page> => wait(async () => electron.windows()[n], `window ${n}`)

      return {
        pid: child.pid ?? -1,
        output: () => output,
        marked,
        page: async (n = 0) => {
          const page = await nth(n)
          await page.waitForLoadState()
          return page
        },
        hasWindows: async (count) => {
          await wait(async () => (electron.windows().length === count ? true : undefined), `${count} open windows`)
        },
        titles: () => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((w) => w.getTitle())),
        closeWindow: async (n = 0) => {
          const window = await electron.browserWindow(await nth(n))
          await window.evaluate((opened) => opened.close())
        },
        // Nothing tells how the button of a taskbar looks.
        progress: () => Promise.resolve(Number.NaN),
        menu: () => menuOf(electron),
        clickMenu: (id) =>
          electron.evaluate(({ BrowserWindow, Menu }, wanted) => {
            const item = Menu.getApplicationMenu()?.getMenuItemById(wanted)
            if (!item?.enabled || !item.visible) throw new Error(`There is no item \`${wanted}\` that can be clicked.`)
            item.click({}, BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0])
          }, id),
        press: async (page, keys) => {
          if (await PressedKeys.press(page, keys)) return
          const wanted = PressedKeys.normal(keys)
          const entry = (await menuOf(electron)).find(
            (item) => item.enabled && item.accelerator !== undefined && PressedKeys.normal(item.accelerator) === wanted
          )
          if (entry === undefined || entry.id === "") return
          await electron.evaluate(({ Menu, BrowserWindow }, id) => {
            Menu.getApplicationMenu()?.getMenuItemById(id)?.click({}, BrowserWindow.getAllWindows()[0])
          }, entry.id)
        },
        trayMenu: () =>
          electron.evaluate(() => {
            const { trays } = (globalThis as unknown as { readonly halteTest: Hooked }).halteTest
            const all = (menu: Menu | null | undefined): ReadonlyArray<MenuItem> =>
              (menu?.items ?? []).flatMap((item) => [item, ...all(item.submenu)])
            const menu = [...trays].find(([tray]) => !tray.isDestroyed())?.[1]
            return all(menu).map(({ checked, enabled, id, label, type, visible }) => ({
              ...{ id, label, enabled, visible, checked, type }
            }))
          }),
        clickTray: (id) =>
          electron.evaluate((_, wanted) => {
            const { trays } = (globalThis as unknown as { readonly halteTest: Hooked }).halteTest
            const all = (menu: Menu | null | undefined): ReadonlyArray<MenuItem> =>
              (menu?.items ?? []).flatMap((item) => [item, ...all(item.submenu)])
            const item = all([...trays].find(([tray]) => !tray.isDestroyed())?.[1]).find((one) => one.id === wanted)
            if (!item?.enabled) throw new Error(`The tray has no item ${wanted} that can be clicked.`)
            item.click()
          }, id),
        drop: async (page, path) => {
          // A file of the system, which has a path, comes into a page only by a person, or by a field for files.
          await page.evaluate(() => {
            const field = document.createElement("input")
            field.type = "file"
            field.id = "dropped-by-a-test"
            document.body.append(field)
          })
          await page.locator("#dropped-by-a-test").setInputFiles(path)
          await page.evaluate((name) => {
            const field = document.querySelector<HTMLInputElement>("#dropped-by-a-test")
            const file = field?.files?.[0]
            field?.remove()
            if (file === undefined) throw new Error(`${name} was not chosen.`)
            const data = new DataTransfer()
            data.items.add(file)
            for (const type of ["dragenter", "dragover", "drop"])
              document.body.dispatchEvent(
                new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data, composed: true })
              )
          }, basename(path))
        },
        saved: async (_page, act) => {
          const before = readdirSync(downloads).length
          await act()
          return wait(async () => {
            // One that is not whole yet is called otherwise.
            const names = readdirSync(downloads).filter((name) => !name.endsWith(".crdownload"))
            const [newest] = names.slice(before)
            return newest === undefined ? undefined : readFileSync(join(downloads, newest), "utf8") || undefined
          }, "a file that was saved")
        },
        dialog: () => wait(async () => (await dialogs())[0], "a dialog"),
        dialogs,
        answer: async (button, given) => {
          await wait(async () => (await dialogs())[0], "a dialog to answer")
          await electron.evaluate(
            (_, answer) => {
              const { open } = (globalThis as unknown as { readonly halteTest: Hooked }).halteTest
              open[0]?.answer(answer)
            },
            { button, ...given }
          )
        },
        willChoose: (...paths) =>
          electron.evaluate(
            (_, answer) => {
              const { prepared } = (globalThis as unknown as { readonly halteTest: Hooked }).halteTest
              prepared.push(answer)
            },
            paths.length === 0 ? "close" : { paths }
          ),
        notifications: () =>
          electron.evaluate(() => {
            const { notifications } = (globalThis as unknown as { readonly halteTest: Hooked }).halteTest
            return notifications.map(({ body, title }) => ({ title, body }))
          }),
        clipboard: () => electron.evaluate(({ clipboard }) => clipboard.readText()),
        hostPids: () =>
          electron.evaluate(({ app }) =>
            app
              .getAppMetrics()
              .filter(({ serviceName, type }) => type === "Utility" && serviceName === "node.mojom.NodeService")
              .map(({ pid }) => pid)
          ),
        again: (args, cwd = options.cwd) =>
          Effect.suspend(() => {
            const second = spawn(executablePath, [...switches, directory, ...args], { cwd, env, stdio: "ignore" })
            let end: End | undefined
            second.once("close", (code, signal) => (end = { code, signal }))
            return eventually(() => end, "the end of the second program", { millis: ceiling })
          }),
        quit: () => electron.evaluate(({ app }) => app.quit()).catch(() => undefined),
        signal: (signal) => void child.kill(signal),
        end: (millis = 60_000) =>
          eventually(() => ended, "the end of the desktop", { millis, detail: () => `It wrote:\n${output}` }),
        hasEnded: () => ended !== undefined
      }
    })

const menuOf = (electron: ElectronApplication): Promise<ReadonlyArray<MenuEntry>> =>
  electron.evaluate(({ Menu: menus }) => {
    const all = (menu: Menu | null | undefined): ReadonlyArray<MenuItem> =>
      (menu?.items ?? []).flatMap((item) => [item, ...all(item.submenu)])
    return all(menus.getApplicationMenu()).map(({ accelerator, checked, enabled, id, label, role, type, visible }) => ({
      ...{ id, label, enabled, visible, checked, type },
      ...(role === undefined ? {} : { role }),
      ...(accelerator == null ? {} : { accelerator: String(accelerator) })
    }))
  })

const openDialogs = (electron: ElectronApplication): Promise<ReadonlyArray<Dialog>> =>
  electron.evaluate(() => {
    const { open } = (globalThis as unknown as { readonly halteTest: Hooked }).halteTest
    return open.map(({ options: { buttons = [], cancelId, checkboxLabel, defaultId, detail, message, title } }) => ({
      title: title ?? "",
      message: message ?? "",
      detail: detail ?? "",
      buttons,
      defaultButton: buttons[defaultId ?? -1],
      closeButton: buttons[cancelId ?? -1],
      checkbox: checkboxLabel
    }))
  })

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
