import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Version } from "@halte/api"
import { HttpHandler } from "@halte/http"
import * as Scripted from "./support/Scripted.ts"

const ask = (options?: HttpHandler.Options) =>
  Effect.promise(async () => {
    const response = await HttpHandler.make(Scripted.make(), options)(new Request("http://localhost/server"))
    return (await response.json()) as unknown
  })

describe("what a server says of itself", () => {
  it.live("is its version and that of the contract, where it was told nothing else", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* ask(), { version: "0.1.0", api: 1, command: false })
      const manifest = JSON.parse(readFileSync(new URL("../../api/package.json", import.meta.url), "utf8")) as {
        readonly version: string
      }
      assert.strictEqual(Version.version, manifest.version)
    })
  )

  it.live("is what whoever runs it says, at this moment", () =>
    Effect.gen(function* () {
      const info = { version: "0.1.0", api: 1, project: "photos", only: Scripted.id, command: true }
      assert.deepStrictEqual(yield* ask({ info }), info)
      let command = false
      const handler = HttpHandler.make(Scripted.make(), { info: () => ({ version: "0.1.0", api: 1, command }) })
      command = true
      const response = yield* Effect.promise(() => handler(new Request("http://localhost/server")))
      assert.strictEqual(((yield* Effect.promise(() => response.json())) as { command: boolean }).command, true)
    })
  )
})
