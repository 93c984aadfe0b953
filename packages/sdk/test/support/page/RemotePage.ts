/**
 * A page of a server, which speaks to it through the SDK. The test calls `door`, as a person's clicks would.
 */
import { Schema } from "effect"
import { ExecutionsError, ExecutionState, ExecutionStateJson, Halte } from "@halte/sdk"

type Answer = { readonly value: unknown } | { readonly error: unknown } | { readonly end: true }

const encodeError = Schema.encodeUnknownSync(ExecutionsError.ExecutionsError)

const answering = async (call: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await call()
  } catch (error) {
    return { error: encodeError(error) }
  }
}

let halte: Halte.Halte
const open: Array<AsyncIterator<unknown>> = []

const methods: Readonly<Record<string, (...args: ReadonlyArray<never>) => Promise<unknown>>> = {
  flows: () => halte.flows(),
  start: async (flow: string, params: unknown, options: object) => (await halte.start(flow, params, options)).id,
  state: async (id: string) => ExecutionStateJson.toJson(await halte.execution(id).state()),
  list: (filter: object) => halte.list(filter),
  counts: (filter: object) => halte.counts(filter),
  output: (id: string, step: string) => halte.execution(id).output(step),
  interrupt: (id: string, request: object) => halte.execution(id).interrupt(request),
  pause: (id: string, asker: object) => halte.execution(id).pause(asker),
  resume: (id: string, request: object) => halte.execution(id).resume(request),
  terminate: (id: string, request: object) => halte.execution(id).terminate(request),
  undo: (id: string, request: object) => halte.execution(id).undo(request),
  answer: (id: string, step: string, value: unknown, asker: object) => halte.execution(id).answer(step, value, asker),
  outcome: (id: string) => halte.execution(id).outcome(),
  /** How an execution looks after its events: what a page shows. */
  folded: async (id: string) => {
    let state: ExecutionState.ExecutionState | undefined
    for await (const event of halte.execution(id).events()) state = ExecutionState.fold(state, [event])
    return state?.status
  },
  events: async (id: string, after: number) =>
    open.push(halte.execution(id).events({ after })[Symbol.asyncIterator]()) - 1,
  logs: async (id: string, watching: object) =>
    open.push(halte.execution(id).logs(watching)[Symbol.asyncIterator]()) - 1,
  leave: async (stream: number) => void (await open[stream]!.return?.())
}

const door = {
  /** What the address brought along is spent for the cookie of a session, as the page of Halte does. */
  enter: (token?: string) =>
    answering(async () => {
      const code = new URLSearchParams(location.hash.slice(1)).get("code")
      history.replaceState(undefined, "", location.pathname)
      const headers = { "content-type": "application/json" }
      if (code !== null) await fetch("/session", { method: "POST", headers, body: JSON.stringify({ code }) })
      halte = await Halte.connect(location.origin, { token })
      return { value: true }
    }),
  call: (method: string, args: ReadonlyArray<never>) =>
    answering(async () => ({ value: await methods[method]!(...args) })),
  next: (stream: number) =>
    answering(async () => {
      const { done, value } = await open[stream]!.next()
      return done === true ? { end: true } : { value }
    })
}

export type Door = typeof door
Object.assign(globalThis, { door })
