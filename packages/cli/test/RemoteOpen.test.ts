import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Flow, Step } from "@halte/engine"
import { Effect, Redacted, type Scope } from "effect"
import * as ServerOpen from "../src/server/ServerOpen.ts"
import * as ServerToken from "../src/server/ServerToken.ts"
import * as CommandRun from "./CommandRun.ts"
import * as RemoteServer from "./RemoteServer.ts"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { ProjectDirectory, ServerRecord } from "@halte/sdk/node"

const quick = Flow.make("quick", { steps: [Step.make("one", { run: () => 1 })] })

const listening = (server: Server): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<string>((resolve) =>
          server.listen(0, "127.0.0.1", () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`))
        )
    ),
    () => Effect.sync(() => server.close())
  )

/** Something on a port that answers in its own way. */
const answering = (answer: RequestListener) => listening(createServer(answer))

const json =
  (status: number, body: unknown, headers?: Record<string, string>): RequestListener =>
  (_, out) =>
    out.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))

const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-token-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** `halte` that knows no server but the one that is named, and finds no token in a project. */
const halte = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const elsewhere = yield* scratch
    const { halte } = yield* CommandRun.make([quick])
    const said = yield* halte(args, {
      open: (yield* Effect.promise(() => import("../src/Assembly.ts"))).open,
      env: { HALTE_DIR: elsewhere, ...env }
    })
    return { ...said, text: said.stderr.replaceAll(/\n */g, " ").trimEnd() }
  }).pipe(Effect.scoped)

describe("a server that can't be used", () => {
  const refused = (url: string, env?: Readonly<Record<string, string>>, args: ReadonlyArray<string> = ["list"]) =>
    Effect.map(halte([...args, "--server", url], env), ({ code, stdout, text }) => {
      assert.deepStrictEqual([code, stdout], [69, ""], text)
      return text
    })

  it.live("wants a token where none is known, and says where it may be put", () =>
    Effect.gen(function* () {
      const { url } = yield* RemoteServer.make([quick])
      const text = yield* refused(url)
      assert.include(text, `\`${url}\` wants a token, and none is known here. Set \`HALTE_TOKEN\``)
      for (const word of ["`--token-file`", "`HALTE_TOKEN_FILE`", "(code: unauthorized)"]) assert.include(text, word)
    })
  )

  it.live("does not accept a wrong token: where that comes from is said, and never what it is", () =>
    Effect.gen(function* () {
      const { url } = yield* RemoteServer.make([quick])
      const text = yield* refused(url, { HALTE_TOKEN: "wrong-token-0123456789" })
      assert.include(text, `\`${url}\` does not accept the token of \`HALTE_TOKEN\`.`)
      assert.notInclude(text, "wrong-token")
      const file = join(yield* scratch, "token")
      writeFileSync(file, "another-wrong-token\n")
      assert.include(
        yield* refused(url, {}, ["list", "--token-file", file]),
        `does not accept the token of \`${file}\` (--token-file).`
      )
    })
  )

  it.live("is not there", () =>
    Effect.gen(function* () {
      const address = yield* Effect.scoped(answering(json(200, {})))
      const text = yield* refused(`http://${address}`, { HALTE_TOKEN: "t".repeat(20) })
      assert.strictEqual(
        text,
        `\`http://${address}\` can't be reached: nobody listens there. Look whether the server runs there, and whether the address is right. (code: executions-unavailable)`
      )
      // Before the missing token: that would not help.
      assert.include(yield* refused(`http://${address}`), "nobody listens there")
      assert.include(yield* refused("http://nowhere.invalid"), "there is no such host")
    })
  )

  it.live("speaks the other one of http and https, or nothing of the kind", () =>
    Effect.gen(function* () {
      const address = yield* answering(json(200, {}))
      assert.include(
        yield* refused(`https://${address}`),
        `what answers there does not speak TLS. Try \`http://${address}\`.`
      )
      const silent = yield* listening(createTcpServer((socket) => socket.end()))
      assert.include(yield* refused(`http://${silent}`), `Try \`https://${silent}\`.`)
      const other = yield* listening(createTcpServer((socket) => void socket.end("220 mail.example.org ESMTP\r\n")))
      assert.include(yield* refused(`http://${other}`), "can't be reached: what answers there does not speak HTTP.")
    })
  )

  it.live("is something else", () =>
    Effect.gen(function* () {
      for (const [answer, why] of [
        [json(200, { name: "another" }), "is no Halte server: what it answers is something else."],
        [json(200, null), "is no Halte server: what it answers is something else."],
        [json(404, {}), "answered 404: it is no Halte server, or one that is older than this `halte`."],
        [
          json(302, {}, { location: "https://halte.example.org/server" }),
          "sends everybody on to `https://halte.example.org`"
        ],
        [json(200, { version: "9.0.0", api: 2, command: true }), "is Halte 9.0.0, whose API has version 2"],
        [
          json(403, { code: "host-not-allowed", detail: "The host `x` is not allowed." }),
          "refused the request: The host `x` is not allowed."
        ]
      ] as const) {
        const address = yield* answering(answer)
        assert.include(yield* refused(`http://${address}`, { HALTE_TOKEN: "t".repeat(20) }), why)
      }
    })
  )

  it.live("is told by every command that works with executions, before anything else happens", () =>
    Effect.gen(function* () {
      const address = yield* Effect.scoped(answering(json(200, {})))
      for (const args of [
        ["run", "quick"],
        ["exec"],
        ["resume"],
        ["list"],
        ["show", "2X0YQ7"],
        ["watch", "2X0YQ7"],
        ["logs", "2X0YQ7"],
        ["interrupt", "2X0YQ7"],
        ["pause", "2X0YQ7"],
        ["answer", "2X0YQ7", "ship", "true"],
        ["terminate", "2X0YQ7"],
        ["graph", "quick"]
      ]) {
        const line =
          args[0] === "exec"
            ? ["exec", "--server", `http://${address}`, "--", "true"]
            : [...args, "--server", `http://${address}`]
        const { code, text } = yield* halte(line)
        assert.deepStrictEqual([code, text.includes("nobody listens there")], [69, true], `${args[0]}: ${text}`)
      }
    })
  )
})

describe("what can't be said beside a server", () => {
  const usage = (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) =>
    Effect.map(halte(args, env), ({ code, stdout, text }) => {
      assert.deepStrictEqual([code, stdout], [2, ""], text)
      assert.include(text, "(code: usage)")
      return text
    })
  const url = "http://127.0.0.1:4280"

  it.live("is refused with the reason", () =>
    Effect.gen(function* () {
      for (const [args, why] of [
        [["list", "--project", ".", "--server", url], "`--project` can't be combined with `--server`: a server has"],
        [
          ["run", "quick", "--ephemeral", "--server", url],
          "`--ephemeral` can't be combined with `--server`: what a server runs, it keeps."
        ],
        [
          ["run", "quick", "--concurrency", "2", "--server", url],
          "`--concurrency` can't be combined with `--server`: how many"
        ],
        [
          ["run", "quick", "--dir", ".", "--server", url],
          "`--dir` can't be combined with `--server`: a server looks for flows"
        ],
        [["exec", "--ephemeral", "--server", url, "--", "true"], "`--ephemeral` can't be combined with `--server`"],
        [["graph", "quick", "--dir", ".", "--server", url], "`--dir` can't be combined with `--server`"],
        [["graph", "./quick.flow.yaml", "--server", url], "a flow of a server is named without a file"],
        [["list", "--token-file", "t"], "`--token-file` is for a server: name it with `--server`."],
        [["list", "--server", `${url}/executions`], "`--server` is more than an address: leave out the path"],
        [["list", "--server", "127.0.0.1:4280"], "Did you mean `http://127.0.0.1:4280`?"],
        [["list", "--server="], "`--server` names no server"]
      ] as const)
        assert.include(yield* usage(args), why)
    })
  )

  it.live(
    "is refused for a variable too, with how to do without it; a project that is named says more than a variable",
    () =>
      Effect.gen(function* () {
        const env = { HALTE_SERVER: url }
        assert.include(
          yield* usage(["run", "quick", "--ephemeral"], env),
          "With `HALTE_SERVER=` before the command it works on this machine."
        )
        assert.include(yield* usage(["list"], { HALTE_SERVER: "4280" }), "`HALTE_SERVER` has no `http://`")
        assert.include(
          yield* usage(["prune", "--keep", "1"], env),
          "`HALTE_SERVER` names a server, and executions of a server are removed where it runs."
        )
        const elsewhere = yield* scratch
        const { code, stdout } = yield* halte(["list", "--project", elsewhere], env)
        assert.deepStrictEqual([code, stdout.includes("Nothing has been run here yet.")], [0, true])
      })
  )

  it.live("is named by commands that are about this machine; a variable does not concern them", () =>
    Effect.gen(function* () {
      for (const command of ["check", "schema", "init", "prune", "completions"])
        assert.include(
          yield* usage([command, "--server", url]),
          `\`halte ${command}\` knows no \`--server\`: it works on this machine alone.`
        )
      const { code } = yield* halte(["schema"], { HALTE_SERVER: "nonsense" })
      assert.strictEqual(code, 0)
    })
  )
})

describe("the token", () => {
  const url = "http://127.0.0.1:4280"
  const find = (places: Omit<ServerToken.Places, "url">) =>
    ServerToken.find({ url, ...places }).pipe(
      Effect.map((token) => token && ([Redacted.value(token.value), token.from] as const)),
      Effect.provide(NodeServices.layer)
    )

  it.live("comes from the file of the flag, the variable, the file of the variable, or a server of this project", () =>
    Effect.gen(function* () {
      const directory = yield* scratch
      const [mine, other] = [join(directory, "mine"), join(directory, "other")]
      writeFileSync(mine, "of-the-flag\n")
      writeFileSync(other, "of-the-file")
      const project = ProjectDirectory.find({ dir: directory })
      ProjectDirectory.make(project).pipe(Effect.runSync)
      assert.isUndefined(yield* find({ env: { HALTE_DIR: directory } }))
      yield* ServerRecord.write(project, {
        url,
        token: Redacted.make("of-the-record"),
        owner: "one"
      })
      const env = { HALTE_DIR: directory, HALTE_TOKEN: "of-the-variable" }
      const flag = { path: mine, from: "--token-file" as const }
      const variable = { path: other, from: "HALTE_TOKEN_FILE" as const }
      assert.deepStrictEqual(yield* find({ env, file: flag }), ["of-the-flag", `\`${mine}\` (--token-file)`])
      assert.deepStrictEqual(yield* find({ env, file: variable }), ["of-the-variable", "`HALTE_TOKEN`"])
      assert.deepStrictEqual(yield* find({ env: { HALTE_DIR: directory }, file: variable }), [
        "of-the-file",
        `\`${other}\` (HALTE_TOKEN_FILE)`
      ])
      assert.deepStrictEqual(yield* find({ env: { HALTE_DIR: directory, HALTE_TOKEN: " " } }), [
        "of-the-record",
        "the record of the server in this project"
      ])
    })
  )

  it.live("of a server of this project is sent to that one's address, and to no other of this machine", () =>
    Effect.gen(function* () {
      const asked: Array<string | undefined> = []
      const own = yield* answering((request, out) => {
        asked.push(request.headers.authorization)
        json(200, { version: "0.1.0", api: 1, command: false })(request, out)
      })
      const directory = yield* scratch
      const project = ProjectDirectory.find({ dir: directory })
      ProjectDirectory.make(project).pipe(Effect.runSync)
      yield* ServerRecord.write(project, { url: `http://${own}`, token: Redacted.make("of-the-record"), owner: "one" })
      // Under this name somebody else may listen on the same port; on this machine nobody does.
      const place = { url: `http://${own}`.replace("127.0.0.1", "[::1]"), env: { HALTE_DIR: directory } }
      const { server } = yield* ServerOpen.open(place).pipe(Effect.provide(NodeServices.layer))
      assert.strictEqual(server.url, `http://${own}`)
      assert.deepStrictEqual(asked, ["Bearer of-the-record"])
    })
  )

  it.live("is refused where it is none, without being shown", () =>
    Effect.gen(function* () {
      const directory = yield* scratch
      const wrong = (file: string, text?: string) => {
        const path = join(directory, file)
        if (text !== undefined) writeFileSync(path, text)
        return Effect.map(Effect.flip(find({ env: {}, file: { path, from: "--token-file" } })), (error) => [
          error.code,
          error.message.replace(path, "FILE")
        ])
      }
      assert.deepStrictEqual(yield* wrong("none"), [
        "unauthorized",
        "The token file `FILE` (--token-file) can't be read: there is no such file or folder."
      ])
      assert.deepStrictEqual(yield* wrong("empty", " \n"), [
        "unauthorized",
        "There is no token in `FILE` (--token-file): it is empty."
      ])
      for (const text of ["two words", "line\nline", "tökén"])
        assert.deepStrictEqual(yield* wrong("odd", text), [
          "unauthorized",
          "What `FILE` (--token-file) holds is no token: a token is one word of plain characters."
        ])
    })
  )
})

describe("the clock of a server", () => {
  it("is taken for the one here, as long as what it says can be that", () => {
    const at = Date.parse("2026-11-21T14:08:42.000Z")
    const date = new Date(at).toUTCString()
    for (const [asked, answered] of [
      [at, at + 5],
      [at + 990, at + 1005],
      [at - 3000, at + 10]
    ] as const)
      assert.strictEqual(ServerOpen.ahead(date, asked, answered), 0)
    assert.strictEqual(ServerOpen.ahead(date, at - 300_000, at - 300_000), 300_500)
    assert.strictEqual(ServerOpen.ahead(date, at + 60_000, at + 60_000), -59_500)
    for (const wrong of [null, "", "yesterday"]) assert.strictEqual(ServerOpen.ahead(wrong, 0, 0), 0)
  })
})
