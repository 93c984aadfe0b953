/** Files of which somebody waits to hear which flow they are: each wait ends, with what was said, or with why nothing was. */
import { assert, describe, it } from "vitest"
import * as OpenedFiles from "../src/main/OpenedFiles.ts"

const file = "/p/shop/release.flow.yaml"

describe("a file that is opened", () => {
  it("is what is said of it, for all who wait, and each time anew", async () => {
    const opened = OpenedFiles.make({ waitMillis: 60_000 })
    const two = [opened.wait(file), opened.wait(file)]
    const other = opened.wait("/p/shop/other.flow.yaml")
    assert.deepStrictEqual(opened.files(), [file, "/p/shop/other.flow.yaml"])
    opened.said(file, { _tag: "Flow", name: "release" })
    assert.deepStrictEqual(await Promise.all(two), [
      { _tag: "Flow", name: "release" },
      { _tag: "Flow", name: "release" }
    ])
    const again = opened.wait(file)
    opened.said(file, { _tag: "Wrong", text: "It has a cycle." })
    assert.deepStrictEqual(await again, { _tag: "Wrong", text: "It has a cycle." })
    // Nobody waits for it any more.
    opened.said(file, { _tag: "Flow", name: "release" })
    opened.unsaid("the engine does not run: it was killed by SIGKILL.")
    assert.deepStrictEqual(await other, {
      _tag: "Wrong",
      text: "`other.flow.yaml` could not be opened: the engine does not run: it was killed by SIGKILL. It is among the flows of its project once an engine has read it."
    })
    assert.deepStrictEqual(opened.files(), [])
  })

  it("is not waited for without end", async () => {
    const opened = OpenedFiles.make({ waitMillis: 20 })
    const waited = await opened.wait(file)
    assert.strictEqual(
      waited._tag === "Wrong" ? waited.text : waited,
      "`release.flow.yaml` could not be opened: the engine has not said within 0.02 s which flow it is. It is among the flows of its project once an engine has read it."
    )
    assert.deepStrictEqual(opened.files(), [])
    opened.said(file, { _tag: "Flow", name: "release" })
  })
})
