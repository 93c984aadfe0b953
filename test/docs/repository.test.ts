import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync } from "node:fs"
import { basename } from "node:path"
import { isBinary, read, root, tracked } from "../support/RepositoryFiles.ts"

const files = tracked()
const texts = files.filter((path) => !isBinary(path))
const lockfiles = texts.filter((path) => basename(path) === "package-lock.json")
const manifests = files.filter((path) => basename(path) === "package.json")

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly description?: string
  readonly license?: string
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
}
const manifest = (path: string): Manifest => JSON.parse(read(path)) as Manifest

/** `file:line: text` for every line that matches. */
const offenders = (paths: ReadonlyArray<string>, pattern: RegExp): ReadonlyArray<string> =>
  paths.flatMap((path) =>
    read(path)
      .split("\n")
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 120)}`] : []))
  )

describe("the repository", () => {
  it("holds at its top level only what it may", () => {
    const allowed = new Set([
      "README.md",
      "LICENSE",
      "package.json",
      "package-lock.json",
      "tsconfig.json",
      "packages",
      "examples",
      "docs",
      "test"
    ])
    const top = new Set(files.map((path) => path.split("/")[0]!))
    assert.deepStrictEqual(
      [...top].filter((name) => !allowed.has(name) && !name.startsWith(".")),
      []
    )
    for (const name of ["README.md", "LICENSE", "package.json", "package-lock.json", "tsconfig.json", "packages"])
      assert.isTrue(top.has(name), `${name} is missing`)
  })

  it("names no host in its lockfiles", () => {
    assert.isAtLeast(lockfiles.length, 1)
    assert.deepStrictEqual(offenders(lockfiles, /"resolved": "\w+:\/\//), [])
  })

  it("names no registry and no path of a machine", () => {
    const others = texts.filter((path) => !lockfiles.includes(path))
    const configured = process.env["npm_config_registry"]
    const own = configured === undefined ? undefined : new URL(configured).host
    const hosts = [
      "registry\\.\\w+",
      ...(own === undefined || own.includes("npmjs") ? [] : [own.replaceAll(".", "\\.")])
    ]
    assert.deepStrictEqual(offenders(others, new RegExp(`https?://(${hosts.join("|")})`)), [])
    // Written apart, so that this file does not find itself.
    const homes = ["work", "root", "home/\\w+", "Users/\\w+"].map((name) => `/${name}/`)
    assert.deepStrictEqual(offenders(others, new RegExp(`(^|[\\s"'\`(=:])(${homes.join("|")})[\\w.-]`)), [])
  })

  it("keeps every file within 800 lines", () => {
    const long = texts
      // What a program writes is as long as it is.
      .filter((path) => !lockfiles.includes(path) && path !== "docs/reference/openapi.json")
      .map((path) => ({ path, lines: read(path).split("\n").length }))
      .filter(({ lines }) => lines > 801)
    assert.deepStrictEqual(long, [])
  })

  it("names every source file by its concept", () => {
    const vague = /^(types|utils?|helpers?|common|misc|shared)\.[cm]?[jt]sx?$/i
    assert.deepStrictEqual(
      files.filter((path) => vague.test(basename(path))),
      []
    )
  })

  it("pins every version exactly", () => {
    const loose = manifests.flatMap((path) => {
      const { dependencies, devDependencies, optionalDependencies } = manifest(path)
      return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
        .filter(([, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${path}: ${name}@${version}`)
    })
    assert.deepStrictEqual(loose, [])
  })

  it("uses one Effect: no package of Effect 3 that is part of Effect 4 now", () => {
    const gone = /^@effect\/(platform|schema|cluster|workflow|cli|sql|rpc|experimental)$/
    const found = manifests.flatMap((path) => {
      const { dependencies, devDependencies, optionalDependencies } = manifest(path)
      return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter((n) => gone.test(n))
    })
    assert.deepStrictEqual(found, [])
    const lock = JSON.parse(read("package-lock.json")) as { readonly packages: Record<string, { version?: string }> }
    const copies = Object.keys(lock.packages).filter((path) => /(^|\/)node_modules\/effect$/.test(path))
    assert.deepStrictEqual(copies, ["node_modules/effect"])
  })

  it("uses @effect/platform-node only where programs are put together", () => {
    const importers = texts.filter(
      (path) => /^packages\/[^/]+\/src\//.test(path) && /from "@effect\/platform-node/.test(read(path))
    )
    assert.deepStrictEqual(
      importers.filter((path) => !path.startsWith("packages/cli/src/")),
      []
    )
  })

  it("lists in the README's table exactly the packages there are", () => {
    const rows = [...read("README.md").matchAll(/^\| \[`([^`]+)`\]\((packages\/[a-z-]+)\) \| (.+) \|$/gm)]
    const listed = rows.map(([, name, path]) => `${path} ${name}`).sort()
    const there = readdirSync(`${root}/packages`)
      .filter((name) => existsSync(`${root}/packages/${name}/package.json`))
      .map((name) => `packages/${name} ${manifest(`packages/${name}/package.json`).name}`)
      .sort()
    assert.deepStrictEqual(listed, there)
  })

  it("says of every package what it is, under one version and one license", () => {
    const { version } = manifest("package.json")
    for (const path of manifests.filter((path) => /^packages\/[^/]+\/package\.json$/.test(path))) {
      const own = manifest(path)
      assert.strictEqual(own.license, "MIT", path)
      assert.strictEqual(own.version, version, path)
      assert.match(own.description ?? "", /^[A-Z].+\.$/, path)
    }
  })

  it("sends every text with its last line ended", () => {
    assert.deepStrictEqual(
      texts.filter((path) => {
        const text = read(path)
        return text !== "" && !text.endsWith("\n")
      }),
      []
    )
  })
})
