/**
 * Every key of a flow file, once: what it holds, what it is for, where it is allowed. The loader, the JSON Schema for
 * editors and the reference are made from these tables.
 *
 * @since 0.1.0
 */
import * as DrillPlan from "./DrillPlan.ts"
import * as KeyTable from "./KeyTable.ts"
import * as ReturnsSchema from "./ReturnsSchema.ts"
import * as Shape from "./Shape.ts"
import * as StatusRange from "./StatusRange.ts"

/** The kinds of step by the key that makes them. */
export const kindKeys = ["run", "use", "steps", "flow", "gate", "http", "sleep", "until"] as const
export type KindKey = (typeof kindKeys)[number]

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** `part-1` as an expression can write it: `part_1`. */
export const toVariableName = (name: string): string | undefined => {
  const rewritten = name.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^(\d)/, "_$1")
  return variableName.test(rewritten) ? rewritten : undefined
}

const environment = Shape.record(
  Shape.either({
    scalar: {
      ...Shape.templateText,
      read: (node) => (node._tag === "Scalar" ? node : undefined),
      schema: () => ({ type: ["string", "number", "boolean", "null"] })
    }
  }),
  {
    pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
    noun: "the name of an environment variable: it must be letters, digits and `_`",
    rewrite: toVariableName
  }
)

/** `run`: a line for the shell, or a program and its arguments. */
const command = Shape.either({ scalar: Shape.templateText, list: Shape.list(Shape.templateText, { min: 1 }) })

/** Signals that ask a program to end. */
const stopSignal = Shape.choice("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")

const process = ["run"]

/** A program or a module that cleans up. */
export const actionTable = {
  run: {
    shape: command,
    description: "The program: a shell line, or a list of a program and its arguments.",
    example: "run: ./remove-upload"
  },
  use: {
    shape: Shape.text,
    description: "The module, with `#name` for another export than the default.",
    example: "use: ./steps/undo.ts"
  },
  with: { shape: Shape.template, description: "The module's input.", default: "an empty map", kinds: ["use"] },
  env: { shape: environment, description: "Environment variables of the program.", kinds: process },
  cwd: { shape: Shape.templateText, description: "Working directory of the program.", kinds: process },
  stdin: { shape: Shape.template, description: "What the program reads from standard input.", kinds: process },
  grace: { shape: Shape.duration, description: "Time between SIGTERM and SIGKILL.", default: "5s", kinds: process },
  deadline: {
    shape: Shape.duration,
    description: "The longest time it may take; counts in the time that a stop may take.",
    default: "10s"
  }
} satisfies KeyTable.Table

export type ActionFields = KeyTable.Fields<typeof actionTable>

/** The clean-up of a step or of a group. */
export const cleanUpTable = {
  ...actionTable,
  always: {
    shape: Shape.boolean,
    description:
      "Runs also when the step completed, before that is recorded; of a group when it closes, before the steps after it start.",
    default: "false"
  }
} satisfies KeyTable.Table

export type CleanUpFields = KeyTable.Fields<typeof cleanUpTable>

const cleanUp: Shape.Shape<CleanUpFields> = Shape.named("clean-up", () =>
  KeyTable.keys("Clean-up", cleanUpTable, { kinds: ["run", "use"] })
)

const action: Shape.Shape<ActionFields> = Shape.named("action", () =>
  KeyTable.keys("Clean-up", actionTable, { kinds: ["run", "use"] })
)

export const retryTable = {
  tries: {
    shape: Shape.integer({ min: 1 }),
    description: "Tries in all, the first one included.",
    required: true,
    example: "tries: 3"
  },
  delay: { shape: Shape.duration, description: "The wait before the second try.", default: "1s" },
  backoff: {
    shape: Shape.choice("fixed", "exponential"),
    description: "`exponential` doubles the wait each time.",
    default: "fixed"
  },
  "max-delay": { shape: Shape.duration, description: "The longest wait.", default: "5m" },
  jitter: { shape: Shape.boolean, description: "Spreads each wait between 80 % and 120 %.", default: "false" },
  on: {
    shape: Shape.oneOrMany(Shape.text),
    description:
      "Failures after which it is tried again: exit codes of programs and statuses of HTTP replies, ranges of them, and codes such as `timed-out`.",
    default: "all",
    example: "on: [75, 100-110, timed-out]"
  }
} satisfies KeyTable.Table

/** Where items come from, besides a list: exactly one of these. */
export const itemsKinds = ["to", "lines", "run"] as const

export const itemsTable = {
  from: {
    shape: Shape.templateText,
    description: "The first number of a range: whole, or an expression.",
    default: "1",
    kinds: ["to"]
  },
  to: {
    shape: Shape.templateText,
    description: "The items are the whole numbers up to this one, itself included; at most 10,000,000.",
    example: "to: 10"
  },
  by: {
    shape: Shape.templateText,
    description: "From one number to the next; negative to count down.",
    default: "1",
    kinds: ["to"]
  },
  lines: {
    shape: Shape.templateText,
    description:
      "The items are the lines of this file, relative to the directory that `halte` was started in; empty lines are none.",
    example: "lines: files.txt"
  },
  run: {
    shape: command,
    description:
      "The items are the lines that this program writes: a shell line, or a list of a program and its arguments.",
    example: "run: [git, ls-files]"
  },
  json: {
    shape: Shape.boolean,
    description: "Each line is a JSON value.",
    default: "false",
    kinds: ["lines", "run"]
  },
  env: { shape: environment, description: "Environment variables of the program.", kinds: process },
  cwd: { shape: Shape.templateText, description: "Working directory of the program.", kinds: process },
  grace: { shape: Shape.duration, description: "Time between SIGTERM and SIGKILL.", default: "5s", kinds: process }
} satisfies KeyTable.Table

export type ItemsFields = KeyTable.Fields<typeof itemsTable>

/** `in` of `for-each` and `map`. */
const items = {
  shape: Shape.either({
    scalar: Shape.templateText,
    list: Shape.templateList,
    map: KeyTable.keys("Items", itemsTable, { kinds: itemsKinds, synonyms: { start: "from", end: "to", step: "by" } })
  }),
  description: "The items: a list, an expression that gives one, or a map that says where they come from.",
  required: true,
  example: "in: \"${{ glob('dist/**/*') }}\""
} as const

export const forEachTable = {
  in: items,
  as: { shape: Shape.text, description: "The name of the item in expressions.", default: "item" },
  every: {
    shape: Shape.integer({ min: 1 }),
    description: "Items of a batch: a stopping point, and a saved cursor, before every so many.",
    default: "1"
  },
  concurrency: { shape: Shape.integer({ min: 1 }), description: "Items of a batch worked on at a time.", default: "1" },
  collect: { shape: Shape.boolean, description: "Keeps the result of each item as `results`.", default: "false" },
  "on-item-failure": {
    shape: Shape.choice("stop", "continue", "collect"),
    description:
      "`stop` fails the step. `continue` goes on, and the step completes with `failures`. `collect` goes on and fails the step in the end, naming the items; another try, and a resume, take those alone.",
    default: "stop"
  }
} satisfies KeyTable.Table

export const mapTable = {
  in: items,
  as: { shape: Shape.text, description: "The name of the item in expressions.", default: "item" },
  concurrency: {
    shape: Shape.integer({ min: 1 }),
    description: "Steps of this map that run at a time.",
    default: "no limit but the flow's"
  }
} satisfies KeyTable.Table

export const httpTable = {
  method: {
    shape: Shape.choice("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
    description: "The method.",
    default: "GET"
  },
  url: {
    shape: Shape.templateText,
    description: "An absolute URL.",
    required: true,
    example: "url: https://example.com/hook"
  },
  headers: {
    shape: Shape.record(Shape.templateText, { pattern: /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, noun: "the name of a header" }),
    description: "Headers of the request."
  },
  json: { shape: Shape.template, description: "A body that is sent as JSON." },
  body: { shape: Shape.templateText, description: "A body that is sent as text." },
  success: {
    shape: Shape.oneOrMany(StatusRange.shape),
    description:
      "Status codes that count as success: `200`, all of a class as `2xx`, or from one to another as `200-204`.",
    default: "2xx"
  },
  "idempotency-key": {
    shape: Shape.boolean,
    description:
      "Sends the header `Idempotency-Key`, the same over tries and resumes: a server that knows it does the request once.",
    default: "false"
  }
} satisfies KeyTable.Table

export const gateTable = {
  message: {
    shape: Shape.templateText,
    description: "The question.",
    required: true,
    example: "message: Ship it?"
  },
  default: {
    shape: Shape.json,
    description: "The answer when nobody has given one within `timeout`.",
    default: "none: the step fails then"
  }
} satisfies KeyTable.Table

export type GateFields = KeyTable.Fields<typeof gateTable>

/** What of an output is its value, beside a word: exactly one of these. */
export const outputKinds = ["file", "regex"] as const

export const outputTable = {
  file: {
    shape: Shape.text,
    description: "A file that the program writes; read as JSON when its name ends in `.json`.",
    example: "file: out/result.json"
  },
  regex: {
    shape: Shape.text,
    description:
      "A regular expression of JavaScript that is looked for in the output, within 1 s: the first match's named groups as a map, else its first group, else the whole of it. `^` and `$` are the ends of lines.",
    example: "regex: 'version (\\d+)'"
  }
} satisfies KeyTable.Table

export const stepTable = {
  run: {
    shape: command,
    description: "A program: a shell line, or a list of a program and its arguments. Only a list may hold expressions.",
    example: "run: npm test"
  },
  use: {
    shape: Shape.text,
    description:
      "A module that exports a step or a function, run in a worker thread: a path relative to the flow file, or a package; `#name` for another export than the default.",
    example: "use: ./steps/hash-file.ts"
  },
  // Its type is not inferred, for it holds itself: see `innerSteps`.
  steps: {
    shape: Shape.named("steps", (): Shape.Shape<unknown> => steps),
    description: "Inner steps: this step is a group."
  },
  flow: {
    shape: Shape.text,
    description:
      "Another flow, run as an execution of its own: the path of its file, relative to this one, or a name as `halte run` finds it.",
    example: "flow: ./notes.flow.yaml"
  },
  gate: {
    shape: Shape.either({ scalar: Shape.templateText, map: KeyTable.keys("Gate", gateTable) }),
    description: "A question for a person: the step waits for the answer, yes or no, or what `returns` says.",
    example: "gate: Ship it?"
  },
  http: {
    // One body at most.
    shape: KeyTable.keys("HTTP request", httpTable, { rules: [{ not: { required: ["json", "body"] } }] }),
    description: "An HTTP request."
  },
  sleep: { shape: Shape.durationOrExpression, description: "Waits this long.", example: "sleep: 30s" },
  until: {
    shape: Shape.templateText,
    description: "Waits for a moment, such as `2026-12-01T06:00:00Z`.",
    example: "until: 2026-12-01T06:00:00Z"
  },
  "for-each": {
    shape: KeyTable.keys("For each", forEachTable),
    description: "Does `run` or `use` once per item of a list.",
    kinds: ["run", "use"]
  },
  map: {
    shape: KeyTable.keys("Map", mapTable),
    description: "Makes one step of this for each item of a list, known when its turn comes."
  },
  with: {
    shape: Shape.template,
    description:
      "The module's input; by default the item of the step's `for-each` or `map`, else an empty map. Of a `flow`, its params by name.",
    kinds: ["use", "flow"]
  },
  after: {
    shape: Shape.oneOrMany(Shape.text),
    description:
      "Steps that must be over before: names of siblings, then of steps further out, or full ids such as `upload/part-1`.",
    example: "after: build"
  },
  when: { shape: Shape.templateText, description: "An expression that is `true` or `false`; `false` skips the step." },
  retry: {
    shape: KeyTable.keys("Retry", retryTable),
    description: "How often a failing step is tried.",
    kinds: ["run", "use", "flow", "gate", "http", "sleep", "until"]
  },
  timeout: {
    shape: Shape.duration,
    description: "The longest time of one try; held while paused.",
    kinds: ["run", "use", "flow", "gate", "http", "sleep", "until"]
  },
  env: {
    shape: environment,
    description: "Environment variables of the program; an expression that is `null` takes a variable away.",
    kinds: process
  },
  cwd: {
    shape: Shape.templateText,
    description: "Working directory of the program, relative to the directory that `halte` was started in.",
    default: "that directory",
    kinds: process
  },
  stdin: {
    shape: Shape.template,
    description: "What the program reads from standard input; a map or a list is written as JSON.",
    default: "nothing",
    kinds: process
  },
  grace: {
    shape: Shape.duration,
    description: "Time that the process tree has between SIGTERM and SIGKILL.",
    default: "5s",
    kinds: process
  },
  "stop-signal": {
    shape: stopSignal,
    description: "The signal that asks the program to end.",
    default: "SIGTERM",
    kinds: process
  },
  "on-interrupt": {
    shape: Shape.choice("stop", "finish"),
    description: "`finish` lets the program run to its end when a stop is asked for.",
    default: "stop",
    kinds: process
  },
  output: {
    shape: Shape.either({
      scalar: Shape.choice("none", "json-last-line", "json", "text", "lines"),
      map: KeyTable.keys("Output", outputTable, { kinds: outputKinds })
    }),
    description: "What of the program's output becomes `steps.NAME.output.value`.",
    default: "none",
    kinds: process
  },
  "output-limit": {
    shape: Shape.size,
    description: "Most bytes of output that are kept for `output`, or of a reply to a request.",
    default: "8MiB",
    kinds: ["run", "http"]
  },
  returns: {
    shape: ReturnsSchema.shape,
    description:
      "What the step gives, as a JSON Schema: of `value` with `run`, of `body` with `http`, of the answer with `gate`; in a `for-each` of each item. Checked when it ends, and known to expressions.",
    example: "returns: { type: object, properties: { total: { type: integer } }, required: [total] }",
    kinds: ["run", "use", "gate", "http"]
  },
  "stops-within": {
    shape: Shape.duration,
    description:
      "The longest time from a request to the stop of a module whose stopping points are never further apart.",
    kinds: ["use"]
  },
  "on-failure": {
    shape: Shape.choice("stop", "continue"),
    description: "What the failure of this step does to the others.",
    default: "the flow's",
    kinds: ["run", "use", "flow", "gate", "http", "sleep", "until"]
  },
  "clean-up": {
    shape: cleanUp,
    description: "Runs when the step began and did not complete; with `always` also when it completed."
  },
  undo: { shape: action, description: "Takes back what the completed step did; `output` is its output." },
  idempotent: {
    shape: Shape.boolean,
    description: "`false`: after a stop half-way it runs again only when a person names it.",
    kinds: ["run", "use", "flow", "gate", "http", "sleep", "until"]
  },
  limit: {
    shape: Shape.text,
    description: "A limit of the flow's `limits` that this step counts against.",
    kinds: ["run", "use", "flow", "gate", "http", "sleep", "until"]
  },
  concurrency: {
    shape: Shape.integer({ min: 1 }),
    description: "Steps of this group that run at a time.",
    default: "no limit but the flow's",
    kinds: ["steps"]
  },
  label: { shape: Shape.text, description: "The name that people see.", default: "the step's name" },
  icon: { shape: Shape.text, description: "A picture for pages: a character." },
  description: { shape: Shape.text, description: "What the step does." }
} satisfies KeyTable.Table

/** What people who know other tools write first; without hyphens. */
const synonyms = {
  needs: "after",
  dependson: "after",
  depends: "after",
  dependencies: "after",
  if: "when",
  condition: "when",
  command: "run",
  cmd: "run",
  script: "run",
  exec: "run",
  args: "run",
  uses: "use",
  module: "use",
  workflow: "flow",
  subflow: "flow",
  input: "with",
  inputs: "with",
  foreach: "for-each",
  loop: "for-each",
  matrix: "map",
  retries: "retry",
  attempts: "retry",
  environment: "env",
  workingdirectory: "cwd",
  workdir: "cwd",
  directory: "cwd",
  signal: "stop-signal",
  cleanup: "clean-up",
  finally: "clean-up",
  onerror: "on-failure",
  continueonerror: "on-failure",
  rollback: "undo",
  approval: "gate",
  wait: "sleep",
  outputs: "returns",
  schema: "returns",
  outputschema: "returns",
  title: "label"
}

/** A step as its author wrote it. */
export type StepFields = KeyTable.Fields<typeof stepTable>

const step: Shape.Shape<StepFields> = KeyTable.keys("Step", stepTable, {
  kinds: kindKeys,
  synonyms
})

export type Steps = ReadonlyArray<Shape.RecordEntry<StepFields>>

/** The steps of a group. */
export const innerSteps = (fields: StepFields): Steps => (fields.steps?.value ?? []) as Steps

/** Steps by name. */
export const steps: Shape.Shape<Steps> = Shape.record(step, {
  pattern: /^[a-z][a-z0-9-]*$/,
  noun: "the name of a step: a name is a small letter, then small letters, digits and hyphens",
  owner: (key, at) => `step \`${at.owner.startsWith("step `") ? `${at.owner.slice(6, -1)}/` : ""}${key}\``,
  rewrite: (key) => {
    const rewritten = key
      .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^[^a-z]+|-+$/g, "")
    return /^[a-z][a-z0-9-]*$/.test(rewritten) ? rewritten : undefined
  }
})

export const paramTypes = ["string", "integer", "number", "boolean", "list", "object"] as const

export const paramTable = {
  type: { shape: Shape.choice(...paramTypes), description: "What the param holds.", default: "string" },
  default: { shape: Shape.json, description: "The value when none is given." },
  optional: { shape: Shape.boolean, description: "It may be missing; expressions then read `null`.", default: "false" },
  secret: {
    shape: Shape.boolean,
    description: "It is never stored, shown or passed as an argument.",
    default: "false"
  },
  env: { shape: Shape.text, description: "An environment variable that gives the value when none is given otherwise." },
  pattern: { shape: Shape.text, description: "A regular expression of JavaScript that a text must match, within 1 s." },
  options: { shape: Shape.list(Shape.json, { min: 1 }), description: "The values it may have." },
  description: { shape: Shape.text, description: "What it is for." }
} satisfies KeyTable.Table

export type ParamFields = KeyTable.Fields<typeof paramTable>

/** A pattern is for texts. */
const paramRules = [{ anyOf: [{ not: { required: ["pattern"] } }, { properties: { type: { const: "string" } } }] }]

const params = Shape.record(KeyTable.keys("Param", paramTable, { rules: paramRules }), {
  pattern: variableName,
  noun: "the name of a param: it must be letters, digits and `_`, so that expressions can write it",
  owner: (key) => `param \`${key}\``,
  rewrite: toVariableName
})

export const strategyTable = {
  next: {
    shape: Shape.integer({ min: 0 }),
    description: "So many more steps start before it stops; running ones go to their end.",
    required: true,
    example: "next: 3"
  }
} satisfies KeyTable.Table

export const limitTable = {
  size: {
    shape: Shape.integer({ min: 1 }),
    description: "How many of what counts against it run at a time.",
    required: true,
    example: "size: 2"
  },
  shared: {
    shape: Shape.boolean,
    description:
      "All executions of the project that name it count together, of whatever flow and in whatever process; else each counts for itself.",
    default: "false"
  }
} satisfies KeyTable.Table

export const flowTable = {
  halte: {
    shape: Shape.integer({ min: 1 }),
    description: "Version of the format: 1.",
    required: true,
    example: "halte: 1"
  },
  name: { shape: Shape.name, description: "The name of the flow.", required: true, example: "name: release" },
  version: { shape: Shape.text, description: "Version of the flow, for people." },
  label: { shape: Shape.text, description: "The name that people see.", default: "the flow's name" },
  description: { shape: Shape.text, description: "What the flow does." },
  params: { shape: params, description: "What a start hands over, by name." },
  concurrency: { shape: Shape.integer({ min: 1 }), description: "Steps that run at a time.", default: "no limit" },
  limits: {
    shape: Shape.record(Shape.either({ scalar: Shape.integer({ min: 1 }), map: KeyTable.keys("Limit", limitTable) }), {
      pattern: /^[a-z][a-z0-9-]*$/,
      noun: "the name of a limit"
    }),
    description: "Named limits that steps count against with `limit`: a number, or a map."
  },
  limit: {
    shape: Shape.text,
    description:
      "A shared limit of `limits` that each execution counts against as a whole: it waits until it has a place."
  },
  single: { shape: Shape.boolean, description: "One execution of this flow at a time.", default: "false" },
  env: {
    shape: environment,
    description:
      "Environment variables of all programs of the flow; those of a step, and of a clean-up, come before them. Expressions read `params` and `env`."
  },
  cwd: {
    shape: Shape.templateText,
    description:
      "Working directory of all programs that name none, relative to the directory that `halte` was started in.",
    default: "that directory"
  },
  deadline: {
    shape: Shape.duration,
    description: "The longest time from its start to the request to stop that Halte then makes.",
    default: "none"
  },
  "stops-within": {
    shape: Shape.duration,
    description:
      "The promise to stop within this time, whatever is running: `halte check` fails when the flow may take longer.",
    default: "none"
  },
  "on-interrupt": {
    shape: Shape.either({
      scalar: Shape.choice("finish-current", "ignore"),
      map: KeyTable.keys("Strategy", strategyTable)
    }),
    description: "How soon a request to stop is honoured.",
    default: "finish-current"
  },
  "on-failure": {
    shape: Shape.choice("stop", "continue", "undo"),
    description:
      "What a failed step does to the others: stop them, let independent branches go on, or stop and take back what completed.",
    default: "stop"
  },
  "clean-up": {
    shape: action,
    description:
      "Runs at the end of each attempt that began, whether it completed, failed or was interrupted; never after terminate. Reads `params`, and how it ends as `status`.",
    example: "clean-up: { run: rm -rf tmp }"
  },
  durability: {
    shape: Shape.choice("step", "relaxed"),
    description:
      "What a crash may cost: `step` stores that a step completed before the steps after it start; `relaxed` stores it within 50 ms, and what was not stored runs again.",
    default: "step"
  },
  drill: { shape: DrillPlan.shape, description: "How `halte drill` rehearses the flow." },
  steps: {
    shape: Shape.named("steps", () => steps),
    description: "The steps by name.",
    required: true,
    example: "steps: { build: { run: make } }"
  }
} satisfies KeyTable.Table

export type FlowFields = KeyTable.Fields<typeof flowTable>

/** A whole flow file. */
export const flow: Shape.Shape<FlowFields> = KeyTable.keys("Halte flow", flowTable, {
  synonyms: {
    inputs: "params",
    parameters: "params",
    jobs: "steps",
    tasks: "steps",
    timeout: "deadline",
    parallel: "concurrency",
    cleanup: "clean-up",
    finally: "clean-up"
  }
})
