/** A window of the program over the stand-in, in a real Chromium: its page, with the desktop's own preload script. */
import { readFileSync } from "node:fs"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { origin } from "./Loopback.ts"
import * as RendererShim from "./RendererShim.ts"

/** What the page of a window can do to the main process. */
export interface Main {
  readonly invoke: (channel: string, args: ReadonlyArray<unknown>) => Promise<unknown>
  readonly tell: (channel: string, args: ReadonlyArray<unknown>) => Promise<void>
  readonly showAddress: (url: string) => void
  readonly titled: (text: string) => void
}

export interface PageOfWindow {
  readonly page: Page
  readonly load: (url: string, port: number) => Promise<void>
  readonly receive: (channel: string, args: ReadonlyArray<unknown>) => Promise<void>
  readonly close: () => Promise<void>
  /** What it logged as a mistake. */
  readonly mistakes: ReadonlyArray<string>
}

/** A page may ask before the engine is there, and after it is gone: it is told so, and Chromium notes each answer. */
export const unavailable = /status of 503/

export const open = async (
  browser: Browser,
  options: { readonly preload: string | null; readonly main: Main; readonly allow: RegExp | undefined }
): Promise<PageOfWindow> => {
  const { allow, main, preload } = options
  const context: BrowserContext = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const mistakes: Array<string> = []
  page.on("console", (message) => {
    if (
      ["error", "warning"].includes(message.type()) &&
      !unavailable.test(message.text()) &&
      allow?.test(message.text()) !== true
    )
      mistakes.push(message.text())
  })
  page.on("pageerror", (error) => mistakes.push(String(error)))
  const { names } = RendererShim
  await page.exposeBinding(names.invoke, async (_source, channel: string, args: ReadonlyArray<unknown>) =>
    main.invoke(channel, args).then(
      (value) => ({ value }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) })
    )
  )
  await page.exposeBinding(names.tell, (_source, channel: string, args: ReadonlyArray<unknown>) =>
    main.tell(channel, args)
  )
  await page.exposeBinding(names.titled, (_source, text: string) => main.titled(text))
  if (preload !== null)
    await page.addInitScript({ content: RendererShim.source(readFileSync(preload, "utf8"), process.platform) })
  page.on("framenavigated", (frame) => {
    if (frame !== page.mainFrame() || !frame.url().startsWith("http://127.0.0.1:")) return
    const { hash, pathname, search } = new URL(frame.url())
    main.showAddress(`${origin}${pathname}${search}${hash}`)
  })
  return {
    page,
    mistakes,
    load: async (url, port) => {
      if (!url.startsWith(`${origin}/`)) throw new Error(`A window shows only pages of ${origin}, and not ${url}.`)
      await page.goto(`http://127.0.0.1:${port}${url.slice(origin.length)}`)
    },
    receive: (channel, args) =>
      page
        .evaluate(
          ([name, to, values]) => {
            const receive = (globalThis as unknown as Record<string, (channel: string, args: unknown) => void>)[name]
            receive?.(to, values)
          },
          [names.receive, channel, args] as const
        )
        // Between two documents there is nobody who could hear it: the next one asks by itself.
        .catch(() => undefined),
    close: () => context.close()
  }
}
