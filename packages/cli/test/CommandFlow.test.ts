import { realpathSync } from "node:fs"
import { tmpdir } from "node:os"
import { assert, describe, it } from "@effect/vitest"
import { ExecutionHandle } from "@halte/engine/model"
import { Effect, Stream } from "effect"
import * as Assembly from "../src/Assembly.ts"
import { CommandFlow } from "@halte/process"

describe("CommandFlow", () => {
  it.live("P10 a command is the flow `command`: its line, directory, environment and grace are its params", () =>
    Effect.gen(function* () {
      const { executions } = yield* Assembly.ephemeral([CommandFlow.make(700)])
      const directory = realpathSync(tmpdir())
      const execution = yield* ExecutionHandle.start(executions, {
        flow: "command",
        params: {
          line: ["sh", "-c", 'pwd; echo "$GREETING $1"', "sh", "it's $HOME;"],
          directory,
          environment: { GREETING: "hello" },
          graceMillis: 700
        }
      })
      const { _tag } = yield* execution.outcome
      assert.strictEqual(_tag, "Completed")
      const lines = yield* Stream.runCollect(executions.logs(execution.id))
      assert.deepStrictEqual(
        Array.from(lines, (line) => line.text),
        [directory, "hello it's $HOME;"]
      )
    }).pipe(Effect.scoped, Effect.provide(Assembly.services))
  )

  it.live("P10 its bound is the grace and the time to verify, and params that don't fit are refused", () =>
    Effect.gen(function* () {
      const { executions } = yield* Assembly.ephemeral([CommandFlow.make(700)])
      const [flow] = yield* executions.flows
      assert.strictEqual(flow?.steps[0]?.stopsWithinMillis, 700 + CommandFlow.verifyMillis)
      const refused = yield* Effect.flip(executions.start({ flow: "command", params: { line: [], graceMillis: 700 } }))
      assert.strictEqual(refused._tag, "InvalidParams")
    }).pipe(Effect.scoped, Effect.provide(Assembly.services))
  )
})
