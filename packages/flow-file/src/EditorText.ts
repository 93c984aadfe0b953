/**
 * What editors show of a key besides its sentence: how it is written, and what each of its words means. Kept beside the
 * tables of keys, since the loader needs none of it.
 *
 * @since 0.1.0
 */
import { parse } from "yaml"
import type { Key } from "./KeyTable.ts"
import type { JsonSchema } from "./Shape.ts"

interface Text {
  /** Values as people write them, the most usual first. */
  readonly examples?: ReadonlyArray<unknown>
  /** What the words of an `enum` mean. */
  readonly words?: Readonly<Record<string, string>>
}

const expression = (text: string): string => `\${{ ${text} }}`

const program = {
  env: { examples: [{ VERSION: expression("params.version") }] },
  cwd: { examples: ["packages/web"] },
  stdin: { examples: [expression("steps.index.output")] },
  grace: { examples: ["5s", "500ms", "1m"] }
} satisfies Readonly<Record<string, Text>>

/** By the title of the table and the key. */
const texts: Readonly<Record<string, Readonly<Record<string, Text>>>> = {
  "Halte flow": {
    halte: { examples: [1] },
    name: { examples: ["release"] },
    version: { examples: ["1.0.0"] },
    label: { examples: ["Release a version"] },
    description: { examples: ["Builds, tests and uploads one version."] },
    params: { examples: [{ version: { pattern: "^\\d+\\.\\d+\\.\\d+$", description: "What to release" } }] },
    env: { examples: [{ NODE_ENV: "production" }] },
    cwd: { examples: ["packages/web"] },
    concurrency: { examples: [4] },
    limits: { examples: [{ network: 2 }, { database: { size: 1, shared: true } }] },
    limit: { examples: ["database"] },
    single: { examples: [true] },
    "clean-up": { examples: [{ run: "rm -rf out/part" }] },
    deadline: { examples: ["30m", "2h"] },
    "stops-within": { examples: ["10s"] },
    "on-interrupt": {
      examples: ["finish-current", { next: 1 }],
      words: {
        "finish-current": "No new step starts; running steps go to their next stopping point.",
        ignore: "Nothing but terminate stops it."
      }
    },
    "on-failure": {
      examples: ["stop", "continue", "undo"],
      words: {
        stop: "The other steps are asked to stop.",
        continue: "Steps that do not come after the failed one go on.",
        undo: "As `stop`; then what completed is taken back, the last first."
      }
    },
    durability: {
      examples: ["step"],
      words: {
        step: "A step's completion is on the disk before the steps after it start.",
        relaxed: "It is written within 50 ms; after a crash what was not written runs again."
      }
    },
    drill: { examples: [{ compare: ["out/**"] }] },
    steps: { examples: [{ build: { run: "npm run build" }, test: { after: "build", run: "npm test" } }] }
  },
  Limit: { size: { examples: [2] }, shared: { examples: [true] } },
  Strategy: { next: { examples: [1] } },
  Param: {
    type: {
      examples: ["string", "integer"],
      words: {
        string: "A text.",
        integer: "A whole number.",
        number: "A number.",
        boolean: "`true` or `false`.",
        list: "A list; on a command line JSON, or texts with commas between them.",
        object: "A map; on a command line JSON."
      }
    },
    default: { examples: ["beta", 3, true, []] },
    optional: { examples: [true] },
    secret: { examples: [true] },
    env: { examples: ["RELEASE_TOKEN"] },
    pattern: { examples: ["^\\d+\\.\\d+\\.\\d+$"] },
    options: { examples: [["beta", "stable"]] },
    description: { examples: ["What to release"] }
  },
  Step: {
    ...program,
    run: { examples: ["npm test", ["node", "build.mjs", expression("params.version")]] },
    use: { examples: ["./steps/hash-file.ts", "./steps/hash-file.ts#name"] },
    steps: { examples: [{ first: { run: "./upload 1" }, second: { after: "first", run: "./upload 2" } }] },
    flow: { examples: ["./notes.flow.yaml", "notes"] },
    gate: { examples: [`Deploy ${expression("params.version")}?`, { message: "Ship it?", default: false }] },
    http: { examples: [{ method: "POST", url: "https://example.com/hook", json: { done: true } }] },
    sleep: { examples: ["30s", "5m"] },
    until: { examples: ["2026-12-01T06:00:00Z"] },
    "for-each": { examples: [{ in: expression("glob('photos/*.jpg')"), as: "file", every: 10 }] },
    map: { examples: [{ in: expression("params.packages"), as: "name" }] },
    with: { examples: [{ path: expression("item") }] },
    after: { examples: ["build", ["build", "test"]] },
    when: { examples: [expression("params.target == 'stable'")] },
    retry: { examples: [{ tries: 3, delay: "1s", backoff: "exponential" }] },
    timeout: { examples: ["10m", "30s"] },
    "stop-signal": { examples: ["SIGINT"] },
    "on-interrupt": {
      examples: ["finish"],
      words: {
        stop: "The program is asked to end, and killed after `grace`.",
        finish: "The program runs to its end."
      }
    },
    output: {
      examples: ["json", "text", { file: "out/result.json" }],
      words: {
        none: "The output is only logged.",
        "json-last-line": "The last line that it writes, as JSON.",
        json: "All that it writes, as JSON.",
        text: "All that it writes, without the last line break.",
        lines: "All that it writes, as a list of lines."
      }
    },
    returns: { examples: [{ type: "object", properties: { total: { type: "integer" } }, required: ["total"] }] },
    "output-limit": { examples: ["8MiB"] },
    "stops-within": { examples: ["100ms"] },
    "on-failure": {
      examples: ["continue"],
      words: {
        stop: "The other steps are asked to stop.",
        continue: "Steps that do not come after this one go on."
      }
    },
    "clean-up": { examples: [{ run: "rm -rf out/part" }] },
    undo: { examples: [{ run: "./remove-upload" }] },
    idempotent: { examples: [false] },
    limit: { examples: ["network"] },
    concurrency: { examples: [2] },
    label: { examples: ["Build the archive"] },
    icon: { examples: ["📦"] },
    description: { examples: ["Packs everything into one file."] }
  },
  "Clean-up": {
    ...program,
    run: { examples: ["rm -rf out/part", ["rm", "-rf", expression("params.target")]] },
    use: { examples: ["./steps/undo.ts"] },
    with: { examples: [{ id: expression("output.id") }] },
    always: { examples: [true] },
    deadline: { examples: ["10s"] }
  },
  Retry: {
    tries: { examples: [3] },
    delay: { examples: ["1s"] },
    backoff: {
      examples: ["exponential"],
      words: { fixed: "The same wait each time.", exponential: "Twice the wait each time." }
    },
    "max-delay": { examples: ["1m"] },
    jitter: { examples: [true] }
  },
  "For each": {
    in: { examples: [expression("glob('photos/*.jpg')"), ["a", "b"], { from: 1, to: 10 }, { lines: "files.txt" }] },
    as: { examples: ["file"] },
    every: { examples: [10] },
    concurrency: { examples: [4] },
    collect: { examples: [true] },
    "on-item-failure": {
      examples: ["continue"],
      words: {
        stop: "The step fails.",
        continue: "The item is counted, and the next ones go on.",
        collect: "The next ones go on, and the step fails in the end."
      }
    }
  },
  Map: {
    in: { examples: [expression("params.packages"), ["a", "b"], { from: 1, to: 10 }] },
    as: { examples: ["name"] },
    concurrency: { examples: [4] }
  },
  Items: {
    ...program,
    from: { examples: [1] },
    to: { examples: [10, expression("params.count")] },
    by: { examples: [2] },
    lines: { examples: ["files.txt"] },
    run: { examples: ["git ls-files", ["ls", expression("params.folder")]] },
    json: { examples: [true] }
  },
  "HTTP request": {
    method: {
      examples: ["POST"],
      words: {
        GET: "Reads.",
        HEAD: "Reads the headers only.",
        POST: "Sends; may do something a second time when it is sent twice.",
        PUT: "Puts in place.",
        PATCH: "Changes a part; may do it a second time when it is sent twice.",
        DELETE: "Takes away.",
        OPTIONS: "Asks what may be done."
      }
    },
    url: { examples: ["https://example.com/hook"] },
    headers: { examples: [{ authorization: `Bearer ${expression("params.token")}` }] },
    json: { examples: [{ version: expression("params.version") }] },
    body: { examples: ["done"] },
    success: { examples: ["2xx", [200, 404]] },
    "idempotency-key": { examples: [true] }
  },
  Gate: { message: { examples: ["Ship it?"] }, default: { examples: [false, { to: "beta" }] } },
  Drill: {
    directory: { examples: ["fixture"] },
    setup: { examples: ["npm ci"] },
    ignore: { examples: [["cache/**"]] },
    compare: { examples: [["out/**"]] },
    params: { examples: [{ version: "0.0.1" }] },
    answers: { examples: [{ approve: true }] },
    points: { examples: [50, "all"] },
    allow: { examples: [["needs-rerun"]] }
  },
  "Output file": { file: { examples: ["out/result.json"] } }
}

/**
 * What is said of a key of a table.
 *
 * @since 0.1.0
 */
export const of = (title: string, name: string): Text => texts[title]?.[name] ?? {}

/**
 * The schema of a key with what editors show: its sentence, its default, examples, and what each word means. Words that are
 * known to one family of editors only, such as `markdownDescription`, are annotations to all others.
 *
 * @since 0.1.0
 */
export const annotate = (title: string, name: string, key: Key<unknown>, schema: JsonSchema): JsonSchema => {
  const text = of(title, name)
  const examples = text.examples ?? exampleOf(key)
  const shown = examples.slice(0, 3).map((example) => `${name}: ${toYaml(example)}`)
  const markdown = [
    key.description,
    ...(key.required === true ? ["Needed."] : []),
    ...(key.default === undefined ? [] : [`Default: ${asCode(key.default)}`]),
    ...(shown.length === 0 ? [] : [`\`\`\`yaml\n${shown.join("\n")}\n\`\`\``])
  ].join("\n\n")
  const value = defaultValue(key.default, schema)
  return {
    description: key.description,
    markdownDescription: markdown,
    ...(value === undefined ? undefined : { default: value }),
    ...(examples.length === 0 ? undefined : { examples }),
    ...withWords(schema, text.words)
  }
}

/** The example of the table, where there is no better one here. */
const exampleOf = ({ example }: Key<unknown>): ReadonlyArray<unknown> =>
  example === undefined ? [] : Object.values(parse(example) as Readonly<Record<string, unknown>>)

/** A default in words, such as `the step's name`, is no value of the key. */
const defaultValue = (text: string | undefined, schema: JsonSchema): unknown => {
  if (text === undefined) return undefined
  const alternatives = [schema, ...((schema["anyOf"] ?? []) as ReadonlyArray<JsonSchema>)]
  for (const one of alternatives) {
    const words = one["enum"] as ReadonlyArray<string> | undefined
    if (words?.includes(text) === true) return text
    if (one["type"] === "boolean") return text === "true"
    if (one["type"] === "integer" && /^\d+$/.test(text)) return Number(text)
    if (typeof one["pattern"] === "string" && new RegExp(one["pattern"]).test(text)) return text
  }
  return undefined
}

const asCode = (text: string): string => (/^[\w.-]+$/.test(text) ? `\`${text}\`` : text)

const withWords = (schema: JsonSchema, words: Text["words"]): JsonSchema => {
  if (words === undefined) return schema
  const own = schema["enum"] as ReadonlyArray<string> | undefined
  if (own !== undefined) {
    const said = own.map((word) => words[word] ?? "")
    return { ...schema, enumDescriptions: said, markdownEnumDescriptions: said }
  }
  const alternatives = schema["anyOf"] as ReadonlyArray<JsonSchema> | undefined
  return alternatives === undefined ? schema : { ...schema, anyOf: alternatives.map((one) => withWords(one, words)) }
}

/** A value on one line, as an author writes it. */
const toYaml = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(toYaml).join(", ")}]`
  if (typeof value === "object" && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${toYaml(inner)}`)
      .join(", ")} }`
  if (typeof value !== "string") return String(value)
  return value.includes("${{") ? `"${value}"` : /[\\^$]/.test(value) ? `'${value}'` : value
}
