import { assert, describe, it } from "@effect/vitest"
import { CommandTable, ExecutionStatus } from "@halte/engine/model"

// Written out once more, cell by cell, as a person reads it: the table of the design.
const expected: Record<ExecutionStatus.ExecutionStatus, readonly [string, string, string, string, string]> = {
  Pending: ["→ Interrupted", "→ Paused", "refused not-paused", "→ Terminated", "refused queued"],
  Running: ["→ Interrupting", "→ Pausing", "refused already-running", "→ Terminating", "refused running"],
  Pausing: ["→ Interrupting", "no change", "→ Running", "→ Terminating", "refused paused"],
  Paused: ["→ Interrupting", "no change", "→ Running", "→ Terminating", "refused paused"],
  Interrupting: ["repeat", "refused interrupting", "refused interrupting", "→ Terminating", "refused interrupting"],
  Terminating: ["repeat", "refused terminating", "refused terminating", "repeat", "refused terminating"],
  Interrupted: ["late", "refused finished", "new attempt", "no change", "new attempt"],
  Failed: ["late", "refused finished", "new attempt", "no change", "new attempt"],
  Terminated: ["late", "refused finished", "new attempt", "no change", "new attempt"],
  Completed: ["late", "refused finished", "refused completed", "no change", "new attempt"]
}

const say = (answer: CommandTable.Answer): string => {
  switch (answer._tag) {
    case "Go":
      return `→ ${answer.to}`
    case "Refuse":
      return `refused ${answer.code}`
    case "Repeat":
      return "repeat"
    case "Late":
      return "late"
    case "NoChange":
      return "no change"
    case "Attempt":
      return "new attempt"
  }
}

describe("CommandTable", () => {
  it("P8: has one answer for every status and every command, the one of the design", () => {
    const statuses = ExecutionStatus.ExecutionStatus.literals
    assert.sameMembers([...statuses], Object.keys(expected))
    for (const status of statuses)
      assert.deepStrictEqual(
        (["interrupt", "pause", "resume", "terminate", "undo"] as const).map((command) =>
          say(CommandTable.answer(status, command))
        ),
        [...expected[status]],
        status
      )
  })

  it("R9, P8: nothing leaves an ended state but a new attempt, and a completed one only to be taken back", () => {
    for (const status of ExecutionStatus.EndedStatus.literals)
      for (const command of ["interrupt", "pause", "terminate"] as const)
        assert.notStrictEqual(CommandTable.answer(status, command)._tag, "Go", `${status} ${command}`)
    assert.strictEqual(CommandTable.answer("Completed", "resume")._tag, "Refuse")
  })

  it("P11: terminate is never refused", () => {
    for (const status of ExecutionStatus.ExecutionStatus.literals)
      assert.notStrictEqual(CommandTable.answer(status, "terminate")._tag, "Refuse", status)
  })
})
