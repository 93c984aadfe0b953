import { assert, describe, it } from "@effect/vitest"
import { existsSync, statSync } from "node:fs"
import { dirname, join, posix } from "node:path"
import * as Markdown from "../support/Markdown.ts"
import { read, root, tracked } from "../support/RepositoryFiles.ts"

const pages = tracked().filter((path) => path === "README.md" || /^(docs|examples)\/.*\.md$/.test(path))
const isRelative = (target: string) => !/^[a-z][a-z+.-]*:/i.test(target)

interface Resolved {
  readonly from: string
  readonly line: number
  readonly target: string
  readonly path: string
  readonly anchor: string | undefined
}

const resolved = (page: string): ReadonlyArray<Resolved> =>
  Markdown.links(read(page))
    .filter(({ target }) => isRelative(target))
    .map(({ line, target }) => {
      const [file = "", anchor] = target.split("#")
      const path = file === "" ? page : posix.normalize(posix.join(posix.dirname(page), decodeURIComponent(file)))
      return { from: page, line, target, path, anchor }
    })

describe("links of README and docs", () => {
  const all = pages.flatMap(resolved)

  it("lead to files that are there", () => {
    assert.isAbove(all.length, 0)
    const dead = all
      .filter(({ path }) => path.startsWith("..") || !existsSync(join(root, path)))
      .map(({ from, line, target }) => `${from}:${line}: ${target}`)
    assert.deepStrictEqual(dead, [])
  })

  it("lead to headings that are there", () => {
    const known = new Map<string, ReadonlySet<string>>()
    const anchorsOf = (path: string) => {
      const found = known.get(path) ?? Markdown.anchors(read(path))
      known.set(path, found)
      return found
    }
    const dead = all
      .filter(({ anchor, path }) => anchor !== undefined && path.endsWith(".md") && existsSync(join(root, path)))
      .filter(({ anchor, path }) => !anchorsOf(path).has(anchor!))
      .map(({ from, line, target }) => `${from}:${line}: ${target}`)
    assert.deepStrictEqual(dead, [])
  })

  it("reach every page of the docs from docs/README.md, and that one from the README", () => {
    const reached = new Set<string>()
    const visit = (page: string) => {
      if (reached.has(page) || !existsSync(join(root, page))) return
      reached.add(page)
      for (const { path } of resolved(page)) {
        const full = join(root, path)
        if (path.startsWith("docs/") && path.endsWith(".md")) visit(path)
        else if (path.startsWith("docs/") && existsSync(full) && statSync(full).isDirectory())
          visit(posix.join(path, "README.md"))
      }
    }
    visit("docs/README.md")
    assert.deepStrictEqual(
      pages.filter((page) => page.startsWith("docs/") && !reached.has(page)),
      []
    )
    assert.isTrue(resolved("README.md").some(({ path }) => path === "docs/README.md"))
  })

  it("stay inside the docs folder's four questions", () => {
    const folders = new Set(
      pages.filter((page) => page.startsWith("docs/")).map((page) => dirname(page).split("/")[1] ?? "")
    )
    assert.deepStrictEqual(
      [...folders].filter((f) => !["", "tutorials", "how-to", "explanation", "reference", "decisions"].includes(f)),
      []
    )
  })
})
