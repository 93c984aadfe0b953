/**
 * A project of a test's own behind a real server, and the page of it in a real browser. The engine runs in the process
 * of the test: what another front end would do, a test does with `executions`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import type { Executions } from "@halte/engine"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import { ProjectDirectory } from "@halte/sdk/node"
import { Effect, Layer, type Scope } from "effect"
import { FetchHttpClient } from "effect/http"
import type { Browser, BrowserContext, Page } from "playwright-core"
import * as Serving from "../../packages/cli/src/Serving.ts"
import { launch } from "./Browser.ts"

export interface PageServer {
  readonly directory: string
  readonly url: string
  /** Everything of the project, as another front end has it. */
  readonly executions: Executions.ExecutionsShape
  /** Writes a file of the project, `go` for example, that a held program waits for. */
  readonly write: (name: string, text: string) => void
  /** An address that signs a browser in, once. */
  readonly signInUrl: (path?: string) => string
  /** Opens a page in a window of its own, signed in. A mistake that the page logs is the test's failure, at its end. */
  readonly openPage: (options?: PageOptions) => Effect.Effect<Page, never, Scope.Scope>
}

export interface PageOptions {
  /** @default "/" */
  readonly path?: string
  /** @default 1440 × 900 */
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: "light" | "dark"
  readonly reducedMotion?: "reduce" | "no-preference"
  /** Messages of the console that belong to what is tested. */
  readonly allow?: RegExp
  /** Is given the page before it goes anywhere. */
  readonly prepare?: (page: Page) => Promise<unknown>
}

const stepServices = Layer.mergeAll(ProcessRunnerNode.layer(), ModuleRunnerNode.layer(), FetchHttpClient.layer)

/** One browser for a test file: windows are cheap, browsers are not. */
let browser: Promise<Browser> | undefined

/** Call it in `afterAll`. */
export const closeBrowser = async (): Promise<void> => {
  const open = browser
  browser = undefined
  await (await open)?.close()
}

/** Waits for the file `go`; asked to stop, it cleans up and says so. What a shell says about its `sleep` is left out. */
export const hold = `exec 2>/dev/null
trap 'echo cleaning up; exit 0' TERM
echo ready $1
while [ ! -e go ]; do sleep 0.05; done
echo done $1
`

/**
 * Serves a project of these files as `halte serve` does, until the scope closes.
 */
export const serve = (
  files: Readonly<Record<string, string>>,
  options?: Pick<Serving.Options, "hosts">
): Effect.Effect<PageServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    // They live as long as the engine, and not only until it was opened.
    const services = yield* Layer.build(stepServices)
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-page-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const write = (name: string, text: string) => writeFileSync(join(directory, name), text)
    write("hold.sh", hold)
    for (const [name, text] of Object.entries(files)) write(name, text)
    const { project, server } = yield* Serving.open({
      place: ProjectDirectory.find({ dir: directory }),
      port: 0,
      command: true,
      ...options
    }).pipe(Effect.provideContext(services))
    return {
      directory,
      url: server.url,
      executions: project.executions,
      write,
      signInUrl: server.signInUrl,
      openPage: (page?: PageOptions) => openPage(server.signInUrl, page)
    }
  }).pipe(Effect.orDie)

/** Opens a page of a server in a window of its own, signed in. */
export const openPage = (
  signInUrl: (path?: string) => string,
  options: PageOptions = {}
): Effect.Effect<Page, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { allow, path = "/", prepare, ...look } = options
    const context = yield* Effect.acquireRelease(
      Effect.promise(async (): Promise<BrowserContext> => {
        browser ??= launch()
        return (await browser).newContext({ viewport: { width: 1440, height: 900 }, ...look })
      }),
      (open) => Effect.promise(() => open.close())
    )
    const mistakes: Array<string> = []
    const page = yield* Effect.promise(() => context.newPage())
    // A ceiling that tells working from hanging.
    page.setDefaultTimeout(15_000)
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && allow?.test(message.text()) !== true)
        mistakes.push(message.text())
    })
    page.on("pageerror", (error) => mistakes.push(String(error)))
    yield* Effect.addFinalizer(() => Effect.sync(() => assert.deepStrictEqual(mistakes, [])))
    yield* Effect.promise(async () => prepare?.(page))
    yield* Effect.promise(() => page.goto(signInUrl(path)))
    return page
  })
