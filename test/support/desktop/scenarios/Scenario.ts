/**
 * A scenario: a person with a project, the desktop opened on it, and its page. The same ones are played over the
 * stand-in and in real Electron.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import type { Page } from "playwright-core"
import * as DurableProject from "../../DurableProject.ts"
import { eventually } from "../../Eventually.ts"
import * as Repository from "../../Repository.ts"
import type { Desktop, MenuEntry, Options } from "../DesktopDriver.ts"

export type Start = (options: Options) => Effect.Effect<Desktop, never, Scope.Scope>

export interface Given {
  readonly project: DurableProject.DurableProject
  /** Where the desktop keeps what is its own. */
  readonly home: string
  readonly desktop: Desktop
  readonly page: Page
  readonly view: ReturnType<typeof on>
  /** Starts the desktop once more, with the same home. */
  readonly startAgain: () => Effect.Effect<Desktop, never, Scope.Scope>
}

export interface Setup {
  /** Files of the project, beside those of `DurableProject`. */
  readonly files?: Readonly<Record<string, string>>
  /** What the desktop is started with. @default the project's directory */
  readonly args?: (project: DurableProject.DurableProject) => ReadonlyArray<string>
  readonly allow?: RegExp
  readonly tray?: boolean
}

export type Test = (
  title: string,
  body: (given: Given) => Effect.Effect<void, unknown, Scope.Scope>,
  setup?: Setup
) => void

/** A ceiling that tells working from hanging. */
const ceiling = 120_000

export const tests =
  (start: Start): Test =>
  (title, body, { allow, args, files = {}, tray } = {}) =>
    it.live(
      title,
      () =>
        Effect.scoped(
          Effect.gen(function* () {
            const project = yield* DurableProject.make()
            for (const [name, text] of Object.entries(files)) project.write(name, text)
            const home = yield* Repository.scratch("desktop")
            const open = start({
              args: args?.(project) ?? [project.directory],
              cwd: project.directory,
              home,
              ...(allow === undefined ? {} : { allow }),
              ...(tray === undefined ? {} : { tray })
            })
            const desktop = yield* open
            const page = yield* act(async () => {
              const shown = await desktop.page()
              await shown.getByRole("navigation").first().waitFor()
              return shown
            })
            yield* body({ project, home, desktop, page, view: on(page), startAgain: () => open }).pipe(
              Effect.tapCause(() => whatIsSeen(desktop, page))
            )
          })
        ),
      ceiling
    )

/** For who has to find out why a scenario failed. */
const whatIsSeen = (desktop: Desktop, page: Page) =>
  Effect.promise(async () => {
    const text = page.isClosed() ? "(closed)" : await page.locator("body").innerText()
    console.log(`The desktop wrote:\n${desktop.output()}\nIts page, at ${page.url()}:\n${text}`)
  }).pipe(Effect.ignore)

/** What a browser does. */
export const act = <A>(body: () => Promise<A>): Effect.Effect<A> => Effect.promise(body)

/** What a person finds on a page. */
export const on = (page: Page) => {
  const button = (name: string | RegExp) => page.locator("main").getByRole("button", { name, exact: true })
  return {
    button,
    heading: (name: string | RegExp) => page.getByRole("heading", { name }).first().waitFor(),
    says: (text: string | RegExp) => page.getByText(text).first().waitFor(),
    chip: (word: string) => page.locator(".xh .chip", { hasText: word }).waitFor(),
    /** Starts a flow by the page, and answers the id. */
    start: async (flow: string): Promise<string> => {
      await page.getByRole("link", { name: "Start", exact: true }).click()
      await page.getByRole("link", { name: new RegExp(`^${flow}`) }).click()
      await page.getByRole("button", { name: "Start", exact: true }).click()
      await page.waitForURL(/\/executions\/\w{20}/)
      return (
        page
          .url()
          .match(/\w{20}/g)
          ?.at(-1) ?? assert.fail(page.url())
      )
    }
  }
}

/** Waits until a program of `hold.sh` or `stubborn.sh` has begun: it takes signals then. */
export const begun = ({ project }: Pick<Given, "project">, step = "hold", times = 1): Effect.Effect<unknown> =>
  eventually(
    () => project.lines(`${step}.log`).filter((line) => line === "begun").length === times,
    `step ${step} to begin for the ${times}. time`,
    { millis: 30_000, detail: () => `Its log: ${project.lines(`${step}.log`).join(", ")}` }
  )

/** Starts a flow by the page, and waits until its step `hold` has begun and all of the desktop knows that it runs. */
export const started = (given: Given, flow: string): Effect.Effect<string> =>
  Effect.gen(function* () {
    const { desktop, view } = given
    const id = yield* act(() => view.start(flow))
    yield* begun(given)
    yield* item(desktop.menu, "Interrupt in the menu", isEnabled("execution.interrupt"))
    return id
  })

/** Waits until no program of these files is alive: what the desktop is made of still is. */
export const noneLeft = (
  { desktop }: Pick<Given, "desktop">,
  ...names: ReadonlyArray<string>
): Effect.Effect<unknown> =>
  eventually(
    () => !desktop.marked.alive().some(({ command }) => names.some((name) => command.includes(name))),
    `the end of ${names.join(", ")}`,
    { millis: 20_000, detail: () => `Alive: ${JSON.stringify(desktop.marked.alive())}` }
  )

/** Waits until an item of a menu is as it should be. */
export const item = (
  menu: () => Promise<ReadonlyArray<MenuEntry>>,
  what: string,
  is: (entry: MenuEntry) => boolean
): Effect.Effect<MenuEntry> =>
  Effect.gen(function* () {
    const end = performance.now() + 30_000
    for (;;) {
      const entries = yield* act(menu)
      const found = entries.find(is)
      if (found !== undefined) return found
      if (performance.now() > end) return assert.fail(`Waited 30 s for ${what}. There is: ${JSON.stringify(entries)}`)
      yield* Effect.sleep(20)
    }
  })

export const isEnabled =
  (id: string) =>
  (entry: MenuEntry): boolean =>
    entry.id === id && entry.enabled && entry.visible
