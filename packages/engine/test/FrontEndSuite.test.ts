import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ExecutionHandle } from "@halte/engine"
import { FrontEndTest } from "@halte/engine/testing"

// The engine's own door, and the one that a program has in hand.
FrontEndTest.suite({ describe, it }, "Executions", {
  source: "Sdk",
  open: (executions) => Effect.succeed({ executions, interrupt: (id) => executions.interrupt(id) })
})

FrontEndTest.suite({ describe, it }, "ExecutionHandle", {
  source: "Desktop",
  open: (executions) =>
    Effect.succeed({
      executions,
      interrupt: (id) => ExecutionHandle.make(executions, id).interrupt({ source: "Desktop", by: "ada", via: "button" })
    })
})
