/** What Halte is asked to open from outside, and what it refuses. */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { isAbsolute, join } from "node:path"
import { pathToFileURL } from "node:url"
import fc from "fast-check"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as OpenRequests from "../src/main/OpenRequests.ts"

const id = "01JD3M8Z9F4T6V2X0YQ7"
let cwd: string
let flow: string
let project: string

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "halte-open-"))
  project = join(cwd, "pro ject")
  flow = join(project, "release.flow.yaml")
  mkdirSync(project)
  for (const name of ["release.flow.yaml", "a.flow.yml", "b.flow.json", "README.md", ".flow.yaml", "-x.flow.yaml"])
    writeFileSync(join(project, name), "")
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

type Options = Partial<OpenRequests.ArgumentsOptions>
const open = (args: ReadonlyArray<string>, options: Options = {}) =>
  OpenRequests.ofArguments(["/opt/Halte/halte", ...args], { cwd, namesApp: false, platform: "linux", ...options })
const refusal = (found: OpenRequests.OpenRequest | undefined): string => {
  if (found?._tag !== "Refused") throw new Error(`Not refused: ${JSON.stringify(found)}`)
  return found.text
}

describe("arguments", () => {
  it("are projects by their directories and flow files by their names, relative to where Halte was started", () => {
    assert.deepStrictEqual(open(["pro ject", "pro ject/release.flow.yaml", flow]), [
      { _tag: "Project", directory: project },
      { _tag: "FlowFile", file: flow },
      { _tag: "FlowFile", file: flow }
    ])
    for (const name of ["a.flow.yml", "b.flow.json"])
      assert.deepStrictEqual(open([name], { cwd: project }), [{ _tag: "FlowFile", file: join(project, name) }])
    assert.deepStrictEqual(open(["."], { cwd: project }), [{ _tag: "Project", directory: project }])
    assert.deepStrictEqual(open([]), [])
  })

  it("leave out the switches of Electron and Chromium, which take nothing with them", () => {
    const switches = [
      "--no-sandbox",
      "--enable-features=A,B",
      "-psn_0_1234",
      "--original-process-start-time=133",
      "",
      "-r"
    ]
    assert.deepStrictEqual(open([...switches, project, "--lang=de"]), [{ _tag: "Project", directory: project }])
  })

  it("after -- are no switches any more", () => {
    assert.deepStrictEqual(open(["--flag", "--", "-x.flow.yaml"], { cwd: project }), [
      { _tag: "FlowFile", file: join(project, "-x.flow.yaml") }
    ])
    assert.include(refusal(open(["--", "--"])[0]), "does not exist")
  })

  it("in development begin with the app itself, wherever switches are put", () => {
    assert.deepStrictEqual(open(["packages/electron/dist/app"], { namesApp: true }), [])
    assert.deepStrictEqual(open(["--inspect=0", "dist/app", project], { namesApp: true }), [
      { _tag: "Project", directory: project }
    ])
    assert.deepStrictEqual(open(["app", `halte://execution/${id}`], { namesApp: true }), [{ _tag: "Execution", id }])
  })

  it("that can't be opened are refused with what is wrong", () => {
    assert.strictEqual(refusal(open(["nowhere"])[0]), `\`${join(cwd, "nowhere")}\` does not exist.`)
    assert.include(refusal(open([join(flow, "below")])[0]), "does not exist")
    assert.include(refusal(open(["pro ject/README.md"])[0]), "is no flow file. Flow files are called `NAME.flow.yaml`")
    assert.include(refusal(open(["pro ject/.flow.yaml"])[0]), "is no flow file")
    assert.include(refusal(open(["a\0b"])[0]), "can't be opened")
    assert.include(refusal(open(["https://example.com/x.flow.yaml"])[0]), "is an address")
    assert.notInclude(refusal(open(["\u001b]0;title\u0007\u202enowhere"])[0]), "\u001b")
    assert.isBelow(refusal(open(["x".repeat(100_000)])[0]).length, 600)
  })

  it.skipIf(process.platform === "win32")("a pipe, and a link to nothing, are no flow files", () => {
    execFileSync("mkfifo", [join(project, "pipe.flow.yaml")])
    assert.include(refusal(open(["pro ject/pipe.flow.yaml"])[0]), "is neither a directory nor a file")
    symlinkSync(join(cwd, "gone"), join(project, "link.flow.yaml"))
    assert.include(refusal(open(["pro ject/link.flow.yaml"])[0]), "does not exist")
  })

  it("on Windows may end with the quotation mark that a backslash before it leaves", () => {
    assert.deepStrictEqual(open([`${project}"`], { platform: "win32" }), [{ _tag: "Project", directory: project }])
  })
})

describe("addresses of files", () => {
  it("are what desktops of Linux hand over", () => {
    assert.deepStrictEqual(open([pathToFileURL(flow).href]), [{ _tag: "FlowFile", file: flow }])
    assert.deepStrictEqual(open([pathToFileURL(project).href]), [{ _tag: "Project", directory: project }])
  })

  it("on another machine, and such that hide something, are refused", () => {
    assert.include(refusal(open(["file://server/share/x.flow.yaml"])[0]), "is on another machine")
    assert.include(
      refusal(open(["file:////server/share/x.flow.yaml"], { platform: "win32" })[0]),
      "is no address of a file"
    )
    assert.include(refusal(open(["file:///a%2Fb.flow.yaml"])[0]), "is no address of a file")
    assert.include(refusal(open(["file://["])[0]), "is no address of a file")
    assert.include(refusal(open(["file:///a%00b"])[0]), "holds a character that no name has")
  })
})

describe("links", () => {
  it("show one execution by its whole id, in upper or lower case", () => {
    assert.deepStrictEqual(OpenRequests.ofUrl(`halte://execution/${id}`), { _tag: "Execution", id })
    assert.deepStrictEqual(OpenRequests.ofUrl(`HALTE://Execution/${id.toLowerCase()}/`), { _tag: "Execution", id })
  })

  it("of every other kind are refused, and say how links are written", () => {
    for (const rest of [
      "",
      "//",
      "//execution",
      "//execution/",
      `//execution/${id}0`,
      `//execution/${id.slice(1)}`,
      "//execution/YQ7",
      `//execution/${id.replace("0", "O")}`,
      `//execution/${id}/interrupt`,
      `//execution/${id}?start=release`,
      `//execution/${id}#x`,
      `//execution/../execution/${id}`,
      `//execution/${id}%00`,
      `//execution:80/${id}`,
      `//user@execution/${id}`,
      `//start/${id}`,
      `//app/executions/${id}`,
      `/execution/${id}`,
      `execution/${id}`,
      `//execution/${id}\n`,
      "///etc/passwd",
      "//file/etc/passwd"
    ])
      assert.include(refusal(OpenRequests.ofUrl(`halte:${rest}`)), "`halte://execution/ID`", rest)
  })

  it("come alone: whatever else is with one is not opened", () => {
    assert.deepStrictEqual(open([project, `halte://execution/${id}`, flow]), [{ _tag: "Execution", id }])
    assert.lengthOf(open([project, "halte://nothing", flow]), 1)
    refusal(open([project, "halte://nothing", flow])[0])
  })
})

describe("a second start", () => {
  const electron = { argv: ["/halte", "--switch", "nowhere"], cwd: "/" }
  const options = { namesApp: false, platform: "linux" } as const

  it("says itself what it was started with, relative to where that was", () => {
    assert.deepStrictEqual(OpenRequests.ofSecondStart({ argv: ["/halte", "pro ject"], cwd }, electron, options), [
      { _tag: "Project", directory: project }
    ])
  })

  it("is taken by what Electron says where it says nothing that fits", () => {
    for (const said of [undefined, null, 5, "text", [], { argv: "x", cwd }, { argv: [1], cwd }, { argv: [], cwd: 1 }])
      assert.strictEqual(refusal(OpenRequests.ofSecondStart(said, electron, options)[0]), "`/nowhere` does not exist.")
  })
})

describe("whatever comes from outside", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "halte:",
      "//",
      "execution",
      "/",
      id,
      "..",
      "file:",
      "%2F",
      "?",
      "#",
      "-",
      "--",
      "\0",
      "C:\\",
      "a.flow.yaml"
    )
  )
  const argument = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(""))
  const platform = fc.constantFrom<NodeJS.Platform>("linux", "darwin", "win32")

  it("never throws, and answers nothing but absolute paths and whole ids", () => {
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 5 }), fc.boolean(), platform, (args, namesApp, on) => {
        for (const found of open(args, { namesApp, platform: on })) {
          if (found._tag === "Project") assert.isTrue(isAbsolute(found.directory))
          if (found._tag === "FlowFile") assert.isTrue(isAbsolute(found.file))
          if (found._tag === "Execution") assert.match(found.id, /^[0-9A-HJKMNP-TV-Z]{20}$/)
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("a link never becomes a path, whatever it holds", () => {
    fc.assert(
      fc.property(argument, fc.constantFrom("halte:", "HALTE:", " halte:", "halte://", "halte:///"), (rest, start) => {
        for (const found of [OpenRequests.ofUrl(start + rest), ...open([project, start + rest])])
          assert.include(["Execution", "Refused"], found._tag)
      }),
      { numRuns: 2000 }
    )
  })
})
