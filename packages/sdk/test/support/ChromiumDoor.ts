/**
 * The SDK in a real browser, as a suite for front ends sees it: every method is called in the page.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Effect, Schema, Stream } from "effect"
import type { Page } from "playwright-core"
import { type Executions, ExecutionsError, ExecutionStateJson } from "@halte/engine"
import type { BrowserBundle } from "./BrowserBundle.ts"
import type { Door } from "./page/RemotePage.ts"

const decodeError = Schema.decodeUnknownSync(ExecutionsError.ExecutionsError)

/** Saves a bundle as the page of a server: a document with one script. */
export const save = (bundle: BrowserBundle, directory: string): void => {
  const document = `<!doctype html><meta charset="utf-8"><title>Test</title><link rel="icon" href="data:,"><script type="module" src="/assets/entry.js"></script>`
  for (const [name, text] of [...Object.entries(bundle.files), ["index.html", document] as const]) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

type Failure = ExecutionsError.ExecutionsError

/** The page has to be there. */
export const make = (page: Page): Executions.ExecutionsShape => {
  const ask = (answer: () => Promise<object>) =>
    Effect.flatMap(Effect.promise(answer), (found) => {
      if ("error" in found) return Effect.fail(decodeError(found.error))
      return Effect.succeed("value" in found ? { value: found.value } : undefined)
    })
  const call = <A, E extends Failure>(method: string, ...args: ReadonlyArray<unknown>): Effect.Effect<A, E> =>
    Effect.map(
      ask(() =>
        page.evaluate(
          ([name, given]) =>
            (globalThis as unknown as { door: Door }).door.call(
              name,
              JSON.parse(given, (_, v) => v ?? undefined)
            ),
          [method, JSON.stringify(args)] as const
        )
      ),
      (found) => found?.value as A
    ) as Effect.Effect<A, E>
  const read = <A, E extends Failure>(method: string, ...args: ReadonlyArray<unknown>): Stream.Stream<A, E> =>
    Stream.unwrap(
      Effect.gen(function* () {
        const stream = yield* Effect.acquireRelease(call<number, E>(method, ...args), (open) =>
          Effect.ignore(Effect.tryPromise(() => Effect.runPromise(call("leave", open))))
        )
        const next = ask(() =>
          page.evaluate((open) => (globalThis as unknown as { door: Door }).door.next(open), stream)
        ) as Effect.Effect<{ readonly value: unknown } | undefined, E>
        return Stream.unfold(undefined, () =>
          Effect.map(next, (found) => found && ([found.value as A, undefined] as const))
        )
      })
    )
  return {
    flows: call("flows"),
    start: ({ flow, params, ...options }) => call("start", flow, params, options),
    get: (id) => Effect.map(call("state", id), (text) => ExecutionStateJson.fromJson(text as string)) as never,
    list: (filter) => call("list", filter),
    counts: (filter) => call("counts", filter),
    output: (id, step) => call("output", id, step),
    events: (id, after) => read("events", id, after),
    logs: (id, options) => read("logs", id, options),
    interrupt: (id, request) => call("interrupt", id, request),
    pause: (id, asker) => call("pause", id, asker),
    resume: (id, request) => call("resume", id, request),
    terminate: (id, request) => call("terminate", id, request),
    undo: (id, request) => call("undo", id, request),
    answer: (id, step, value, asker) => call("answer", id, step, value, asker)
  }
}
