/**
 * What the compiler says about flows, compiled by `tsc -b test` and never run: each `@ts-expect-error` is a wiring that
 * must not compile (R30), each `same` a type that must be exactly so (R20).
 */
import { Effect, Schema } from "effect"
import type { HttpClient } from "effect/http"
import {
  ExecutionHandle,
  type Executions,
  type ExecutionsError,
  ExecutionsLocal,
  Flow,
  type ModuleRunner,
  type Outcome,
  type OutputCheck,
  Params,
  type ProcessRunner,
  Step,
  StoppingPoint
} from "@halte/engine"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare const same: <A, B>(proof: Same<A, B>) => void
declare const valueOf: <A>(step: Step.Step<string, A, unknown, unknown>) => A

class Database extends Schema.Opaque<Database>()(Schema.Struct({ url: Schema.String })) {}
class NotThere extends Schema.TaggedError<NotThere>()("NotThere", { path: Schema.String }) {}

const count = Step.make("count", { run: () => 42 })
const name = Step.make("name", { run: async () => "x" })
const read = Step.make("read", {
  run: () => Effect.fail(new NotThere({ path: "/" })) as Effect.Effect<Uint8Array, NotThere>
})
const params = Params.make(Schema.Struct({ version: Schema.String, n: Schema.NumberFromString }))

// ── R30: a step's output is the typed input of the steps after it ────────────────────────────────────────────────────

Step.make("ok", { input: { count, name, params }, run: ({ count, name, params }) => name.length + count + params.n })
Step.make("wrong-type", {
  input: { name },
  // @ts-expect-error a text is no number
  run: ({ name }) => Math.round(name)
})
Step.make("wrong-name", {
  input: { count },
  // @ts-expect-error there is no such input
  run: ({ counts }) => counts
})
Step.make("wrong-param", {
  input: { params },
  // @ts-expect-error there is no such param
  run: ({ params }) => params.target
})
Step.make("promise-is-awaited", {
  input: { name },
  // @ts-expect-error the input is what the promise gives
  run: ({ name }) => name.then()
})
Step.make("unknown-by-name", {
  input: { later: Step.ref("later") },
  // @ts-expect-error a step known by name only gives a value of an unknown type
  run: ({ later }) => later + 1
})
// @ts-expect-error an input is a step, params or a reference, never a value
Step.make("no-step", { input: { count: 42 }, run: () => 0 })
// @ts-expect-error a step comes after steps or names
Step.make("no-target", { after: 7, run: () => 0 })
// @ts-expect-error a step does something
Step.make("no-run", {})
Step.make("when", {
  input: { count },
  // @ts-expect-error a condition is yes or no
  when: ({ count }) => count,
  run: () => 0
})
Step.make("clean-up", {
  input: { name },
  // @ts-expect-error clean-up is given the step's inputs
  cleanUp: ({ count }) => count,
  run: () => 0
})

const group = Step.group("group", { steps: [count, Step.group("inner", { steps: [name] })] })
const groupValue = valueOf(group)
same<typeof groupValue, { readonly count: number; readonly inner: { readonly name: string } }>(true)
Step.make("reads-group", { input: { group }, run: ({ group }) => group.inner.name.length + group.count })
Step.make("reads-group-wrongly", {
  input: { group },
  // @ts-expect-error the group has no such step
  run: ({ group }) => group.name
})

const loop = Step.forEach("loop", { items: ["a", "b"], collect: true, run: (file) => file.length })
Step.make("reads-loop", { input: { loop }, run: ({ loop }) => loop.count + (loop.results?.[0] ?? 0) })
Step.forEach("item", {
  items: [1, 2],
  // @ts-expect-error an item is a number
  run: (n) => n.length
})
const approve = Step.gate("approve", { message: "?", schema: Schema.Struct({ by: Schema.String }) })
Step.make("reads-gate", {
  input: { approve },
  // @ts-expect-error the answer has no such field
  run: ({ approve }) => approve.when
})
Step.make("input-schema", {
  inputSchema: Schema.Struct({ n: Schema.Number }),
  // @ts-expect-error the input is what the schema says
  run: ({ n }) => n.length
})
const Count = Schema.Struct({ total: Schema.Int, at: Schema.DateFromString })
const counted = Step.process("counted", { command: "count", output: "json", outputSchema: Count })
same<
  typeof counted,
  Step.Step<
    "counted",
    { readonly exitCode: number; readonly value: typeof Count.Type },
    ProcessRunner.ProcessError | OutputCheck.ValueMismatch,
    ProcessRunner.ProcessRunner
  >
>(true)
const asked = Step.http("asked", { request: { url: "http://h/" }, outputSchema: Count })
const called = Step.module("called", { url: new URL("file:///x.ts"), outputSchema: Count })
const each = Step.forEach("each", { items: ["a"], collect: true, module: { url: "file:///x.ts" }, outputSchema: Count })
Step.make("typed-outputs", {
  input: { asked, called, counted, each },
  run: ({ asked, called, counted, each }) =>
    counted.value.total + asked.body.total + called.at.getTime() + (each.results?.[0]?.total ?? 0)
})
Step.make("untyped-output", {
  input: { program: Step.process("program", { command: "ls" }) },
  // @ts-expect-error without a schema nothing is known of the value
  run: ({ program }) => program.value.total
})
Step.make("misspelt-output", {
  input: { counted },
  // @ts-expect-error the schema has no such field
  run: ({ counted }) => counted.value.totl
})
Step.make("wrong-output", {
  input: { asked },
  // @ts-expect-error a date is no text
  run: ({ asked }) => asked.body.at.length
})
Step.forEach("module-input", {
  items: ["a"],
  module: { url: "file:///x.ts" },
  // @ts-expect-error the item is a text
  with: (item) => item.toFixed()
})
// @ts-expect-error the default is what an answer would be
Step.gate("default", { message: "?", schema: Schema.Struct({ n: Schema.Int }), timeout: "1 hour", default: { n: "1" } })
// @ts-expect-error a group is tried through its steps, not itself
Step.group("group", { retry: { tries: 2 }, steps: [count] })

// ── What a run gives, how it fails, what it needs ────────────────────────────────────────────────────────────────────

same<typeof count, Step.Step<"count", number, never, never>>(true)
same<typeof read, Step.Step<"read", Uint8Array, NotThere, never>>(true)
const half = Step.make("half", {
  run: (_, step) => (step.stop.requested ? step.interrupted({ cursor: 1 }) : step.completed("all"))
})
same<typeof half, Step.Step<"half", string, never, never>>(true)
const point = Step.make("point", { run: () => Effect.as(StoppingPoint.check, 1) })
same<typeof point, Step.Step<"point", number, never, never>>(true)

const mixed = Flow.make("mixed", {
  params,
  steps: [
    Step.process("program", { command: "ls" }),
    Step.module("module", { url: "file:///x.ts" }),
    Step.group("g", { steps: [Step.http("call", { request: { url: "http://h/" } })] })
  ]
})
same<
  typeof mixed,
  Flow.Flow<
    { readonly version: string; readonly n: number },
    ProcessRunner.ProcessRunner | ModuleRunner.ModuleRunner | HttpClient.HttpClient
  >
>(true)
// @ts-expect-error the services of the steps are not there
Effect.runPromise(Effect.scoped(ExecutionsLocal.make({ flows: [mixed] })))
void Effect.runPromise(Effect.scoped(ExecutionsLocal.make({ flows: [Flow.make("f", { steps: [count] })] })))
// @ts-expect-error a flow has steps
Flow.make("f", {})
// @ts-expect-error a failure stops, goes on or is undone
Flow.make("f", { steps: [count], onFailure: "ignore" })

// ── R20: Continue and Break are different types, and so are the outcomes ─────────────────────────────────────────────

declare const answer: StoppingPoint.Continue | StoppingPoint.Break
// @ts-expect-error only a Break has the signal
void answer.signal
if (StoppingPoint.isBreak(answer)) void answer.signal.source
else same<typeof answer, StoppingPoint.Continue>(true)
// @ts-expect-error a Continue is no Break
const wrong: StoppingPoint.Break = { _tag: "Continue" }
void wrong

declare const outcome: Outcome.Outcome
void outcome.completed
// @ts-expect-error only Interrupted and Terminated have the signal
void outcome.signal
// @ts-expect-error only Failed has the failure
void outcome.failure
switch (outcome._tag) {
  case "Completed":
    same<typeof outcome, Outcome.Completed>(true)
    break
  case "Failed":
    void outcome.failure.code
    break
  case "Interrupted":
    void outcome.signal.source
    // @ts-expect-error nothing was abandoned by a graceful stop
    void outcome.abandoned
    break
  case "Terminated":
    void outcome.abandoned
    break
  default:
    same<typeof outcome, never>(true)
}
// @ts-expect-error who needs a completed one must look first
const completed: Outcome.Completed = outcome
void completed

// ── The errors of the port are a closed union ────────────────────────────────────────────────────────────────────────

declare const executions: Executions.ExecutionsShape
const started = ExecutionHandle.start(executions, { flow: "f" })
same<
  Effect.Error<typeof started>,
  | ExecutionsError.FlowNotFound
  | ExecutionsError.FlowInvalid
  | ExecutionsError.FlowDiffers
  | ExecutionsError.FlowBusy
  | ExecutionsError.InvalidParams
  | ExecutionsError.KeyRefused
  | ExecutionsError.Always
>(true)
declare const failed: ExecutionsError.ExecutionsError
switch (failed._tag) {
  case "FlowNotFound":
  case "FlowDiffers":
  case "FlowInvalid":
  case "FlowBusy":
  case "InvalidParams":
  case "KeyRefused":
  case "ExecutionNotFound":
  case "CommandRefused":
  case "Unauthorized":
  case "ExecutionsUnavailable":
    break
  default:
    same<typeof failed, never>(true)
}
void Database
