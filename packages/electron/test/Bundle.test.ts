/** What the bundle is made of: nothing that would have to be installed, and nothing too much where a start has to be fast. */
import { spawnSync } from "node:child_process"
import { isBuiltin } from "node:module"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { parseSync, Visitor } from "vite"
import * as BuildDesktop from "../../../test/support/BuildDesktop.ts"
import { root } from "../../../test/support/RepositoryFiles.ts"

const { app } = BuildDesktop
const ceiling = 180_000
beforeAll(BuildDesktop.build, ceiling)

interface Imports {
  /** By `import … from`, before anything runs. */
  readonly first: ReadonlySet<string>
  /** By `import()` and `require()`, when it is needed. */
  readonly later: ReadonlySet<string>
}

const importsOf = (name: string): Imports => {
  const text = readFileSync(join(app, name), "utf8")
  const { errors, program } = parseSync(name, text, { sourceType: name.endsWith(".cjs") ? "script" : "module" })
  assert.deepStrictEqual(errors, [], name)
  const first = new Set<string>()
  const later = new Set<string>()
  new Visitor({
    ImportDeclaration: (node) => void first.add(node.source.value),
    ExportAllDeclaration: (node) => void first.add(node.source.value),
    ExportNamedDeclaration: (node) => node.source !== null && void first.add(node.source.value),
    ImportExpression: (node) => {
      if (node.source.type === "Literal" && typeof node.source.value === "string") later.add(node.source.value)
    },
    CallExpression: ({ arguments: [given], callee }) => {
      const isRequire = callee.type === "Identifier" && /^(?:__)?require$/.test(callee.name)
      if (isRequire && given?.type === "Literal" && typeof given.value === "string") later.add(given.value)
    }
  }).visit(program)
  return { first, later }
}

const scripts = () => readdirSync(app).filter((name) => /\.c?js$/.test(name))

/** What is loaded before the first line of an entry runs. */
const loadedFirst = (entry: string): ReadonlySet<string> => {
  const all = new Set<string>()
  const visit = (name: string): void => {
    if (all.has(name)) return
    all.add(name)
    for (const specifier of importsOf(name).first) if (specifier.startsWith("./")) visit(specifier.slice(2))
  }
  visit(entry)
  return all
}
const bytes = (names: Iterable<string>): number =>
  [...names].reduce((sum, name) => sum + statSync(join(app, name)).size, 0)
const holdsEffect = (name: string): boolean => readFileSync(join(app, name), "utf8").includes("node_modules/effect/")

describe("the bundle", () => {
  it("has its entries by the names that code looks for, all in one directory", () => {
    assert.includeMembers(scripts(), ["Main.js", "Host.js", "WorkerEntry.js", "SweepMain.js", "Preload.cjs"])
    for (const name of ["package.json", "LICENSE", "licenses.txt", "page/index.html", "resources/icon.png"])
      assert.isTrue(statSync(join(app, name)).isFile(), name)
  })

  it("imports Electron's modules, Node's and itself, and nothing that would have to be installed", () => {
    const own = new Set(scripts().map((name) => `./${name}`))
    const others = scripts().flatMap((name) => {
      const { first, later } = importsOf(name)
      return [...first, ...later].filter(
        (specifier) =>
          !own.has(specifier) && !/^electron(?:\/(?:main|common|renderer))?$/.test(specifier) && !isBuiltin(specifier)
      )
    })
    assert.deepStrictEqual(others, [])
  })

  it("asks for Electron's main modules only in the main process", () => {
    const main = new Set<string>()
    const visit = (name: string): void => {
      if (main.has(name)) return
      main.add(name)
      const { first, later } = importsOf(name)
      for (const specifier of [...first, ...later]) if (specifier.startsWith("./")) visit(specifier.slice(2))
    }
    visit("Host.js")
    visit("WorkerEntry.js")
    visit("SweepMain.js")
    for (const name of main)
      for (const specifier of importsOf(name).first) assert.notMatch(specifier, /^electron/, `${name} of an engine`)
  })

  it("has a preload script that is one CommonJS file and asks for what a sandbox gives", () => {
    const { first, later } = importsOf("Preload.cjs")
    assert.deepStrictEqual([[...first], [...later]], [[], ["electron/renderer"]])
    assert.isBelow(bytes(["Preload.cjs"]), 20_000)
  })

  it("sweeps without loading Effect, by either door, so that a sweep starts fast (P3)", () => {
    for (const entry of ["SweepMain.js", "Main.js"]) {
      const first = loadedFirst(entry)
      assert.isBelow(bytes(first), 100_000, [...first].join(", "))
      assert.deepStrictEqual([...first].filter(holdsEffect), [])
    }
  })

  it("loads no Effect in a worker thread before a module needs it", () => {
    const first = loadedFirst("WorkerEntry.js")
    assert.isBelow(bytes(first), 100_000, [...first].join(", "))
    assert.deepStrictEqual([...first].filter(holdsEffect), [])
    assert.isTrue([...importsOf("WorkerEntry.js").later].some((specifier) => specifier.startsWith("./chunk-")))
  })

  it("names no place of the machine that it was made on, and no map of its sources", () => {
    for (const name of scripts()) {
      const text = readFileSync(join(app, name), "utf8")
      assert.notInclude(text, root, name)
      assert.notInclude(text, "sourceMappingURL", name)
    }
    const all = readdirSync(app, { recursive: true, encoding: "utf8" })
    assert.deepStrictEqual(
      all.filter((name) => /\.(?:map|ts|tsx)$|node_modules|\.env/.test(name)),
      []
    )
  })

  it("brings the notices of what is inside", () => {
    const text = readFileSync(join(app, "licenses.txt"), "utf8")
    for (const name of ["effect 4.1.0 (MIT)", "yaml ", "graphology ", "rotating-file-stream "])
      assert.include(text, name)
    assert.include(readFileSync(join(app, "page/licenses.txt"), "utf8"), "react-dom")
  })

  it("is the same, byte for byte, when it is made again", { timeout: ceiling }, () => {
    const again = mkdtempSync(join(tmpdir(), "halte-bundle-"))
    try {
      const vite = join(root, "node_modules/vite/bin/vite.js")
      const { status, stderr } = spawnSync(
        process.execPath,
        [vite, "build", "packages/electron", "--app", "--outDir", again, "--logLevel", "warn"],
        { cwd: root, encoding: "utf8", env: { ...process.env, NODE_ENV: "production", NODE_OPTIONS: "" } }
      )
      assert.strictEqual(status, 0, stderr)
      const names = readdirSync(again).filter((name) => /\.c?js$/.test(name))
      assert.sameMembers(names, scripts())
      for (const name of names)
        assert.isTrue(readFileSync(join(again, name)).equals(readFileSync(join(app, name))), name)
    } finally {
      rmSync(again, { recursive: true, force: true })
    }
  })

  it("is not made again while its sources are the same", { timeout: ceiling }, () => {
    const look = () => ({
      sources: readFileSync(join(app, "../.built-from"), "utf8"),
      file: statSync(join(app, "Main.js")).ino
    })
    const before = look()
    BuildDesktop.build()
    const after = look()
    // Somebody may be writing them.
    if (after.sources === before.sources) assert.strictEqual(after.file, before.file)
    else assert.notStrictEqual(after.file, before.file)
  })
})
