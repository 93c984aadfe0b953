/**
 * The promise form of Halte as a suite for front ends sees it: each method of the port by the method of `Halte` or
 * `Execution` that a program would call.
 */
import { Effect, Stream } from "effect"
import type { ExecutionId, Executions, ExecutionsError, ExecutionSummary } from "@halte/engine"
import type { Halte } from "@halte/sdk"

type Failure = ExecutionsError.ExecutionsError

const ask = <A, E extends Failure>(call: () => Promise<A>): Effect.Effect<A, E> =>
  Effect.tryPromise({ try: call, catch: (error) => error as E })

const read = <A, E extends Failure>(items: () => AsyncIterable<A>): Stream.Stream<A, E> =>
  Stream.suspend(() => Stream.fromAsyncIterable(items(), (error) => error as E))

/** Every call goes through the promises, also those that the port has under another shape. */
export const make = (halte: Halte.Halte): Executions.ExecutionsShape => {
  const of = (id: ExecutionId.ExecutionId) => halte.execution(id)
  return {
    flows: ask(() => halte.flows()),
    start: ({ flow, params, ...options }) => ask(async () => (await halte.start(flow, params, options)).id),
    get: (id) => ask(() => of(id).state()),
    list: (filter) =>
      ask(async () => {
        const found: Array<ExecutionSummary.ExecutionSummary> = []
        for await (const one of halte.listAll(filter)) found.push(one)
        return found
      }),
    counts: (filter) => ask(() => halte.counts(filter)),
    output: (id, step) => ask(() => of(id).output(step)),
    events: (id, after) => read(() => of(id).events({ after })),
    logs: (id, options) => read(() => of(id).logs(options)),
    interrupt: (id, request) => ask(() => of(id).interrupt(request)),
    pause: (id, asker) => ask(() => of(id).pause(asker)),
    resume: (id, request) => ask(() => of(id).resume(request)),
    terminate: (id, request) => ask(() => of(id).terminate(request)),
    undo: (id, request) => ask(() => of(id).undo(request)),
    answer: (id, step, value, asker) => ask(() => of(id).answer(step, value, asker))
  }
}
