/**
 * Steps that wait for a person.
 *
 * @since 0.1.0
 */
import { Effect, Fiber, Schema } from "effect"
import * as JsonSchema from "./JsonSchema.ts"
import type { Described, StepFailure } from "./model/StepFailure.ts"
import { fromParts, type InputOf, type Inputs, type Options, type Step } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

/**
 * A person said no.
 *
 * @since 0.1.0
 */
export class GateRejected extends Error implements Described {
  readonly _tag = "GateRejected"
  constructor() {
    super("the gate was answered with no")
  }
  toStepFailure(): StepFailure {
    return { code: "gate-rejected", message: this.message }
  }
}

/**
 * Makes a step that waits until somebody answers it with `Executions.answer`. Without a `schema` the answer is `true`
 * to go on or `false`, which fails the step; with one it is a value, checked when it is given, and the step's output.
 * Asked to stop, it stops at once and asks again on resume.
 *
 * **Example** (Asking for a typed answer)
 *
 * ```ts
 * const ship = Step.gate("ship", {
 *   message: "Where to?",
 *   schema: Schema.Struct({ region: Schema.Literals(["eu", "us"]) })
 * })
 * const deploy = Step.make("deploy", { input: { ship }, run: ({ ship }) => Effect.log(ship.region) })
 * ```
 *
 * @since 0.1.0
 */
export const gate: {
  <const Name extends string, S extends Schema.Codec<unknown, unknown>, const I extends Inputs = {}>(
    name: Name,
    options: Options<I> & { readonly message: Message<I>; readonly schema: S }
  ): Step<Name, S["Type"], never, never>
  <const Name extends string, const I extends Inputs = {}>(
    name: Name,
    options: Options<I> & { readonly message: Message<I>; readonly schema?: undefined }
  ): Step<Name, true, GateRejected, never>
} = <I extends Inputs>(
  name: string,
  options: Options<I> & { readonly message: Message<I>; readonly schema?: Schema.Codec<unknown, unknown> | undefined }
): never => {
  const { message, schema, ...rest } = options
  const jsonSchema = schema === undefined ? undefined : JsonSchema.of(schema)
  return fromParts({
    name,
    kind: "gate",
    options: rest,
    stops: { withinMillis: 0, text: "at once" },
    source: message,
    detail: typeof message === "string" ? message : undefined,
    outputSchema: schema ?? Schema.Boolean,
    body: (input: InputOf<I>, step: StepContextShape) =>
      Effect.gen(function* () {
        const computed = typeof message === "string" ? message : message(input, step)
        const text = Effect.isEffect(computed) ? yield* computed : computed
        const opened = {
          type: "gate-opened" as const,
          step: step.step,
          message: text,
          ...(jsonSchema === undefined ? undefined : { schema: jsonSchema })
        }
        const answer = yield* StoppingPoint.wait(
          Effect.gen(function* () {
            // It listens before it says that it is open: the answer may come in the next turn.
            const given = yield* Effect.forkChild(step.answer, { startImmediately: true })
            step.record(opened)
            return yield* Fiber.join(given)
          })
        )
        if (answer._tag === "Break") return step.interrupted()
        const value = answer.value
        if (schema === undefined && value === false) return yield* Effect.fail(new GateRejected())
        return value
      })
  }) as never
}

type Message<I extends Inputs> =
  | string
  | ((input: InputOf<I>, step: StepContextShape) => string | Effect.Effect<string, unknown>)
