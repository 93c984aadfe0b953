import { assert, describe, it } from "@effect/vitest"
import { read } from "../support/RepositoryFiles.ts"
import { pictures } from "../support/StopPicture.ts"

describe("pictures of the docs", () => {
  for (const [path, svg] of Object.entries(pictures))
    it(`${path} is what the command line's views draw`, () => {
      assert.strictEqual(read(path), svg, "run `node -C @halte/source test/support/StopPicture.ts`")
    })

  it("says in words what the picture shows, in light and dark", () => {
    const readme = read("README.md")
    assert.match(readme, /<source media="\(prefers-color-scheme: dark\)" srcset="docs\/pictures\/stop-dark\.svg">/)
    const alt = /<img [^>]*alt="([^"]+)"/.exec(readme)?.[1] ?? ""
    assert.match(alt, /3 of 8 steps/)
    assert.match(alt, /Ctrl-C/)
    const shown = pictures["docs/pictures/stop-light.svg"]!
    for (const fact of ["3 of 8 steps", "41,312", "upload/part-2", "5.5 s"]) {
      assert.include(alt, fact)
      assert.include(shown, fact)
    }
  })
})
