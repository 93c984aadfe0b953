/**
 * The page as the desktop shows it, for a test: a project behind a real server, a real browser, and around the page a
 * bridge that the test answers.
 */
import { assert, it } from "@effect/vitest"
import type { ExecutionId } from "@halte/engine"
import type { DesktopState } from "@halte/web/DesktopBridge"
import { Effect, type Scope, Stream } from "effect"
import type { Page } from "playwright-core"
import * as FakeDesktop from "./FakeDesktop.ts"
import * as PageServer from "./PageServer.ts"

export const files = {
  "stubborn.sh": `trap '' TERM\necho ready $1\nwhile [ ! -e go ]; do sleep 0.05; done\n`,
  "release.flow.yaml": `halte: 1
name: release
steps:
  build: { run: sh hold.sh build, grace: 30s }
  ship: { after: build, run: echo shipped }
`,
  "stubborn.flow.yaml": `halte: 1
name: stubborn
steps:
  hold: { run: sh stubborn.sh hold, grace: 30s }
`
}

/** A browser says of each answer "not found" that it was one. */
export const unknownIds = { allow: /404/ }

export interface Opened {
  readonly server: PageServer.PageServer
  readonly desktop: FakeDesktop.FakeDesktop
  readonly page: Page
}

export interface Options extends PageServer.PageOptions {
  readonly state?: Partial<DesktopState>
}

export const opened = ({ state, ...options }: Options = {}): Effect.Effect<Opened, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = yield* PageServer.serve(files)
    let desktop: FakeDesktop.FakeDesktop | undefined
    const page = yield* server.openPage({
      ...options,
      prepare: async (to) => {
        desktop = await FakeDesktop.attach(to, { project: server.directory, ...state })
      }
    })
    return { server, desktop: desktop ?? assert.fail("There is no desktop."), page }
  })

export const test = (title: string, run: (opened: Opened) => Promise<void>, options?: Options) =>
  it.live(title, () => Effect.scoped(Effect.flatMap(opened(options), (all) => Effect.promise(() => run(all)))))

export const on = (page: Page) => {
  const button = (name: string) => page.getByRole("button", { name, exact: true })
  const status = page.locator(".out .stat")
  return {
    button,
    status,
    output: page.getByLabel("Output of the command"),
    line: page.getByLabel("Command line"),
    says: (text: string | RegExp) => status.getByText(text, { exact: true }).waitFor(),
    execute: async (line: string) => {
      await page.getByLabel("Command line").fill(line)
      await button("Execute Command").click()
    }
  }
}

/** A flow that has come so far that its step holds. */
export const held = async (
  server: PageServer.PageServer,
  flow: "release" | "stubborn"
): Promise<ExecutionId.ExecutionId> => {
  const id = await Effect.runPromise(server.executions.start({ flow }))
  await Effect.runPromise(
    server.executions.logs(id).pipe(
      Stream.filter(({ text }) => text.startsWith("ready")),
      Stream.take(1),
      Stream.runDrain,
      Effect.timeout("15 seconds")
    )
  )
  return id
}

export const stateOf = (server: PageServer.PageServer, id: ExecutionId.ExecutionId) =>
  Effect.runPromise(server.executions.get(id))

export const outcomeOf = async (server: PageServer.PageServer, id: ExecutionId.ExecutionId, of = 1) => {
  await Effect.runPromise(
    server.executions.events(id).pipe(
      Stream.takeUntil(({ attempt, type }) => type === "execution-ended" && attempt === of),
      Stream.runDrain,
      Effect.timeout("30 seconds")
    )
  )
  return stateOf(server, id)
}

/** An engine that has ended. */
export const lost = { _tag: "Ended", how: "was killed by SIGKILL", running: ["release", "index"] } as const
