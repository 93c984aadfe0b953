/**
 * Waits by looking again and again, with a ceiling.
 */
import { Effect } from "effect"

/** Looks every 5 ms until `look` answers something other than `undefined` and `false`. Dies by name after `millis`. */
export const eventually = <A>(
  look: () => A | undefined | false,
  what: string,
  options: { readonly millis: number; readonly detail?: () => string }
): Effect.Effect<A> =>
  Effect.callback<A>((resume) => {
    const end = performance.now() + options.millis
    let timer: NodeJS.Timeout | undefined
    const again = (): void => {
      const found = look()
      if (found !== undefined && found !== false) return resume(Effect.succeed(found))
      if (performance.now() < end) return void (timer = setTimeout(again, 5))
      const waited = `Waited ${options.millis / 1000} s for ${what}, and it did not come.`
      resume(Effect.die(new Error(options.detail === undefined ? waited : `${waited} ${options.detail()}`)))
    }
    again()
    return Effect.sync(() => clearTimeout(timer))
  })
