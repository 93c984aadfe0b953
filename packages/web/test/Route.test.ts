import { assert, describe, it } from "@effect/vitest"
import * as Route from "../src/route/Route.ts"

const parse = (address: string) => {
  const url = new URL(address, "http://localhost")
  return Route.parse(url.pathname, url.search)
}

describe("addresses of the page", () => {
  it("are those of the API, and come back as they were", () => {
    for (const address of [
      "/executions",
      "/executions/01JD3M8Z9F4T6V2X0YQ7",
      "/executions/01JD3M8Z9F4T6V2X0YQ7?view=logs&step=upload%2Fpart-2",
      "/executions/01JD3M8Z9F4T6V2X0YQ7?view=history",
      "/flows",
      "/flows/release",
      "/command"
    ])
      assert.strictEqual(Route.toPath(parse(address)), address)
  })

  it("take what is not known for what it is", () => {
    assert.deepStrictEqual(parse("/"), { view: "executions" })
    assert.deepStrictEqual(parse("/nowhere/at/all"), { view: "unknown", path: "/nowhere/at/all" })
    assert.deepStrictEqual(parse("/executions/X?view=other"), Route.execution("X"))
    assert.deepStrictEqual(parse("/flows/%zz"), { view: "flow", name: "%zz" })
  })
})
