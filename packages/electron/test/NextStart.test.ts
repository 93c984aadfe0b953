/** The start that follows one which ends: what it is given, and when it begins. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { beforeEach } from "vitest"
import { electronControl } from "../../../test/support/electron/Control.ts"
import { eventually } from "../../../test/support/Eventually.ts"
import * as Repository from "../../../test/support/Repository.ts"
import * as AppImage from "../src/main/AppImage.ts"
import * as NextStart from "../src/main/NextStart.ts"
import * as OpenRequests from "../src/main/OpenRequests.ts"

beforeEach(() => electronControl.reset())

const id = "01JD3M8Z9F4T6V2X0YQ7"
const link: OpenRequests.OpenRequest = { _tag: "Execution", id }
const project = (directory: string): OpenRequests.OpenRequest => ({ _tag: "Project", directory })

const make = (options: Partial<NextStart.Options> = {}) =>
  NextStart.make({ argv: ["/app/halte"], appPath: undefined, image: undefined, log: () => {}, ...options })

const relaunches = () => electronControl.calls("app", "relaunch").map(({ args }) => args[0])

describe("the next start", () => {
  it("begins where one was asked for, once, and not before it is said", () => {
    const next = make()
    next.begin()
    next.ask([])
    assert.deepStrictEqual(relaunches(), [])
    next.begin()
    next.begin()
    assert.deepStrictEqual(relaunches(), [{ args: [] }])
  })

  it("opens all that was asked for, each once, in a way that no name is taken for a switch", () => {
    const next = make()
    next.ask([project("/p/shop")])
    next.ask([])
    next.ask([{ _tag: "FlowFile", file: "/p/--x/a.flow.yaml" }])
    next.ask([project("/p/shop"), { _tag: "Refused", text: "`x` does not exist." }])
    next.begin()
    assert.deepStrictEqual(relaunches(), [{ args: ["--", "/p/shop", "/p/--x/a.flow.yaml"] }])
  })

  it("shows the execution of the last link, where nothing else was asked for: a link comes alone", () => {
    const next = make()
    next.ask([{ _tag: "Execution", id: id.replace("Y", "Z") }])
    next.ask([link])
    next.begin()
    next.ask([link, project("/p/shop")])
    next.begin()
    assert.deepStrictEqual(relaunches(), [{ args: ["--", `halte://execution/${id}`] }, { args: ["--", "/p/shop"] }])
  })

  it("has the switches of this one, and not what this one was asked to open; from a clone it names the program", () => {
    const next = make({
      argv: ["/electron", "--no-sandbox", "packages/app", "/p/old", "--lang=de", "--", "--strange"],
      appPath: "/clone/packages/app"
    })
    next.ask([project("/p/shop")])
    next.begin()
    const args = ["--no-sandbox", "--lang=de", "/clone/packages/app", "--", "/p/shop"]
    assert.deepStrictEqual(relaunches(), [{ args }])
  })

  it.live("is understood as what was asked for", () =>
    Effect.gen(function* () {
      const directory = yield* Repository.scratch("next")
      const file = join(directory, "a.flow.yaml")
      writeFileSync(file, "halte: 1\n")
      const asked: ReadonlyArray<OpenRequests.OpenRequest> = [project(directory), { _tag: "FlowFile", file }]
      for (const [requests, namesApp] of [
        [asked, true],
        [asked, false],
        [[link], true]
      ] as const) {
        electronControl.reset()
        const next = make(namesApp ? { appPath: "/clone/app" } : {})
        next.ask(requests)
        next.begin()
        const { args } = relaunches()[0] as { readonly args: ReadonlyArray<string> }
        assert.deepStrictEqual(OpenRequests.ofArguments(["halte", ...args], { cwd: "/", namesApp }), requests)
      }
    })
  )

  it("of an AppImage is that of its file", () => {
    const of = (isPackaged: boolean, platform: NodeJS.Platform, APPIMAGE?: string) =>
      AppImage.file({ isPackaged, platform, env: { APPIMAGE } })
    assert.strictEqual(of(true, "linux", "/opt/Halte.AppImage"), "/opt/Halte.AppImage")
    assert.isUndefined(of(true, "linux", ""))
    assert.isUndefined(of(true, "linux"))
    // Somebody else's, from which this one was started.
    assert.isUndefined(of(false, "linux", "/opt/Editor.AppImage"))
    assert.isUndefined(of(true, "win32", "/opt/Halte.AppImage"))
  })

  it.live.skipIf(process.platform === "win32")("of an AppImage begins when this process is gone, and not before", () =>
    Effect.gen(function* () {
      const directory = yield* Repository.scratch("next")
      const [image, out] = [join(directory, "Halte's.AppImage"), join(directory, "out")]
      writeFileSync(image, `#!/bin/sh\nkill -0 "$PROGRAM" 2>/dev/null && echo early >>"${out}"\necho "$@" >>"${out}"\n`)
      chmodSync(image, 0o755)
      const program = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"])
      yield* Effect.addFinalizer(() => Effect.sync(() => program.kill("SIGKILL")))
      const before = process.env["PROGRAM"]
      process.env["PROGRAM"] = String(program.pid)
      const next = make({ image, ...(program.pid === undefined ? {} : { pid: program.pid }) })
      next.ask([project("/p/my shop")])
      next.begin()
      if (before === undefined) delete process.env["PROGRAM"]
      else process.env["PROGRAM"] = before
      assert.deepStrictEqual(relaunches(), [])
      assert.isFalse(existsSync(out))
      const gone = once(program, "exit")
      program.kill("SIGKILL")
      yield* Effect.promise(() => gone)
      yield* eventually(() => existsSync(out) && readFileSync(out, "utf8").endsWith("\n"), "the next start", {
        millis: 10_000
      })
      assert.strictEqual(readFileSync(out, "utf8"), "-- /p/my shop\n")
    })
  )
})
