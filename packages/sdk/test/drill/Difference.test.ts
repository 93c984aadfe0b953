import { assert, describe, it } from "vitest"
import * as Difference from "../../src/node/drill/Difference.ts"
import { digest, type FileEntry, type FileTree } from "../../src/node/drill/FileTree.ts"

const file = (text: string, mode = 0o644): FileEntry => ({ kind: "file", mode, sha256: digest(text), text })
const tree = (files: Readonly<Record<string, string | FileEntry>>): FileTree =>
  new Map(Object.entries(files).map(([path, one]) => [path, typeof one === "string" ? file(one) : one]))
type Files = Parameters<typeof tree>[0]

const between = (expected: Files, seen: Files, stopped: Files = {}, before: Files = {}) =>
  Difference.ofFiles(
    { expected: tree(expected), seen: tree(seen), stopped: tree(stopped), before: tree(before) },
    Difference.nothing
  ).map(({ code, what }) => `${code} ${what}`)
const values = (expected: unknown, seen: unknown, skip: ReadonlyArray<string> = []) =>
  Difference.ofValues({ s: expected }, { s: seen }, new Set(skip)).map(({ code, what }) => `${code} ${what}`)

describe("differences of files", () => {
  it("says what is missing, what is there twice, and what is another thing", () => {
    assert.deepStrictEqual(between({ a: "1\n" }, { a: "1\n" }), [])
    assert.deepStrictEqual(between({ a: "1\n", b: "2\n" }, { a: "1\n" }), ["lost-item b"])
    assert.deepStrictEqual(between({ a: "1\n2\n3\n" }, { a: "1\n3\n" }), ["lost-item a"])
    assert.deepStrictEqual(between({ a: "1\n2\n" }, { a: "1\n2\n2\n" }), ["repeated-effect a"])
    assert.deepStrictEqual(between({ a: "1\n2\n" }, { a: "1\n7\n" }), ["different-result a"])
    assert.deepStrictEqual(between({ a: "1\n" }, { a: file("1\n", 0o755) }), ["different-result a"])
    assert.deepStrictEqual(between({ a: "1\n" }, { a: { kind: "directory", mode: 0o755 } }), ["different-result a"])
    assert.deepStrictEqual(
      between({ a: { kind: "link", mode: 0, target: "x" } }, { a: { kind: "link", mode: 0, target: "y" } }),
      ["different-result a"]
    )
  })

  it("takes lines in another order for the same: steps that run side by side write as they come", () => {
    assert.deepStrictEqual(between({ a: "1\n2\n3\n" }, { a: "3\n1\n2\n" }), [])
  })

  it("finds what the stop left half done and nobody has repaired", () => {
    const page = "<html></html>\n"
    assert.deepStrictEqual(between({ a: page }, { a: "<html>" }, { a: "<html>" }), ["half-done a"])
    // It went on behind what was there.
    assert.deepStrictEqual(between({ a: "one\ntwo\n" }, { a: "one\nt" + "one\ntwo\n" }, { a: "one\nt" }), [
      "half-done a"
    ])
    assert.deepStrictEqual(between({}, { "a.tmp": "x" }, { "a.tmp": "x" }), ["half-done a.tmp"])
    // What came only with the resume is another result.
    assert.deepStrictEqual(between({}, { b: "x" }), ["different-result b"])
    assert.deepStrictEqual(
      between(
        { a: { kind: "file", mode: 0o644, sha256: "1" } },
        { a: { kind: "file", mode: 0o644, sha256: "2" } },
        { a: { kind: "file", mode: 0o644, sha256: "2" } }
      ),
      ["half-done a"]
    )
  })

  it("finds lists within JSON: entries that are lost, and entries that are there twice", () => {
    const json = (list: ReadonlyArray<number>) => JSON.stringify({ list })
    assert.deepStrictEqual(between({ a: json([1, 2, 3]) }, { a: json([1, 3]) }), ["lost-item a/list"])
    assert.deepStrictEqual(between({ a: json([1, 2]) }, { a: json([1, 2, 2]) }), ["repeated-effect a/list"])
    assert.deepStrictEqual(between({ a: '{"x":1,"y":2}' }, { a: '{"y":2,"x":1}' }), [])
  })

  it("does not tell of everything in a directory that is itself too much", () => {
    const directory: FileEntry = { kind: "directory", mode: 0o755 }
    assert.deepStrictEqual(between({}, { d: directory, "d/a": "1", "d/b": "2" }), ["different-result d"])
  })
})

describe("differences of values", () => {
  it("names the place in the value", () => {
    assert.deepStrictEqual(values({ a: 1, b: [1, 2] }, { a: 1, b: [1, 2] }), [])
    assert.deepStrictEqual(values({ a: 1, b: { c: 2 } }, { a: 1, b: { c: 3 } }), ["different-result values.s/b/c"])
    assert.deepStrictEqual(values([1, 2, 3], [1, 3]), ["lost-item values.s"])
    assert.deepStrictEqual(values([{ x: 1 }], [{ x: 1 }, { x: 1 }]), ["repeated-effect values.s"])
    assert.deepStrictEqual(values([{ x: 1 }], [{ x: 2 }]), ["different-result values.s/0/x"])
    assert.deepStrictEqual(values(1, undefined), ["different-result values.s"])
  })

  it("passes over what differs by itself, and compares what stands beside it", () => {
    assert.deepStrictEqual(values({ at: 1, n: 1 }, { at: 2, n: 1 }, ["values.s/at"]), [])
    assert.deepStrictEqual(values({ at: 1, n: 1 }, { at: 2, n: 2 }, ["values.s/at"]), ["different-result values.s/n"])
  })
})

describe("what differs by itself", () => {
  const byItself = Difference.byItself(
    {
      values: { s: { at: 1, n: 1 } },
      files: tree({
        log: "9:01 a\n9:01 b\n",
        same: "1\n",
        "backups/1": "x",
        bytes: { kind: "file", mode: 0o644, sha256: "1" }
      })
    },
    {
      values: { s: { at: 2, n: 1 } },
      files: tree({
        log: "9:02 a\n9:02 b\n",
        same: "1\n",
        "backups/2": "x",
        bytes: { kind: "file", mode: 0o644, sha256: "2" }
      })
    }
  )
  const after = (files: Files) =>
    Difference.ofFiles(
      {
        expected: tree({ log: "9:01 a\n9:01 b\n", same: "1\n", "backups/1": "x", bytes: "1" }),
        seen: tree(files),
        stopped: tree({}),
        before: tree({})
      },
      byItself
    ).map(({ code, what }) => `${code} ${what}`)

  it("is found by running twice", () => {
    assert.deepStrictEqual([...Difference.named(byItself)].sort(), [
      "backups/1",
      "backups/2",
      "bytes",
      "log",
      "values.s/at"
    ])
  })

  it("still has a number: of lines, and of files with names of their own", () => {
    const same = "1\n"
    assert.deepStrictEqual(after({ log: "9:03 a\n9:03 b\n", same, "backups/3": "x", bytes: "3" }), [])
    assert.deepStrictEqual(after({ log: "9:03 a\n9:03 a\n9:03 b\n", same, "backups/3": "x", bytes: "3" }), [
      "repeated-effect log"
    ])
    assert.deepStrictEqual(after({ log: "9:03 a\n9:03 b\n", same, "backups/3": "x", "backups/4": "x", bytes: "3" }), [
      "repeated-effect backups"
    ])
    assert.deepStrictEqual(after({ log: "9:03 a\n9:03 b\n", same, bytes: "3" }), ["lost-item backups"])
  })
})
