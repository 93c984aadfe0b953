/**
 * Command lines for tests: over an engine of the test, with streams that keep what is written, and somebody who answers.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { type Executions, ExecutionsLocal, type ExecutionStore, type Flow } from "@halte/engine"
import { Console, Effect, type Scope } from "effect"
import { Writable } from "node:stream"
import * as Assembly from "../src/Assembly.ts"
import * as Cli from "../src/Cli.ts"
import { Exit } from "../src/command/Exit.ts"
import * as ServerFlag from "../src/command/ServerFlag.ts"
import * as Ask from "../src/input/Ask.ts"
import * as Output from "../src/terminal/Output.ts"

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The answers of somebody at the terminal, in the order of the questions; a title or a value for a choice. */
export type Answers = ReadonlyArray<string | boolean>

export interface Options {
  /** @default no terminal */
  readonly columns?: number | undefined
  /** Somebody is there and answers so; questions are kept. */
  readonly answers?: Answers | undefined
  readonly questions?: Array<string> | undefined
  /** Opens the project in another way than over the engine of the test. */
  readonly open?: Opens | undefined
  /** The variables that name servers. @default none */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Is told what is written, when it is. */
  readonly onWrite?: ((stream: "stdout" | "stderr", text: string) => void) | undefined
}

type Opens = typeof Assembly.Opener.Service.open

export interface Project {
  readonly executions: Executions.ExecutionsShape
  readonly halte: (args: ReadonlyArray<string>, options?: Options) => Effect.Effect<Said>
  /** How the project was opened, each time. */
  readonly opened: ReadonlyArray<Assembly.OpenOptions>
  /** What `prune` was asked for. */
  readonly pruned: ReadonlyArray<Assembly.PruneRequest>
}

class Kept extends Writable {
  text = ""
  readonly isTTY: boolean
  readonly columns: number | undefined
  private readonly tell: (text: string) => void
  constructor(columns: number | undefined, tell: (text: string) => void) {
    super()
    this.tell = tell
    this.isTTY = columns !== undefined
    this.columns = columns
  }
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += String(chunk)
    this.tell(String(chunk))
    done()
  }
}

const asked = ({ answers, questions }: Options): Ask.Ask => {
  const left = [...(answers ?? [])]
  const next = (question: string): string | boolean => {
    questions?.push(question)
    const answer = left.shift()
    if (answer === undefined) throw new Error(`nobody knows what to answer to: ${question}`)
    return answer
  }
  return {
    someone: () => answers !== undefined,
    select: (message, choices) =>
      Effect.sync(() => {
        const wanted = next(`${message} ${choices.map((choice) => choice.title).join(" | ")}`)
        const choice = choices.find((one) => one.title.includes(String(wanted)))
        if (choice === undefined) throw new Error(`no choice is like ${wanted}`)
        return choice.value
      }),
    confirm: (message) => Effect.sync(() => next(message) === true),
    hidden: (message) => Effect.sync(() => String(next(message)))
  }
}

/** A project around an engine in memory, or around any `Executions` made of it. */
export const make = (
  flows: ReadonlyArray<Flow.Flow<unknown, never>>,
  more: {
    readonly store?: ExecutionStore.ExecutionStoreShape
    readonly wrap?: (executions: Executions.ExecutionsShape) => Executions.ExecutionsShape
    readonly assembly?: Partial<Assembly.Assembly>
  } = {}
): Effect.Effect<Project, never, Scope.Scope> =>
  Effect.gen(function* () {
    const local = yield* ExecutionsLocal.make({ flows, store: more.store })
    const executions = more.wrap?.(local) ?? local
    const opened: Array<Assembly.OpenOptions> = []
    const pruned: Array<Assembly.PruneRequest> = []
    const open = (options: Assembly.OpenOptions) =>
      Effect.sync((): Assembly.Assembly => {
        opened.push(options)
        return {
          executions,
          resumable: true,
          unrecorded: local.unrecorded,
          notices: [],
          recovered: [],
          prune: (request) =>
            Effect.sync(() => {
              pruned.push(request)
              return { executions: [], bytes: 0 }
            }),
          ...more.assembly
        }
      })
    const project: Project = {
      executions,
      opened,
      pruned,
      halte: (args, options = {}) =>
        Effect.gen(function* () {
          const stdout = new Kept(options.columns, (text) => options.onWrite?.("stdout", text))
          const stderr = new Kept(options.columns, (text) => options.onWrite?.("stderr", text))
          const exit = { code: -1 }
          const say =
            (stream: Kept) =>
            (...texts: ReadonlyArray<unknown>) =>
              void stream.write(`${texts.join(" ")}\n`)
          const code = yield* Cli.main(args, "1.2.3", exit).pipe(
            Effect.provideService(Assembly.Opener, { open: options.open ?? open }),
            Effect.provideService(Ask.Ask, asked(options)),
            Effect.provideService(ServerFlag.Environment, options.env ?? {}),
            Effect.provideService(Output.Streams, {
              stdout: stdout as never,
              stderr: stderr as never,
              env: { NO_COLOR: "1" },
              platform: "linux"
            }),
            Effect.provideService(Exit, { set: (code) => void (exit.code = code) }),
            Effect.provideService(Console.Console, {
              ...globalThis.console,
              log: say(stdout),
              error: say(stderr)
            } as never),
            Effect.provide(NodeServices.layer)
          )
          return { code, stdout: stdout.text, stderr: stderr.text }
        })
    }
    return project
  }).pipe(Effect.orDie)
