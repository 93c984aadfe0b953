import { assert, describe, it } from "@effect/vitest"
import type { Executions, ExecutionsError, ExecutionSummary } from "@halte/engine/model"
import { Effect } from "effect"
import * as ExecutionArgument from "../src/command/ExecutionArgument.ts"
import * as StepArgument from "../src/command/StepArgument.ts"
import * as Story from "./ReleaseStory.ts"

const ids = ["01JD3M8Z9F4T6V2X0YQ7", "01JD3M8Z9F4T6V3X0YQ7", "01JD2X0CF4H6K9M2CN4G"]

/** Lists by ending, as every store does. */
const listing = (all: ReadonlyArray<string>): Executions.ExecutionsShape =>
  ({
    list: (filter: Executions.ListFilter = {}) =>
      Effect.succeed(
        all
          .filter((id) => id.endsWith(filter.ending ?? ""))
          .slice(0, filter.limit)
          .map((id) => ({ id, flow: "release", status: "Failed" }) as unknown as ExecutionSummary.ExecutionSummary)
      )
  }) as unknown as Executions.ExecutionsShape

const resolve = (text: string, all: ReadonlyArray<string> = ids) =>
  ExecutionArgument.id({ executions: listing(all), again: [] }, text)
const refused = (text: string, all?: ReadonlyArray<string>) =>
  Effect.map(
    Effect.flip(resolve(text, all)) as Effect.Effect<ExecutionArgument.ExecutionUnclear | ExecutionsError.Always>,
    ({ code, message }) => ({ code, message })
  )

describe("ExecutionArgument", () => {
  it.effect("takes an id, a unique ending of four characters or more, and an ending as a listing shows it", () =>
    Effect.gen(function* () {
      for (const text of [ids[2]!, "CN4G", "cn4g", "…M2CN4G", "...M2CN4G", "01jd2x0cf4h6k9m2cn4g"])
        assert.strictEqual(yield* resolve(text), ids[2])
    })
  )

  it.effect("R41 says that an id is not known, and how to find those that are", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refused("ZZZZ"), {
        code: "execution-not-found",
        message: "Execution `ZZZZ` was not found. `halte list` shows those that are here."
      })
    })
  )

  it.effect("lists the candidates of an ending that several ids have", () =>
    Effect.gen(function* () {
      const { code, message } = yield* refused("X0YQ7")
      assert.strictEqual(code, "ambiguous-id")
      assert.deepStrictEqual(message.split("\n"), [
        "`X0YQ7` means more than one execution; give more of its id:",
        `  ${ids[0]}  release  failed`,
        `  ${ids[1]}  release  failed`
      ])
      const many = Array.from({ length: 30 }, (_, i) => `01JD3M8Z9F4T${String(i).padStart(2, "0")}YQ7777`)
      const { message: long } = yield* refused("7777", many)
      assert.strictEqual(long.split("\n").length, 11)
      assert.isTrue(long.endsWith("and more"))
    })
  )

  it.effect("says that three characters are too few", () =>
    Effect.gen(function* () {
      const { code, message } = yield* refused("YQ7")
      assert.strictEqual(code, "usage")
      assert.include(message, "give at least the last 4 characters")
    })
  )
})

describe("StepArgument", () => {
  const state = Story.stateOf(Story.interrupted)

  it.effect("takes a full id, and the last name where one step has it", () =>
    Effect.gen(function* () {
      for (const [text, id] of [
        ["upload/part-2", "upload/part-2"],
        ["part-2", "upload/part-2"],
        ["upload", "upload"]
      ])
        assert.strictEqual((yield* StepArgument.resolve(state, text!)).id, id)
    })
  )

  it.effect("names the nearest step when there is none", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(StepArgument.resolve(state, "annnounce"))
      assert.include(error.message, "Did you mean `announce`?")
      assert.strictEqual(error.code, "unknown-step")
    })
  )
})
