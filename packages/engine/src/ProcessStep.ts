/**
 * Steps that run a program.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Schema } from "effect"
import * as DurationText from "./model/DurationText.ts"
import {
  type ProcessCapture,
  type ProcessError,
  type ProcessOutput,
  ProcessRunner,
  type ProcessSpec
} from "./ProcessRunner.ts"
import * as OutputCheck from "./OutputCheck.ts"
import { fromParts, type InputOf, type Inputs, type Options, type Step, type Stops, verifyMillis } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"

/**
 * The grace period of a step that states none.
 *
 * @since 0.1.0
 */
export const defaultGrace = Duration.seconds(5)

/**
 * What a process step can say besides what every step can. All but `grace` and the like may be computed from its
 * inputs.
 *
 * @since 0.1.0
 */
export interface ProcessOptions<I extends Inputs> extends Options<I> {
  /** A list is a program with its arguments; a text is a line for the shell. May be computed from the inputs. */
  readonly command: Computed<I, ReadonlyArray<string> | string>
  readonly cwd?: Computed<I, string> | undefined
  readonly env?: Computed<I, Readonly<Record<string, string | undefined>>> | undefined
  readonly stdin?: Computed<I, string | Uint8Array> | undefined
  /** Between the graceful signal and SIGKILL. @default "5 seconds" */
  readonly grace?: Duration.Input | undefined
  /** `finish` lets it run to its end when asked to stop. @default "stop" */
  readonly onInterrupt?: "stop" | "finish" | undefined
  /** @default "SIGTERM" */
  readonly stopSignal?: string | undefined
  /** What of its output becomes the step's value. @default "none" */
  readonly output?: ProcessCapture | undefined
  readonly captureLimit?: number | undefined
  readonly successCodes?: ReadonlyArray<number> | undefined
  /** What is shown as the command. @default the command, when it is not computed */
  readonly detail?: string | undefined
}

type Computed<I extends Inputs, A> = A | ((input: InputOf<I>, step: StepContextShape) => A | Effect.Effect<A, unknown>)

/**
 * Makes a step that runs a program: its value is the exit code and what `output` says.
 *
 * **Details**
 *
 * Asked to stop, the whole process tree gets SIGTERM once, has `grace` to exit, and then SIGKILL. Whatever its exit
 * code, a program that ends after that signal was interrupted and runs again on resume.
 *
 * **Example** (Passing a value by the environment)
 *
 * ```ts
 * const version = Step.make("version", { run: () => "2.4.0" })
 * const build = Step.process("build", {
 *   input: { version },
 *   command: ["npm", "run", "build"],
 *   env: ({ version }) => ({ VERSION: version }),
 *   grace: "10 seconds"
 * })
 * ```
 *
 * @since 0.1.0
 */
export const process: {
  <const Name extends string, S extends Schema.Codec<unknown, unknown>, const I extends Inputs = {}>(
    name: Name,
    options: ProcessOptions<I> & {
      /** What `output` has to give: it is decoded, or the step fails with `invalid-output`. */
      readonly outputSchema: S
    }
  ): Step<Name, ProcessOutput<S["Type"]>, ProcessError | OutputCheck.ValueMismatch, ProcessRunner>
  <const Name extends string, const I extends Inputs = {}>(
    name: Name,
    options: ProcessOptions<I> & { readonly outputSchema?: undefined }
  ): Step<Name, ProcessOutput, ProcessError, ProcessRunner>
} = <I extends Inputs>(
  name: string,
  options: ProcessOptions<I> & { readonly outputSchema?: Schema.Codec<unknown, unknown> | undefined }
): never => {
  const {
    captureLimit,
    command,
    cwd,
    detail,
    env,
    grace,
    onInterrupt,
    output,
    outputSchema,
    stdin,
    stopSignal,
    successCodes,
    ...rest
  } = options
  const graceMillis = Duration.toMillis(grace ?? defaultGrace)
  const check =
    outputSchema === undefined
      ? undefined
      : OutputCheck.make(outputSchema, { field: "value", isLogged: typeof output !== "object" })
  const value = <A>(
    computed: Computed<I, A> | undefined,
    input: InputOf<I>,
    step: StepContextShape
  ): Effect.Effect<A | undefined, unknown> => {
    if (typeof computed !== "function") return Effect.succeed(computed)
    const result = (computed as (input: InputOf<I>, step: StepContextShape) => A | Effect.Effect<A, unknown>)(
      input,
      step
    )
    return Effect.isEffect(result) ? (result as Effect.Effect<A, unknown>) : Effect.succeed(result)
  }
  return fromParts({
    name,
    kind: "process",
    options: rest,
    source: [command, cwd, env, stdin, output, captureLimit, successCodes, graceMillis, onInterrupt, stopSignal],
    stops: processStops(graceMillis, onInterrupt ?? "stop", stopSignal),
    outputSchema: outputSchema === undefined ? undefined : outputOf(outputSchema),
    detail: detail ?? (typeof command === "function" ? undefined : toText(command as ReadonlyArray<string> | string)),
    body: (input: InputOf<I>, step: StepContextShape) =>
      Effect.gen(function* () {
        const runner = yield* ProcessRunner
        const spec: ProcessSpec = {
          command: (yield* value(command, input, step))!,
          cwd: yield* value(cwd, input, step),
          env: yield* value(env, input, step),
          stdin: yield* value(stdin, input, step),
          graceMillis,
          onInterrupt: onInterrupt ?? "stop",
          stopSignal,
          capture: output ?? "none",
          captureLimit,
          successCodes
        }
        const given = yield* runner.run(spec, step)
        return check === undefined ? given : yield* check(given, step)
      })
  }) as never
}

/**
 * The schema of a process step's whole output, when that of its value is known.
 *
 * @since 0.1.0
 */
export const outputOf = (value: Schema.Codec<unknown, unknown>): Schema.Top =>
  Schema.Struct({ exitCode: Schema.Int, value })

/**
 * What a process step promises.
 *
 * @since 0.1.0
 */
export const processStops = (graceMillis: number, onInterrupt: "stop" | "finish", signal = "SIGTERM"): Stops =>
  onInterrupt === "finish"
    ? { withinMillis: undefined, text: "runs to its end", graceMillis, onInterrupt }
    : {
        graceMillis,
        withinMillis: graceMillis + verifyMillis,
        text:
          graceMillis === Number.POSITIVE_INFINITY
            ? `${signal}, without SIGKILL`
            : `${signal} → ${DurationText.short(graceMillis)} → SIGKILL`
      }

const toText = (command: ReadonlyArray<string> | string): string =>
  typeof command === "string"
    ? command
    : command.map((a) => (/^[\w@%+=:,./-]+$/.test(a) ? a : JSON.stringify(a))).join(" ")
