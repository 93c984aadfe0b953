import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Problem, RequestRefused } from "@halte/api"
import { ExecutionsError } from "@halte/engine"
import { HttpHandler } from "@halte/http"
import * as ProblemTexts from "../src/ProblemTexts.ts"
import * as Scripted from "./support/Scripted.ts"

const handler = HttpHandler.make(Scripted.make())
const get = (path: string) =>
  Effect.promise(async () => {
    const response = await handler(new Request(`http://localhost${path}`))
    return { status: response.status, type: response.headers.get("content-type"), text: await response.text() }
  })
const reference = readFileSync(new URL("../../../docs/reference/errors.md", import.meta.url), "utf8")

describe("pages about problems", () => {
  it("are there for every code that any answer can have", () => {
    const codes = [
      ...Object.keys(RequestRefused.statuses),
      ...ExecutionsError.CommandRefused.fields.code.literals,
      ...ExecutionsError.ExecutionsError.members.flatMap((member) =>
        member === ExecutionsError.CommandRefused
          ? []
          : ProblemTexts.codes.filter((code) => ProblemTexts.texts[code].example instanceof member)
      )
    ]
    assert.sameMembers(codes, [...ProblemTexts.codes])
    for (const code of ProblemTexts.codes) assert.strictEqual(ProblemTexts.texts[code].example.code, code)
  })

  for (const code of ProblemTexts.codes)
    it.live(`/problems/${code} says when it comes, with which status and members, and what to do`, () =>
      Effect.gen(function* () {
        const { status, text, type } = yield* get(Problem.fromError(ProblemTexts.texts[code].example).type)
        assert.deepStrictEqual([status, type], [200, "text/html; charset=utf-8"])
        assert.notMatch(text, /<script|<style| style=/i)
        const said = text.replace(/<[^>]+>/g, "").replace(/&#(\d+);/g, (_, n: string) => String.fromCharCode(Number(n)))
        const { means, next } = ProblemTexts.texts[code]
        for (const part of [Problem.titles[code], String(ProblemTexts.statusOf(code)), means, next])
          assert.include(said, part.replaceAll("`", ""))
        assert.include(said, JSON.stringify(ProblemTexts.example(code), undefined, 2))
      })
    )

  for (const code of ProblemTexts.codes)
    it(`docs/reference/errors.md says of \`${code}\` what its page says`, () => {
      const row = reference.split("\n").find((line) => line.startsWith("|") && line.includes(`\`${code}\``))
      assert.isDefined(row, `a row of ${code}`)
      assert.include(row, ProblemTexts.texts[code].means)
    })

  it.live("are listed, and one that is not there is a problem itself", () =>
    Effect.gen(function* () {
      const { text } = yield* get("/problems")
      for (const code of ProblemTexts.codes) assert.include(text, `href="/problems/${code}"`)
      for (const name of ["nothing", "__proto__", "constructor", "%3Cscript%3E"]) {
        const missing = yield* get(`/problems/${name}`)
        assert.deepStrictEqual([missing.status, missing.type], [404, "application/problem+json"], name)
        assert.strictEqual((JSON.parse(missing.text) as { readonly code: string }).code, "unknown-route")
      }
    })
  )

  it("have a title of their own each", () => {
    const titles = Object.values(Problem.titles)
    assert.deepStrictEqual(titles, [...new Set(titles)])
  })
})
