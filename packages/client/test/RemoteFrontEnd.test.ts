import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FrontEndTest } from "@halte/engine/testing"
import { post, make } from "../../http/test/support/Served.ts"

// Engine, handlers, a server of Node on a socket, a client of that socket, and back.
FrontEndTest.suite({ describe, it }, "ExecutionsRemote over a socket", {
  source: "Sdk",
  open: (engine) =>
    Effect.map(make(engine), ({ remote }) => ({ executions: remote, interrupt: (id) => remote.interrupt(id) }))
})

// What the command line is in another terminal: a client that states its door.
FrontEndTest.suite({ describe, it }, "ExecutionsRemote as the command line", {
  source: "Cli",
  open: (engine) =>
    Effect.map(make(engine, { source: "Cli" }), ({ remote }) => ({
      executions: remote,
      interrupt: (id) => remote.interrupt(id, { by: "ada", via: "halte interrupt" })
    }))
})

// A program that knows no more than HTTP.
FrontEndTest.suite({ describe, it }, "HTTP", {
  source: "Http",
  open: (engine) =>
    Effect.map(make(engine), ({ fetch, remote }) => ({
      executions: remote,
      interrupt: (id) =>
        Effect.gen(function* () {
          const response = yield* Effect.promise(() => fetch(`/executions/${id}/interrupt`, post({})))
          const answer = (yield* Effect.promise(() => response.json())) as { readonly error?: unknown }
          if (!response.ok) return yield* Effect.fail(answer.error)
          return answer
        })
    }))
})
