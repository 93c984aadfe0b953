/**
 * What the server of this page is: its version, its project, and what it allows.
 */
import { Schema } from "effect"
import { Atom } from "effect/reactivity"
import { origin, transport } from "../bridge/Client.ts"
import { useAtomValue } from "../bridge/Registry.ts"
import { polled } from "./Polled.ts"

export const Info = Schema.Struct({
  version: Schema.String,
  project: Schema.optionalKey(Schema.String),
  /** The one execution of this server: it belongs to a `halte run --web`. */
  only: Schema.optionalKey(Schema.String),
  command: Schema.Boolean
})
export type Info = typeof Info.Type

export interface Server {
  readonly info: Info | undefined
  readonly reachable: boolean
}

const decode = Schema.decodeUnknownSync(Info)

let last: Server = { info: undefined, reachable: true }

const server = polled<Server>(
  async () => {
    try {
      const response = await transport(new Request(`${origin}/server`))
      last = { info: response.ok ? decode(await response.json()) : last.info, reachable: true }
    } catch {
      last = { info: last.info, reachable: false }
    }
    return last
  },
  () => last
)

const kept = Atom.keepAlive(server)

export const useServer = (): Server => useAtomValue(kept)
