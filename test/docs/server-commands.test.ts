/** What the page about the command line as a client says: its commands are run over a real server. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { copyFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as DurableProject from "../support/DurableProject.ts"
import * as Markdown from "../support/Markdown.ts"
import { read } from "../support/RepositoryFiles.ts"

const page = "docs/how-to/use-a-server-from-the-command-line.md"
const blocks = Markdown.codeBlocks(read(page))
const under = (heading: string, language: string) =>
  blocks
    .filter((block) => block.heading === heading && block.language === language)
    .flatMap(({ code }) => code.split("\n"))
    .filter((line) => line.trim() !== "")

/** `npx halte …` of a page as arguments; an id of the page stands for a real one. */
const toArgs = (line: string, id = ""): ReadonlyArray<string> =>
  line
    .replace(/^npx halte ?/, "")
    .replaceAll("2X0YQ7", id)
    .split(" ")

const ceiling = 240_000

describe(page, () => {
  it.live(
    "R45 shows what the command line says as a client: the token, a run, a stop, a lost connection, a file that differs",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        project.write("backup.flow.yaml", blocks.find(({ code }) => code.startsWith("# backup.flow.yaml\n"))!.code)
        const server = yield* project.start(["serve", "--port", "0"])
        const [, url] = yield* server.stdout.waitFor(/^Open +(http:\/\/127\.0\.0\.1:\d+)\//m)

        // The token is found here by itself, and elsewhere in a file that is a copy.
        const elsewhere = yield* DurableProject.make()
        const unknown = yield* elsewhere.run(["list"], { HALTE_SERVER: url! })
        assert.deepStrictEqual([unknown.code, unknown.said.includes("wants a token")], [69, true], unknown.said)
        const run = join(project.directory, ".halte/run")
        const key = join(elsewhere.directory, "token")
        copyFileSync(
          join(
            run,
            readdirSync(run).find((name) => /^server-\d+\.token$/.test(name))!
          ),
          key
        )
        const env = { HALTE_SERVER: url!, HALTE_TOKEN_FILE: key }

        const [help, start] = under("Run a flow there", "sh")
        const described = yield* elsewhere.run(toArgs(help!), env)
        assert.include(described.stdout, "Params of backup\n  to  string, default ./copies\n      Where to")
        const client = yield* elsewhere.start(toArgs(start!), env)
        yield* client.stdout.waitFor("copying")
        yield* client.signal("SIGINT")
        assert.strictEqual((yield* client.end()).code, 130)
        assert.match(client.stderr.text, /✓ Done +dump/)
        const { id, state } = yield* project.newest
        assert.deepInclude(state.params, { to: "./elsewhere" })
        assert.deepInclude(state.signal, { source: "Cli", via: "SIGINT" })
        assert.include(client.stderr.text, `Resume with:    halte resume ${id}\n`)

        const changed = project.write(
          "backup.flow.yaml",
          "halte: 1\nname: backup\nsteps:\n  dump: { run: echo other }\n"
        )
        const differs = yield* elsewhere.run(
          ["run", elsewhere.write("backup.flow.yaml", blocks[0]!.code), "--dry-run"],
          env
        )
        assert.deepStrictEqual(
          [differs.code, differs.said.includes("flow-differs")],
          [2, true],
          `${changed}: ${differs.said}`
        )

        const lines = under("Look, stop and go on", "sh")
        for (const [line, code] of [
          [lines[0], 0],
          [lines[1], 0],
          [lines[2], 0],
          [lines[4], 0],
          [lines[5], 0]
        ] as const) {
          const said = yield* elsewhere.run(toArgs(line!, id.slice(-6)), env)
          assert.strictEqual(said.code, code, `${line}: ${said.said}`)
        }
        const resumed = yield* elsewhere.start([...toArgs(lines[3]!, id), "--definition", "stored"], env)
        yield* resumed.stdout.waitFor("copying")
        yield* server.signal("SIGKILL")
        const [lost] = under("When the connection is lost", "text")
        yield* resumed.stderr.waitFor(lost!.replace("http://127.0.0.1:4280", url!))
        yield* resumed.signal("SIGINT")
        yield* resumed.stderr.waitFor("The request could not be sent")
        yield* resumed.signal("SIGINT")
        assert.strictEqual((yield* resumed.end()).code, 69)

        const refused = yield* elsewhere.run(["prune", "--keep", "1"], env)
        assert.strictEqual(refused.code, 2)
      }),
    ceiling
  )
})
