/**
 * More of the story of `release`: with a reason, with repeated and late requests, resumed twice, with an engine that dies.
 */
import * as Story from "./ReleaseStory.ts"

const page = (at: string) => ({
  source: "Page" as const,
  by: "anna",
  reason: "Wrong token for the mirror. Fix first.",
  requestedAt: Story.time(at)
})

/** Interrupted from the page with a reason; asked again before it had stopped, and after. */
export const withRequests: ReadonlyArray<Story.Told> = Story.interrupted.flatMap((fact): ReadonlyArray<Story.Told> => {
  if (fact.type === "execution-started")
    return [
      {
        ...fact,
        source: "Page",
        params: { version: "2.4.0", target: "./out", token: "(secret)" }
      }
    ]
  if (fact.type === "interrupt-requested") return [{ ...fact, signal: page("14:08:42.213") }]
  if (fact.type === "process-exited")
    return [
      {
        at: "14:08:43.102",
        type: "interrupt-repeated",
        signal: { source: "Cli", by: "anna", requestedAt: Story.time("14:08:43.102") },
        late: false
      },
      fact
    ]
  if (fact.type === "execution-ended")
    return [
      fact,
      {
        at: "14:09:10.000",
        type: "interrupt-repeated",
        signal: { source: "Http", by: "ci", requestedAt: Story.time("14:09:10.000") },
        late: true
      }
    ]
  return [fact]
})

const attempt = (number: number, facts: ReadonlyArray<Story.Told>): ReadonlyArray<Story.Told> =>
  facts.map((fact) => ({ ...fact, attempt: number }))

const started = (at: string, by: string, source: "Cli" | "Desktop"): Story.Told => ({
  at,
  type: "execution-started",
  flow: "release",
  definition: Story.definition,
  params: { version: "2.4.0" },
  source,
  by,
  strategy: { _tag: "FinishCurrent" }
})

const failure = { code: "process-exited", message: "`./upload 2` exited with code 3 after 5.0 s", exitCode: 3 }

/** Resumed, failed in `upload/part-2`, resumed again, completed. */
export const resumedTwice: ReadonlyArray<Story.Told> = [
  ...Story.interrupted,
  ...attempt(2, [
    started("15:00:00.000", "mira", "Cli"),
    { at: "15:00:00.010", type: "step-started", step: "index", try: 1, cursor: 41_312 },
    { at: "15:00:00.011", type: "step-started", step: "upload/part-2", try: 1 },
    { at: "15:00:05.011", type: "step-failed", step: "upload/part-2", try: 1, tookMillis: 5000, failure },
    {
      at: "15:00:05.020",
      type: "step-interrupted",
      step: "index",
      try: 1,
      tookMillis: 5010,
      cursor: 50_000,
      done: 50_000,
      total: 100_000,
      stopMillis: 4
    },
    {
      at: "15:00:05.024",
      type: "execution-ended",
      status: "Failed",
      tookMillis: 5024,
      cause: "process-exited",
      failure: { step: "upload/part-2", failure },
      partition: {
        completed: ["build", "test", "upload/part-1"],
        interrupted: [{ step: "index", cursor: 50_000, done: 50_000, total: 100_000 }],
        terminated: [],
        failed: ["upload/part-2"],
        skipped: [],
        notStarted: ["upload/part-3", "ship", "announce"]
      }
    }
  ]),
  ...attempt(3, [
    started("15:10:00.000", "mira", "Desktop"),
    { at: "15:10:00.010", type: "step-started", step: "index", try: 1, cursor: 50_000 },
    { at: "15:10:00.011", type: "step-started", step: "upload/part-2", try: 1 },
    {
      at: "15:10:04.011",
      type: "step-completed",
      step: "upload/part-2",
      try: 1,
      tookMillis: 4000,
      value: { etag: "9f2c" }
    },
    { at: "15:10:04.012", type: "step-started", step: "upload/part-3", try: 1 },
    { at: "15:10:09.000", type: "step-completed", step: "upload/part-3", try: 1, tookMillis: 4988 },
    { at: "15:11:00.000", type: "step-completed", step: "index", try: 1, tookMillis: 59_990 },
    { at: "15:11:00.001", type: "step-skipped", step: "ship", reason: "condition" },
    { at: "15:11:00.001", type: "step-skipped", step: "announce", reason: "input-skipped" },
    {
      at: "15:11:00.004",
      type: "execution-ended",
      status: "Completed",
      tookMillis: 60_004,
      partition: {
        completed: ["build", "test", "upload/part-1", "upload/part-2", "upload/part-3", "index"],
        interrupted: [],
        terminated: [],
        failed: [],
        skipped: ["ship", "announce"],
        notStarted: []
      }
    }
  ])
]

/** The engine was killed; the next one found that. */
export const crashed: ReadonlyArray<Story.Told> = [
  ...Story.running,
  {
    at: "14:20:00.000",
    type: "step-interrupted",
    step: "index",
    try: 1,
    tookMillis: 84_000,
    cursor: 41_200,
    done: 41_200,
    total: 100_000,
    detail: "its engine was gone"
  },
  {
    at: "14:20:00.000",
    type: "step-interrupted",
    step: "upload/part-2",
    try: 1,
    tookMillis: 18_000,
    detail: "its engine was gone"
  },
  {
    at: "14:20:00.001",
    type: "execution-ended",
    status: "Interrupted",
    tookMillis: 102_200,
    cause: "Crash",
    partition: {
      completed: ["build", "test", "upload/part-1"],
      interrupted: [{ step: "upload/part-2" }, { step: "index", cursor: 41_200, done: 41_200, total: 100_000 }],
      terminated: [],
      failed: [],
      skipped: [],
      notStarted: ["upload/part-3", "ship", "announce"]
    }
  }
]
