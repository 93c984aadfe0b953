/**
 * The whole way of a page's request in one process: the window's addresses, a pair of ports, the handler as the host
 * makes it, and an engine.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { Effect, type Scope } from "effect"
import type { Executions } from "@halte/engine"
import { HttpHandler } from "@halte/http"
import * as AppProtocol from "../../src/main/AppProtocol.ts"
import * as Bridge from "./Bridge.ts"

export interface DesktopPath {
  /** What Electron calls for each request of the page. */
  readonly answer: (request: Request) => Promise<Response>
  readonly ask: (path: string, init?: RequestInit) => Effect.Effect<Response>
  readonly bridge: Bridge.Bridge
  /** The engine is gone, and the window knows it: or only its port is. */
  readonly leave: (why: string) => void
}

/** A built page: an index, an asset, and what must not be seen. */
export const page: Effect.Effect<URL, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-desktop-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  ),
  (directory) => {
    const root = join(directory, "page")
    mkdirSync(join(root, "assets"), { recursive: true })
    writeFileSync(join(root, "index.html"), "<!doctype html><title>Halte</title>")
    writeFileSync(join(root, "sign.svg"), "<svg/>")
    writeFileSync(join(root, "assets", "index-abc123.js"), "export {}")
    writeFileSync(join(root, ".env"), "hidden")
    writeFileSync(join(directory, "secret.txt"), "outside")
    return pathToFileURL(`${root}/`)
  }
)

export const make = (engine: Executions.ExecutionsShape): Effect.Effect<DesktopPath, never, Scope.Scope> =>
  Effect.gen(function* () {
    const handler = HttpHandler.make(engine)
    const bridge = yield* Bridge.make((request) => handler(request, { door: "Desktop" }))
    let gone: string | undefined
    const answer = AppProtocol.make({
      page: yield* page,
      engine: () => (gone === undefined ? bridge.client : undefined),
      why: () => gone ?? "nobody knows"
    })
    return {
      answer,
      ask: (path, init) =>
        Bridge.within(answer(new Request(`${AppProtocol.origin}${path}`, init)), `the answer to ${path}`),
      bridge,
      leave: (why) => {
        gone = why
        bridge.client.close(why)
      }
    }
  })
