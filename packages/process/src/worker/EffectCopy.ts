/**
 * The copy of Effect that a module uses, loaded at the first need: a module of plain functions never pays for it.
 *
 * @since 0.1.0
 */
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import type { Cause, Context, Effect, Exit, Schema } from "effect"

/**
 * @since 0.1.0
 */
export interface EffectCopy {
  readonly Context: typeof Context
  readonly Effect: typeof Effect
  readonly Exit: typeof Exit
  readonly Cause: typeof Cause
  readonly Schema: typeof Schema
}

const copies = new Map<string, Promise<EffectCopy>>()

/**
 * The copy that is resolved from a module's place, else that of this package.
 *
 * @since 0.1.0
 */
export const of = (moduleUrl: string): Promise<EffectCopy> => {
  let from: string | undefined
  try {
    from = pathToFileURL(createRequire(moduleUrl).resolve("effect")).href
  } catch {
    // The module has none of its own: a Step or an Effect of it came from elsewhere.
  }
  const key = from ?? "own"
  let copy = copies.get(key)
  if (copy === undefined) {
    copy = from === undefined ? import("./OwnEffect.ts") : (import(from) as Promise<EffectCopy>)
    copies.set(key, copy)
  }
  return copy
}

/**
 * Whether a value is an Effect, of whichever copy.
 *
 * @since 0.1.0
 */
export const isEffect = (u: unknown): u is Effect.Effect<unknown, unknown, unknown> =>
  (typeof u === "object" || typeof u === "function") && u !== null && "~effect/Effect" in u
