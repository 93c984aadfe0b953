/**
 * Which request each `Idempotency-Key` was first used for. That the same key starts one execution is the engine's doing;
 * that it is not used for something else is known here.
 *
 * @since 0.1.0
 */
import { Effect, Exit } from "effect"
import { RequestRefused } from "@halte/api"
import * as Digest from "./Digest.ts"

/** The oldest are forgotten: after that the engine alone decides, and answers the execution of the key. */
const most = 10_000

/**
 * Runs a start under a key, unless the key stands for another request, or for one that is on its way.
 *
 * @since 0.1.0
 */
export type Guard = <A, E, R>(
  key: string | undefined,
  request: string,
  start: Effect.Effect<A, E, R>
) => Effect.Effect<A, E | RequestRefused.RequestRefused, R>

/**
 * The keys of one server.
 *
 * @since 0.1.0
 */
export const make = (): Guard => {
  const known = new Map<string, { readonly digest: string; onItsWay: boolean }>()
  return <A, E, R>(key: string | undefined, request: string, start: Effect.Effect<A, E, R>) => {
    if (key === undefined) return start
    return Effect.flatMap(
      Effect.promise(() => Digest.of(request)),
      (digest): Effect.Effect<A, E | RequestRefused.RequestRefused, R> => {
        const before = known.get(key)
        if (before === undefined) {
          const own = { digest, onItsWay: true }
          known.set(key, own)
          if (known.size > most) known.delete(known.keys().next().value!)
          return Effect.onExit(start, (exit) =>
            Effect.sync(() => {
              own.onItsWay = false
              // What was not started may be tried again, with other params too.
              if (Exit.isFailure(exit)) known.delete(key)
            })
          )
        }
        if (before.digest !== digest)
          return refused("idempotency-key-reused", `The key \`${key}\` was used for another request before.`)
        if (before.onItsWay)
          return refused(
            "idempotency-key-in-use",
            `The request with the key \`${key}\` is being accepted. Ask again in a moment.`
          )
        return start
      }
    )
  }
}

const refused = (code: RequestRefused.Code, detail: string) =>
  Effect.fail(new RequestRefused.RequestRefused({ code, detail }))
