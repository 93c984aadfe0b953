/**
 * The table of states and commands over HTTP, each of its fifty cells with a live execution: what is answered, and which
 * state that leaves behind.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CommandTable, ExecutionStatus } from "@halte/engine"
import { Watch } from "@halte/engine/testing"
import { HttpHandler } from "@halte/http"
import * as EveryStatus from "./support/EveryStatus.ts"
import * as Served from "./support/Served.ts"

type Status = ExecutionStatus.ExecutionStatus

const commands: ReadonlyArray<CommandTable.Command> = ["interrupt", "pause", "resume", "terminate", "undo"]

interface Expected {
  readonly status: number
  readonly effect?: string
  readonly code?: string
  /** The states in which it may be found: a transition may have come to its end already. */
  readonly after: ReadonlyArray<Status>
}

const expect = (before: Status, command: CommandTable.Command): Expected => {
  const answer = CommandTable.answer(before, command)
  switch (answer._tag) {
    case "Go": {
      const ends: { readonly [S in Status]?: Status } = {
        Pausing: "Paused",
        Interrupting: "Interrupted",
        Terminating: "Terminated"
      }
      const end = ends[answer.to]
      return { status: 202, effect: "done", after: end === undefined ? [answer.to] : [answer.to, end] }
    }
    case "Attempt":
      return {
        status: 202,
        effect: "done",
        after: command === "undo" ? ["Running", "Interrupted"] : ["Running", "Completed", "Failed"]
      }
    case "Repeat":
      return { status: 202, effect: "repeat", after: [before] }
    case "Late":
      return { status: 200, effect: "late", after: [before] }
    case "NoChange":
      return { status: 200, effect: "none", after: [before] }
    case "Refuse":
      return { status: 409, code: answer.code, after: [before] }
  }
}

describe("every state and every command over HTTP", () => {
  for (const before of ExecutionStatus.ExecutionStatus.literals)
    for (const command of commands) {
      const expected = expect(before, command)
      it.live(`P8: ${command} while ${before}: ${expected.status} ${expected.code ?? expected.effect}`, () =>
        Effect.gen(function* () {
          const { engine, id } = yield* EveryStatus.reach[before]
          assert.strictEqual((yield* engine.get(id)).status, before, "the state that is reached")
          const events = (yield* Watch.soFar(engine, id)).length
          const handler = HttpHandler.make(engine)
          const ask = (path: string, init?: RequestInit) =>
            Effect.promise(async () => {
              const response = await handler(new Request(`http://localhost/executions/${id}${path}`, init))
              const body = JSON.parse(await response.text()) as Record<string, unknown>
              return { status: response.status, headers: response.headers, body }
            })

          const { body, headers, status } = yield* ask(`/${command}`, Served.post({ by: "ada" }))

          assert.strictEqual(status, expected.status, JSON.stringify(body))
          if (expected.code === undefined) {
            assert.strictEqual(headers.get("content-type"), "application/json")
            assert.deepStrictEqual(Object.keys(body).sort(), ["effect", "execution", "status"])
            assert.strictEqual(body["execution"], id)
            assert.strictEqual(body["effect"], expected.effect)
            assert.include(expected.after, body["status"])
            if (command === "resume" || command === "undo")
              assert.strictEqual(headers.get("location"), `/executions/${id}`)
          } else {
            assert.strictEqual(headers.get("content-type"), "application/problem+json")
            assert.strictEqual(body["code"], expected.code)
            assert.strictEqual(body["type"], `/problems/${expected.code}`)
            assert.strictEqual(body["status"], 409)
            assert.strictEqual(body["executionStatus"], before)
            assert.strictEqual(body["instance"], `/executions/${id}`)
            assert.strictEqual(ExecutionStatus.isEnded(before), "outcome" in body, "how it ended is said with it")
            assert.strictEqual((yield* Watch.soFar(engine, id)).length, events, "nothing is recorded")
          }
          const now = (yield* ask("")).body["status"] as Status
          assert.include(expected.after, now, "the state that the address gives")
        })
      )
    }
})
