/**
 * A desktop around a page in a browser, as a test wants it: the bridge that the preload script would give, answered by
 * the test. What the page asks is decoded as the desktop's main process does.
 */
import {
  type Answers,
  type CallName,
  calls,
  defaults,
  type DesktopState,
  type PageItem
} from "@halte/web/DesktopBridge"
import { Schema } from "effect"
import type { Page } from "playwright-core"

type Argument<N extends CallName> = (typeof calls)[N]["Type"]

type Answering = { [N in CallName]?: (argument: Argument<N>) => Answers[N] | Promise<Answers[N]> }

export interface FakeDesktop {
  /** What the desktop is like now. */
  readonly state: () => DesktopState
  /** Changes it, and tells the page. */
  readonly push: (changes: Partial<DesktopState>) => Promise<void>
  readonly go: (address: string) => Promise<void>
  readonly menu: (item: PageItem) => Promise<void>
  /** What answers a call; others are answered as by a desktop that does it. */
  readonly answers: Answering
  /** The arguments that a call was made with, in order. */
  readonly of: <N extends CallName>(name: N) => ReadonlyArray<Argument<N>>
  /** Waits until a call was made so often, and gives the last argument. */
  readonly called: <N extends CallName>(name: N, times?: number) => Promise<Argument<N>>
}

export const running: DesktopState = {
  engine: { _tag: "Running", recovered: [] },
  settings: defaults,
  project: "/projects/shop",
  recent: [],
  user: "anna",
  notices: []
}

/** Puts the desktop around a page, before it goes anywhere. */
export const attach = async (
  page: Page,
  state: Partial<DesktopState> = {},
  answers: Answering = {}
): Promise<FakeDesktop> => {
  let now: DesktopState = { ...running, ...state }
  const made: Array<{ readonly name: CallName; readonly argument: unknown }> = []
  const waiting = new Set<() => void>()
  // What comes from outside of the page is no press of a person: `evaluate` would count as one.
  const debuggerOf = await page.context().newCDPSession(page)
  const tell = async (kind: "state" | "go" | "menu", value: unknown) => {
    const expression = `fakeTell(${JSON.stringify(kind)}, ${JSON.stringify(value)})`
    const { exceptionDetails } = await debuggerOf.send("Runtime.evaluate", { expression, userGesture: false })
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  }
  const push = async (changes: Partial<DesktopState>) => {
    now = { ...now, ...changes }
    await tell("state", now)
  }
  const usual: Required<Answering> = {
    state: () => now,
    changeSettings: async (changes) => {
      await push({ settings: { ...now.settings, ...changes } })
      return null
    },
    ask: () => ({ yes: false, checked: false }),
    viewing: () => null,
    copy: () => null,
    chooseFile: () => false,
    chooseProject: () => false,
    open: () => true,
    restartEngine: () => null,
    terminateAll: () => null,
    dismiss: async (id) => {
      await push({ notices: now.notices.filter((notice) => notice.id !== id) })
      return null
    }
  }
  await page.exposeBinding("fakeCall", async (_, name: CallName, argument: unknown) => {
    const schema = calls[name] as Schema.Codec<unknown>
    const decoded = Schema.decodeUnknownSync(schema, { onExcessProperty: "error" })(argument)
    made.push({ name, argument: decoded })
    for (const look of [...waiting]) look()
    const answer = (answers[name] ?? usual[name]) as (argument: unknown) => unknown
    return answer(decoded)
  })
  await page.addInitScript(() => {
    const listeners: Record<string, Set<(value: unknown) => void>> = {}
    const on = (kind: string) => (listener: (value: unknown) => void) => {
      const own = (listeners[kind] ??= new Set())
      own.add(listener)
      return () => own.delete(listener)
    }
    const global = globalThis as unknown as Record<string, unknown>
    global["fakeTell"] = (kind: string, value: unknown) => {
      for (const listener of [...(listeners[kind] ?? [])]) listener(value)
    }
    global["halteDesktop"] = {
      platform: "linux",
      call: (name: string, argument: unknown) =>
        (global["fakeCall"] as (name: string, argument: unknown) => Promise<unknown>)(name, argument),
      pathOf: (file: File) => `/dropped/${file.name}`,
      onState: on("state"),
      onGo: on("go"),
      onMenu: on("menu")
    }
  })
  const of = <N extends CallName>(name: N) =>
    made.flatMap((call) => (call.name === name ? [call.argument as Argument<N>] : []))
  return {
    state: () => now,
    push,
    go: (address) => tell("go", address),
    menu: (item) => tell("menu", item),
    answers,
    of,
    called: <N extends CallName>(name: N, times = 1) =>
      new Promise<Argument<N>>((resolve, reject) => {
        const look = () => {
          const all = of(name)
          if (all.length < times) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(all[times - 1] as Argument<N>)
        }
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`\`${name}\` was called ${of(name).length} times, not ${times}, in 15 s`))
        }, 15_000)
        waiting.add(look)
        look()
      })
  }
}
