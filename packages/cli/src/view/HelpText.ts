/**
 * The texts of `--help`: of `halte` itself, and of one command. Examples come first.
 */
import { Option } from "effect"
import type { HelpDoc } from "effect/cli"
import { type Look, paint } from "./Look.ts"
import { padEnd, wrap } from "./TextWidth.ts"

const examples = [
  ["halte run release.flow.yaml --param version=2.4.0", "run a flow"],
  ["halte exec -- npm run migrate", "run one command"],
  ["halte interrupt 01JD3M8Z9F4T6V2X0YQ7", "stop at a stopping point"],
  ["halte resume 01JD3M8Z9F4T6V2X0YQ7", "go on where it stopped"]
] as const

const groups = [
  [
    "Run",
    [
      ["run", "Run a flow"],
      ["exec", "Run one command line"],
      ["resume", "Go on from where an execution stopped"]
    ]
  ],
  [
    "Watch",
    [
      ["list", "Executions, newest first"],
      ["show", "One execution: steps, interruptions, processes"],
      ["watch", "Follow a running execution"],
      ["logs", "What its steps wrote"]
    ]
  ],
  [
    "Stop",
    [
      ["interrupt", "Ask it to stop at its next stopping point"],
      ["pause", "Hold it at its next stopping points"],
      ["answer", "Answer a step that waits for a person"],
      ["terminate", "End it now; lists what may be half done"],
      ["undo", "Take back what completed, the last one first"]
    ]
  ],
  [
    "Prepare",
    [
      ["init", "Write a first flow file"],
      ["check", "Errors, and how soon each step can stop"],
      ["drill", "Rehearse stopping at each stopping point"],
      ["graph", "Draw the steps"],
      ["schema", "JSON Schema of flow files, for editors"]
    ]
  ],
  [
    "Serve",
    [
      ["serve", "Serve this project over HTTP, with its page"],
      ["open", "Open that page in a browser"],
      ["desktop", "Open a project or a flow file in the desktop"]
    ]
  ],
  ["Keep", [["prune", "Forget old executions"]]],
  ["Shell", [["completions", "Completion script of a shell"]]]
] as const

/** The names of every command in the text. */
export const commands: ReadonlyArray<string> = groups.flatMap(([, list]) => list.map(([name]) => name))

/** `halte --help`. */
export const root = (look: Look): ReadonlyArray<string> => [
  paint(look, "bold", "Automation you can stop."),
  "",
  ...examples.map(([command, what]) => `  ${padEnd(command, 52)}${what}`),
  "",
  ...groups.flatMap(([group, list]) =>
    list.map(([name, what], i) => `${paint(look, "bold", padEnd(i === 0 ? group : "", 10))}${padEnd(name, 12)}${what}`)
  ),
  "",
  `${paint(look, "bold", padEnd("Options", 10))}--progress auto|tree|lines|json|quiet    --json    -q, --quiet`,
  "          --project DIR   --dry-run   --stop-after N   --no-input   --no-color",
  "          --server URL    -v, --verbose   -h, --help   --version",
  "",
  "Ctrl-C once interrupts, twice terminates, three times leaves at once.",
  "Exit: 0 completed, 1 failed, 2 usage, 69 unavailable, 130 interrupted,",
  "      143 interrupted by SIGTERM, 137 terminated.",
  "Help for one command: halte help run"
]

/** `halte COMMAND --help`; `notes` is what is known about the flow named beside it. */
export const command = (look: Look, doc: HelpDoc.HelpDoc, notes: ReadonlyArray<string> = []): ReadonlyArray<string> => {
  const heading = (text: string) => paint(look, "bold", text)
  const entry = (left: string, description: string): ReadonlyArray<string> => {
    const lines = wrap(description, 80 - 30)
    return left.length > 26
      ? [`  ${left}`, ...lines.map((line) => " ".repeat(30) + line)]
      : lines.map((line, i) => (i === 0 ? `  ${padEnd(left, 28)}` : " ".repeat(30)) + line)
  }
  const flags = [...doc.flags, ...(doc.globalFlags ?? [])]
  const seen = new Set<string>()
  return [
    `${doc.description}.`,
    ...(doc.examples === undefined || doc.examples.length === 0
      ? []
      : [
          "",
          ...doc.examples.flatMap((e) => [
            `  ${e.command}`,
            `      ${(e.description ?? "").toLowerCase().replace(/^./, (c) => c)}`
          ])
        ]),
    "",
    `${heading("Usage")}  ${doc.usage}`,
    ...(doc.args === undefined || doc.args.length === 0
      ? []
      : [
          "",
          ...doc.args.flatMap((arg) =>
            entry(
              arg.name,
              Option.getOrElse(arg.description, () => "")
            )
          )
        ]),
    "",
    heading("Options"),
    ...flags.flatMap((flag) => {
      if (seen.has(flag.name)) return []
      seen.add(flag.name)
      const short = flag.aliases.map((a) => (a.length === 2 && a.startsWith("-") ? a : `-${a.replace(/^-+/, "")}`))
      const value = flag.type === "boolean" ? "" : ` ${flag.type}`
      return entry(
        `${[...short, `--${flag.name}`].join(", ")}${value}`,
        Option.getOrElse(flag.description, () => "")
      )
    }),
    ...(notes.length === 0 ? [] : ["", heading(notes[0]!), ...notes.slice(1)])
  ]
}
