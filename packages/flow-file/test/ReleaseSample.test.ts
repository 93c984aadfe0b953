import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createServer, type IncomingMessage } from "node:http"
import * as Project from "./support/Project.ts"
import * as Running from "./support/Running.ts"

/** A server on this machine that keeps what it is sent. */
const receiver = Effect.acquireRelease(
  Effect.callback<{
    readonly url: string
    readonly received: Array<readonly [string, string]>
    readonly close: () => void
  }>((resume) => {
    const received: Array<readonly [string, string]> = []
    const server = createServer((request: IncomingMessage, response) => {
      let body = ""
      request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk))
      request.on("end", () => {
        received.push([`${request.method} ${request.url}`, body])
        response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}')
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(
        Effect.succeed({
          url: `http://127.0.0.1:${port}`,
          received,
          close: () => void server.close().closeAllConnections()
        })
      )
    })
  }),
  (server) => Effect.sync(server.close)
)

describe("the release sample", () => {
  it.live(
    "runs as it stands: shell lines, retries, a group, a loop of a module, a gate that is answered, a request (R30, R33)",
    () =>
      Effect.gen(function* () {
        const server = yield* receiver
        const directory = yield* Project.make(
          {
            "package.json": JSON.stringify({
              name: "sample",
              scripts: { build: "node build.mjs", test: "node test.mjs" }
            }),
            "build.mjs":
              'import { mkdirSync, writeFileSync } from "node:fs"\nfor (let i = 0; i < 40; i++) {\n  mkdirSync(`dist/d${i % 4}`, { recursive: true })\n  writeFileSync(`dist/d${i % 4}/${i}.txt`, `file ${i}`)\n}\n',
            // Fails the first time, for `retry` to try again.
            "test.mjs":
              'import { existsSync, writeFileSync } from "node:fs"\nif (!existsSync("tried")) {\n  writeFileSync("tried", "")\n  process.exit(1)\n}\n',
            upload: '#!/bin/sh\necho "part $1" >> uploaded\n',
            "remove-upload": "#!/bin/sh\nrm uploaded\n"
          },
          ["release.flow.yaml", "steps/hash-file.ts"]
        )
        yield* Project.enter(directory)
        const execution = yield* Running.start(directory, "release.flow.yaml", { version: "1.2.3", target: server.url })
        yield* Running.first(execution, "gate-opened").pipe(Effect.timeout("40 seconds"))
        const waiting = yield* execution.state
        assert.strictEqual(waiting.steps.get("ship")?.gate?.message, "Ship 1.2.3?")
        yield* execution.answer("ship", true)
        const outcome = yield* execution.outcome.pipe(Effect.timeout("20 seconds"))
        assert.strictEqual(outcome._tag, "Completed", JSON.stringify(outcome))
        assert.deepStrictEqual(
          server.received.map(([line, body]) => [line, JSON.parse(body)]),
          [["POST /announce", { version: "1.2.3", files: 40 }]]
        )
        assert.deepStrictEqual(outcome.values["index"], { count: 40, failed: 0 })
        assert.strictEqual(readFileSync(join(directory, "uploaded"), "utf8"), "part 1\npart 2\npart 3\n")
        assert.deepStrictEqual(outcome.values["build"], { exitCode: 0, value: null })
      }).pipe(Effect.provide(Running.services)),
    70_000
  )
})
