/**
 * Loading a module in a worker and calling what it exports.
 *
 * @since 0.1.0
 */
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { ModuleRunner, Step, StepContext } from "@halte/engine"
import type { Schema as SchemaModule } from "effect"
import * as EffectCopy from "./EffectCopy.ts"
import { WorkerFailure } from "./WorkerFailure.ts"

const stepKey = Symbol.for("@halte/engine/Step")
const contextKey = "@halte/engine/StepContext"
/** Steps whose work is a function that needs nothing but the step's context. */
const callableKinds: ReadonlySet<string> = new Set(["function", "http", "sleep"])

type AnyStep = Step.Any & { readonly body: (input: unknown, step: StepContext.StepContextShape) => unknown }

/**
 * @since 0.1.0
 */
export type ModuleExport =
  | { readonly _tag: "Step"; readonly step: AnyStep; readonly url: string }
  | { readonly _tag: "Function"; readonly call: (input: unknown, step: unknown) => unknown; readonly url: string }

/**
 * Loads a module, at most once per worker, and takes the export out of it.
 *
 * @since 0.1.0
 */
export const load = async (spec: ModuleRunner.ModuleSpec): Promise<ModuleExport> => {
  const shown = name(spec.url)
  if (!spec.url.startsWith("file:")) {
    throw new WorkerFailure({
      code: "module-not-found",
      message: `The module ${shown} is not a file.`,
      hint: "Name it by a `file:` URL."
    })
  }
  if (!existsSync(fileURLToPath(spec.url))) {
    throw new WorkerFailure({
      code: "module-not-found",
      message: `The module ${shown} does not exist.`,
      hint: `It was looked for at \`${fileURLToPath(spec.url)}\`.`
    })
  }
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = (await import(spec.url)) as Readonly<Record<string, unknown>>
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new WorkerFailure({
      code: "module-not-loadable",
      message: `The module ${shown} can't be loaded: ${reason.split("\n")[0]}`,
      hint: "Import it in a file of your own to see the whole error.",
      ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : undefined)
    })
  }
  return pick(exported, spec, shown)
}

const pick = (
  exported: Readonly<Record<string, unknown>>,
  spec: ModuleRunner.ModuleSpec,
  shown: string
): ModuleExport => {
  const wanted = spec.export ?? "default"
  if (!(wanted in exported)) {
    const names = Object.keys(exported)
    throw new WorkerFailure({
      code: "export-not-found",
      message: `The module ${shown} has no export \`${wanted}\`.`,
      hint:
        names.length === 0
          ? "It exports nothing."
          : `It exports ${names.map((n) => `\`${n}\``).join(", ")}: name one of them, as in \`${shown.slice(1, -1)}#${names[0]}\`.`
    })
  }
  const value = exported[wanted]
  if (isStep(value)) {
    if (typeof value.body === "function" && callableKinds.has(value.kind)) {
      return { _tag: "Step", step: value as AnyStep, url: spec.url }
    }
    throw new WorkerFailure({
      code: "export-not-a-step",
      message: `The export \`${wanted}\` of ${shown} is a step of the kind \`${value.kind}\`, which can't run in a worker thread.`,
      hint: "Export a step made by `Step.make`, or a function."
    })
  }
  if (typeof value === "function") {
    return { _tag: "Function", call: value as (input: unknown, step: unknown) => unknown, url: spec.url }
  }
  throw new WorkerFailure({
    code: "export-not-a-step",
    message: `The export \`${wanted}\` of ${shown} is ${kindOf(value)}, neither a Step nor a function.`,
    hint: "Export a function `(input, ctx) => …`, or a step made by `Step.make`."
  })
}

const isStep = (u: unknown): u is Step.Any =>
  (typeof u === "object" || typeof u === "function") && u !== null && stepKey in u

const kindOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "a list"
      : typeof value === "object"
        ? "an object"
        : `a ${typeof value}`

const name = (url: string): string => `\`${decodeURIComponent(url.slice(url.lastIndexOf("/") + 1))}\``

/**
 * Calls the export: waits for its Promise, or runs its Effect with the step's context. A value of a `Step` that declares
 * its output is checked and encoded by that schema.
 *
 * @since 0.1.0
 */
export const call = async (
  target: ModuleExport,
  input: unknown,
  step: StepContext.StepContextShape,
  isAnswer: (value: unknown) => boolean
): Promise<unknown> => {
  const returned = target._tag === "Step" ? target.step.body(input, step) : target.call(input, step)
  const value = EffectCopy.isEffect(returned) ? await runEffect(returned, target.url, step) : await returned
  // An async function may return an Effect, too.
  const settled = EffectCopy.isEffect(value) ? await runEffect(value, target.url, step) : value
  return target._tag === "Step" && target.step.outputSchema !== undefined && !isAnswer(settled)
    ? encode(target.step, settled, target.url)
    : settled
}

const runEffect = async (effect: unknown, url: string, step: StepContext.StepContextShape): Promise<unknown> => {
  const { Cause, Context, Effect, Exit } = await EffectCopy.of(url)
  const context = Context.make(Context.Service<StepContext.StepContextShape>(contextKey), step)
  const exit = await Effect.runPromiseExit(
    Effect.provideContext(effect as Parameters<typeof Effect.runPromiseExit>[0], context as never)
  )
  if (Exit.isSuccess(exit)) return exit.value
  throw Cause.squash(exit.cause)
}

const encode = async (step: AnyStep, value: unknown, url: string): Promise<unknown> => {
  const { Effect, Exit, Cause, Schema } = await EffectCopy.of(url)
  const codec = Schema.toCodecJson(step.outputSchema as SchemaModule.Codec<unknown>)
  const exit = await Effect.runPromiseExit(Schema.encodeUnknownEffect(codec)(value) as never)
  if (Exit.isSuccess(exit)) return exit.value
  throw new WorkerFailure({
    code: "invalid-output",
    message: `its output is not what the step declares: ${messageOf(Cause.squash(exit.cause))}`
  })
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Says what an export is, with the JSON Schemas that a `Step` declares.
 *
 * @since 0.1.0
 */
export const describe = async (target: ModuleExport): Promise<ModuleRunner.ModuleDescription> => {
  if (target._tag === "Function") return { kind: "function" }
  const { inputSchema, outputSchema } = target.step
  if (inputSchema === undefined && outputSchema === undefined) return { kind: "step" }
  const { Schema } = await EffectCopy.of(target.url)
  const toJsonSchema = (schema: NonNullable<typeof inputSchema>): Readonly<Record<string, unknown>> => {
    const document = Schema.toJsonSchemaDocument(schema)
    const definitions = Object.keys(document.definitions).length === 0 ? undefined : { $defs: document.definitions }
    return withoutNan({ ...document.schema, ...definitions }) as Readonly<Record<string, unknown>>
  }
  return {
    kind: "step",
    ...(inputSchema === undefined ? undefined : { input: toJsonSchema(inputSchema) }),
    ...(outputSchema === undefined ? undefined : { output: toJsonSchema(outputSchema) })
  }
}

/** Effect lets a number be the text "NaN" or "Infinity" in JSON; here neither is a value, and people read the schema. */
const withoutNan = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withoutNan)
  if (typeof schema !== "object" || schema === null) return schema
  const { anyOf, ...rest } = schema as { readonly anyOf?: ReadonlyArray<unknown> }
  const kept = anyOf?.filter((one) => !isNan(one)).map(withoutNan)
  const others = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, withoutNan(value)]))
  if (kept === undefined) return others
  return kept.length === 1 && kept.length < anyOf!.length
    ? { ...(kept[0] as object), ...others }
    : { ...others, anyOf: kept }
}

const isNan = (schema: unknown): boolean => {
  const values = (schema as { readonly enum?: ReadonlyArray<unknown> } | null)?.enum
  return (
    values !== undefined &&
    values.length > 0 &&
    values.every((v) => v === "NaN" || v === "Infinity" || v === "-Infinity")
  )
}
