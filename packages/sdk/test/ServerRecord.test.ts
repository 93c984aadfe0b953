/** How the servers of a project are found by other terminals, and that what dead ones have left is no server. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted, Scope } from "effect"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ProcessIdentity, ProjectDirectory, ServerRecord } from "../src/node/index.ts"

const project = Effect.gen(function* () {
  const path = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-servers-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const place = ProjectDirectory.find({ dir: path })
  yield* ProjectDirectory.make(place)
  return { place, run: join(place.state, "run") }
})

const server = (url: string, token = "secret") => ({ url, token: Redacted.make(token), owner: "7-aa" })

const dead = (port: number) =>
  JSON.stringify({
    v: 1,
    url: `http://127.0.0.1:${port}`,
    owner: "8-bb",
    process: { ...ProcessIdentity.own(), startTime: "an earlier process of this number" }
  })

describe("the record of a server", () => {
  it.effect("is there for the length of its scope, with a token that only its user can read", () =>
    Effect.gen(function* () {
      const { place, run } = yield* project
      const scope = yield* Scope.make()
      const written = yield* ServerRecord.write(place, server("http://127.0.0.1:4280")).pipe(Scope.provide(scope))
      assert.deepStrictEqual(ServerRecord.all(place), [written])
      assert.deepStrictEqual(readdirSync(run).sort(), ["server-4280.json", "server-4280.token"])
      for (const name of readdirSync(run)) assert.strictEqual(statSync(join(run, name)).mode & 0o777, 0o600)
      assert.strictEqual(readFileSync(ServerRecord.tokenFile(place, written.url), "utf8"), "secret")
      assert.notInclude(readFileSync(join(run, "server-4280.json"), "utf8"), "secret")
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(readdirSync(run), [])
      assert.deepStrictEqual(ServerRecord.all(place), [])
    })
  )

  it.effect("gets its own mode even where a file of another one lay", () =>
    Effect.gen(function* () {
      const { place, run } = yield* project
      for (const name of ["server-4280.token", "server-4280.token.new"]) {
        writeFileSync(join(run, name), "old")
        chmodSync(join(run, name), 0o644)
      }
      yield* ServerRecord.write(place, server("http://127.0.0.1:4280"))
      assert.strictEqual(statSync(join(run, "server-4280.token")).mode & 0o777, 0o600)
    })
  )

  it.effect("of a server that is gone is left out and removed with its token; what is no record stays", () =>
    Effect.gen(function* () {
      const { place, run } = yield* project
      writeFileSync(join(run, "server-4281.json"), dead(4281))
      writeFileSync(join(run, "server-4281.token"), "old")
      writeFileSync(join(run, "server-4282.json"), "{")
      writeFileSync(join(run, "server-4283.json"), dead(4283).replace("http://127.0.0.1:4283", "nowhere"))
      yield* ServerRecord.write(place, server("http://127.0.0.1:4280"))
      assert.deepStrictEqual(
        ServerRecord.all(place).map(({ url }) => url),
        ["http://127.0.0.1:4280"]
      )
      assert.deepStrictEqual(
        readdirSync(run).filter((name) => name.endsWith(".json")),
        ["server-4280.json", "server-4282.json", "server-4283.json"]
      )
      assert.strictEqual(ServerRecord.tokenFor(place, "http://127.0.0.1:4281"), undefined)
    })
  )

  it.effect("of another machine is no server here, and is not removed; its token serves who names its address", () =>
    Effect.gen(function* () {
      const { place, run } = yield* project
      const process = { ...ProcessIdentity.own(), boot: "another", host: "another" }
      const record = { v: 1, url: "http://build.example:4280", owner: "9-cc", process }
      writeFileSync(join(run, "server-4280.json"), JSON.stringify(record))
      writeFileSync(join(run, "server-4280.token"), "theirs\n")
      assert.deepStrictEqual(ServerRecord.all(place), [])
      assert.strictEqual(Redacted.value(ServerRecord.tokenFor(place, "http://build.example:4280")!.token), "theirs")
      assert.strictEqual(ServerRecord.tokenFor(place, "http://127.0.0.1:4280"), undefined)
    })
  )

  it.effect("gives its token for each name of this machine, and for no other address or port", () =>
    Effect.gen(function* () {
      const { place } = yield* project
      yield* ServerRecord.write(place, server("http://127.0.0.1:4280"))
      for (const url of ["http://127.0.0.1:4280", "http://localhost:4280/executions", "http://[::1]:4280"])
        assert.deepStrictEqual(
          ServerRecord.tokenFor(place, url),
          // Whatever listens under another name of this machine may be somebody else's.
          { url: "http://127.0.0.1:4280", token: Redacted.make("secret") },
          url
        )
      for (const url of ["http://127.0.0.1:4281", "http://example.org:4280", "http://127.0.0.1", "4280"])
        assert.strictEqual(ServerRecord.tokenFor(place, url), undefined, url)
    })
  )

  it.effect("of a later server on the same port outlives the end of the earlier one", () =>
    Effect.gen(function* () {
      const { place } = yield* project
      const scope = yield* Scope.make()
      yield* ServerRecord.write(place, server("http://127.0.0.1:4280")).pipe(Scope.provide(scope))
      yield* ServerRecord.write(place, { ...server("http://127.0.0.1:4280", "new"), owner: "9-dd" })
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(Redacted.value(ServerRecord.tokenFor(place, "http://127.0.0.1:4280")!.token), "new")
    })
  )

  it.effect("can't be written where there is no directory: the path is named", () =>
    Effect.gen(function* () {
      const { place, run } = yield* project
      rmSync(run, { recursive: true })
      const error = yield* Effect.flip(ServerRecord.write(place, server("http://127.0.0.1:4280")))
      assert.strictEqual(error._tag, "ProjectUnusable")
      assert.include(error.message, run)
      assert.deepStrictEqual(ServerRecord.all(place), [])
    })
  )
})
