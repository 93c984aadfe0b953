import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as ServerAddress from "../src/server/ServerAddress.ts"

const parse = (text: string) => Result.merge(ServerAddress.parse(text, "--server"))

describe("ServerAddress", () => {
  it("takes scheme, host and port, and writes them in one way", () => {
    for (const [text, url] of [
      ["http://127.0.0.1:4280", "http://127.0.0.1:4280"],
      [" http://127.0.0.1:4280/ ", "http://127.0.0.1:4280"],
      ["HTTP://LocalHost:4280", "http://localhost:4280"],
      ["https://halte.example.org", "https://halte.example.org"],
      ["https://halte.example.org:443/", "https://halte.example.org"],
      ["http://[::1]:4280", "http://[::1]:4280"]
    ] as const)
      assert.deepStrictEqual(ServerAddress.parse(text, "--server"), Result.succeed(url))
  })

  it("names the address that was probably meant", () => {
    assert.strictEqual(
      parse("127.0.0.1:4280"),
      "`--server` has no `http://` or `https://` in front. Did you mean `http://127.0.0.1:4280`?"
    )
    assert.include(parse("localhost:4280"), "Did you mean `http://localhost:4280`?")
    assert.notInclude(parse("a b"), "Did you mean")
    assert.include(ServerAddress.parse("", "HALTE_SERVER").pipe(Result.merge), "`HALTE_SERVER` names no server")
    assert.include(parse("ftp://127.0.0.1"), "begins with `ftp://`")
    assert.include(parse("http://"), "is no address")
    assert.include(parse("http://127.0.0.1:99999"), "is no address")
  })

  it("refuses what is more than an address, and repeats nothing of it that may be a secret", () => {
    for (const [text, more] of [
      ["http://127.0.0.1:4280/executions", "the path"],
      ["http://127.0.0.1:4280/?token=s3cret", "the query"],
      ["http://anna:s3cret@127.0.0.1:4280", "the user"],
      ["http://127.0.0.1:4280/#code=s3cret", "what comes after `#`"],
      [
        "http://s3cret@127.0.0.1:4280/s3cret?s3cret#s3cret",
        "the user and the path and the query and what comes after `#`"
      ]
    ] as const) {
      assert.strictEqual(
        parse(text),
        `\`--server\` is more than an address: leave out ${more}, and write \`http://127.0.0.1:4280\`.`
      )
      assert.notInclude(parse(text), "s3cret")
    }
    assert.notInclude(parse("anna:s3cret@127.0.0.1:4280"), "s3cret")
  })
})
