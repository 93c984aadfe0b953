/** Which flow files of a directory are found, and which are passed over. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { FlowFiles } from "../src/node/index.ts"

const tree = (...files: ReadonlyArray<string>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-files-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    ),
    (root) => {
      for (const file of files) {
        mkdirSync(dirname(join(root, file)), { recursive: true })
        writeFileSync(join(root, file), "")
      }
      return root
    }
  )

const found = (root: string, bounds?: FlowFiles.Bounds, places: ReadonlyArray<string> = [root]) =>
  Effect.map(FlowFiles.find(places, bounds), ({ cut, files }) => ({
    cut,
    files: files.map((file) => relative(root, file))
  }))

const wide = FlowFiles.bounds

describe("flow files", () => {
  it.effect("are found in a directory and below it, in the order of their paths", () =>
    Effect.gen(function* () {
      const root = yield* tree(
        "b.flow.yaml",
        "a/c.flow.yml",
        "a/b/d.flow.json",
        "a.flow.yaml.txt",
        "flow.yaml",
        ".flow.yaml"
      )
      assert.deepStrictEqual(yield* found(root), {
        cut: undefined,
        files: ["a/b/d.flow.json", "a/c.flow.yml", "b.flow.yaml"]
      })
    })
  )

  it.effect("are not looked for where programs put things, unless such a place is named", () =>
    Effect.gen(function* () {
      const root = yield* tree(
        "node_modules/x/a.flow.yaml",
        "dist/a.flow.yaml",
        ".git/a.flow.yaml",
        // An archive, which is a directory for a program in Electron, and a file for all others.
        "app.asar/a.flow.yaml",
        "APP.ASAR/a.flow.yaml",
        "s/.x.flow.yaml"
      )
      assert.deepStrictEqual((yield* found(root)).files, ["s/.x.flow.yaml"])
      assert.deepStrictEqual((yield* found(root, wide, [join(root, "dist")])).files, ["dist/a.flow.yaml"])
    })
  )

  it.effect("that are named come first and as they are, there or not; each is there once", () =>
    Effect.gen(function* () {
      const root = yield* tree("z.yaml", "a.flow.yaml")
      symlinkSync(join(root, "a.flow.yaml"), join(root, "b.flow.yaml"))
      const places = [join(root, "z.yaml"), join(root, "gone.flow.yaml"), root, join(root, "a.flow.yaml")]
      assert.deepStrictEqual((yield* found(root, wide, places)).files, ["z.yaml", "gone.flow.yaml", "a.flow.yaml"])
    })
  )

  it.effect("are not looked for behind links to directories, which may lead round and round", () =>
    Effect.gen(function* () {
      const root = yield* tree("a/x.flow.yaml")
      symlinkSync(root, join(root, "a", "round"))
      symlinkSync(join(root, "a"), join(root, "b.flow.yaml"))
      assert.deepStrictEqual((yield* found(root)).files, ["a/x.flow.yaml"])
    })
  )

  it.effect("are looked for within bounds; which one was met is told", () =>
    Effect.gen(function* () {
      const root = yield* tree("1/2/3/deep.flow.yaml", "1/a.flow.yaml", "1/b.flow.yaml", "c.flow.yaml")
      assert.deepStrictEqual(yield* found(root, { ...wide, depth: 1 }), {
        cut: "depth",
        files: ["1/a.flow.yaml", "1/b.flow.yaml", "c.flow.yaml"]
      })
      assert.deepStrictEqual(yield* found(root, { ...wide, directories: 2 }), {
        cut: "directories",
        files: ["1/a.flow.yaml", "1/b.flow.yaml", "c.flow.yaml"]
      })
      assert.deepStrictEqual(yield* found(root, { ...wide, files: 2 }), {
        cut: "files",
        files: ["1/a.flow.yaml", "c.flow.yaml"]
      })
      assert.strictEqual((yield* found(root, { depth: 3, directories: 4, files: 4 })).cut, undefined)
    })
  )

  it.effect("of a directory that is gone are none", () =>
    Effect.gen(function* () {
      const root = yield* tree("a/x.flow.yaml")
      rmSync(join(root, "a"), { recursive: true })
      assert.deepStrictEqual((yield* found(root)).files, [])
    })
  )
})
