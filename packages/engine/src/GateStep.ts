/**
 * Steps that wait for a person.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Fiber, Result, Schema } from "effect"
import * as JsonSchema from "./JsonSchema.ts"
import * as DurationText from "./model/DurationText.ts"
import type { Described, StepFailure } from "./model/StepFailure.ts"
import * as OutputCheck from "./OutputCheck.ts"
import { ValueMismatch } from "./OutputCheck.ts"
import * as PausableTimer from "./PausableTimer.ts"
import * as SchemaProblems from "./SchemaProblems.ts"
import { fromParts, type InputOf, type Inputs, type Options, type Step } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

/**
 * A person said no, or nobody said yes in time.
 *
 * @since 0.1.0
 */
export class GateRejected extends Error implements Described {
  readonly _tag = "GateRejected"
  constructor(reason?: string) {
    super(reason === undefined ? "the gate was answered with no" : `the gate was answered with no: ${reason}`)
  }
  toStepFailure(): StepFailure {
    return { code: "gate-rejected", message: this.message }
  }
}

/**
 * What an open gate is given. `value` is decoded.
 *
 * @since 0.1.0
 */
export interface GateAnswer {
  readonly value: unknown
  readonly rejected: boolean
  readonly reason: string | undefined
}

/**
 * What a gate can say besides what every step can.
 *
 * @since 0.1.0
 */
export interface GateOptions<I extends Inputs> extends Options<I> {
  /** The question. */
  readonly message: Message<I>
}

/**
 * Makes a step that waits until somebody answers it with `Executions.answer`. Without a `schema` the answer is `true`
 * to go on or `false`, which fails the step; with one it is a value, checked when it is given, and the step's output.
 * Either can be rejected, with a reason. Asked to stop, it stops at once and asks again on resume.
 *
 * **Details**
 *
 * With a `timeout` a gate that nobody answers fails with `timed-out`; with a `default` too, that is the answer then.
 *
 * **Example** (Asking for a typed answer)
 *
 * ```ts
 * const ship = Step.gate("ship", {
 *   message: "Where to?",
 *   schema: Schema.Struct({ region: Schema.Literals(["eu", "us"]) }),
 *   timeout: "1 hour",
 *   default: { region: "eu" }
 * })
 * const deploy = Step.make("deploy", { input: { ship }, run: ({ ship }) => Effect.log(ship.region) })
 * ```
 *
 * @since 0.1.0
 */
export const gate: {
  <const Name extends string, S extends Schema.Codec<unknown, unknown>, const I extends Inputs = {}>(
    name: Name,
    options: GateOptions<I> & {
      readonly schema: S
      /** What forms are drawn from. @default that of the schema */
      readonly jsonSchema?: Readonly<Record<string, unknown>> | undefined
      /** The answer when nobody has given one within `timeout`, as `Executions.answer` takes it. @default none */
      readonly default?: S["Encoded"] | undefined
    }
  ): Step<Name, S["Type"], GateRejected, never>
  <const Name extends string, const I extends Inputs = {}>(
    name: Name,
    options: GateOptions<I> & {
      readonly schema?: undefined
      /** The answer when nobody has given one within `timeout`. @default none */
      readonly default?: boolean | undefined
    }
  ): Step<Name, true, GateRejected, never>
} = <I extends Inputs>(
  name: string,
  options: GateOptions<I> & {
    readonly schema?: Schema.Codec<unknown, unknown> | undefined
    readonly jsonSchema?: Readonly<Record<string, unknown>> | undefined
    readonly default?: unknown
  }
): never => {
  const { default: standard, jsonSchema: given, message, schema, timeout, ...rest } = options
  const jsonSchema = given ?? (schema === undefined ? undefined : JsonSchema.of(schema))
  const outputSchema = OutputCheck.strict(schema ?? Schema.Boolean)
  // With an answer of its own for it, its time is up inside it; else as that of any step.
  const waitsMillis = standard === undefined || timeout === undefined ? undefined : Duration.toMillis(timeout)
  return fromParts({
    name,
    kind: "gate",
    options: waitsMillis === undefined ? { ...rest, timeout } : rest,
    stops: { withinMillis: 0, text: "at once" },
    source: [message, waitsMillis, standard],
    detail: typeof message === "string" ? message : undefined,
    outputSchema,
    body: (input: InputOf<I>, step: StepContextShape) =>
      Effect.gen(function* () {
        const computed = typeof message === "string" ? message : message(input, step)
        const text = Effect.isEffect(computed) ? yield* computed : computed
        const opened = {
          type: "gate-opened" as const,
          step: step.step,
          message: text,
          ...(jsonSchema === undefined ? undefined : { schema: jsonSchema }),
          ...(waitsMillis === undefined ? undefined : { waitsMillis, default: standard })
        }
        const answered = Effect.gen(function* () {
          // It listens before it says that it is open: the answer may come in the next turn.
          const given = yield* Effect.forkChild(step.answer as Effect.Effect<GateAnswer>, { startImmediately: true })
          step.record(opened)
          return yield* Fiber.join(given)
        })
        const answer = yield* StoppingPoint.wait(
          waitsMillis === undefined ? answered : Effect.raceFirst(answered, byDefault(waitsMillis, step))
        )
        if (answer._tag === "Break") return step.interrupted()
        const { reason, rejected, value } = answer.value
        if (rejected || (schema === undefined && value === false)) return yield* Effect.fail(new GateRejected(reason))
        return value
      })
  }) as never

  function byDefault(millis: number, step: StepContextShape): Effect.Effect<GateAnswer, ValueMismatch> {
    return Effect.gen(function* () {
      yield* PausableTimer.sleep(millis, step.control)
      const decoded = Schema.decodeUnknownResult(
        outputSchema as Schema.Codec<unknown>,
        OutputCheck.parsing(outputSchema)
      )(standard)
      if (Result.isFailure(decoded))
        return yield* Effect.fail(new ValueMismatch("invalid-output", SchemaProblems.of(decoded.failure)))
      step.record({ type: "gate-answered", step: step.step, value: standard, timedOut: true, source: "Deadline" })
      return {
        value: decoded.success,
        rejected: false,
        reason: `nobody answered within ${DurationText.short(millis)}`
      }
    })
  }
}

type Message<I extends Inputs> =
  | string
  | ((input: InputOf<I>, step: StepContextShape) => string | Effect.Effect<string, unknown>)
