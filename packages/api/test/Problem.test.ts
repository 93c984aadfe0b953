import { assert, describe, it } from "@effect/vitest"
import { Problem, RequestRefused } from "@halte/api"
import * as EveryError from "../../http/test/support/EveryError.ts"

const refused = (Object.keys(RequestRefused.statuses) as Array<RequestRefused.Code>).map((code) => ({
  error: new RequestRefused.RequestRefused({
    code,
    detail: "It is wrong.",
    errors: [{ pointer: "/a~1b", detail: "no" }]
  }),
  status: RequestRefused.statuses[code] as number
}))

describe("Problem", () => {
  for (const { error, status } of [...EveryError.all, ...refused])
    it(`gives \`${error._tag}\` (${error.code}) back as it was, class, fields and words`, () => {
      const text = Problem.toJson(Problem.fromError(error))
      const back = Problem.errorFromJson(text)
      assert.deepStrictEqual(back, error)
      assert.strictEqual(back?.constructor, error.constructor)
      assert.strictEqual(back?.message, error.message)

      const sent = JSON.parse(text) as Record<string, unknown>
      assert.strictEqual(sent["status"], status)
      assert.strictEqual(sent["code"], error.code)
      assert.strictEqual(sent["detail"], error.message)
      assert.strictEqual(String(sent["type"]).split("/").at(-1), error.code)
    })

  it("names the execution, and its state apart from the number of HTTP", () => {
    const { error } = EveryError.all.find(({ error }) => error._tag === "CommandRefused")!
    const sent = Problem.fromError(error)
    assert.strictEqual(sent.instance, "/executions/01ARZ3NDEKTSV4RRFFQ6")
    assert.strictEqual(sent.executionId, "01ARZ3NDEKTSV4RRFFQ6")
    assert.strictEqual(sent.executionStatus, "Running")
    assert.strictEqual(sent.status, 409)
  })

  it("reads no error out of what is no problem of Halte", () => {
    for (const text of ["", "null", "{}", "<html>502</html>", '{"error":{"_tag":"Other"}}', '{"error":"gone"}'])
      assert.strictEqual(Problem.errorFromJson(text), undefined, text)
  })
})
