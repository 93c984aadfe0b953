/**
 * Commands to an execution that is not under way in this process: nothing is there to obey them, but a request that comes
 * after the end is recorded, by a claim that lasts no longer than that.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type ExecutionReader, unavailable } from "./ExecutionReader.ts"
import type { Claim, ExecutionStoreShape } from "./ExecutionStore.ts"
import * as CommandTable from "./model/CommandTable.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { Receipt } from "./model/Executions.ts"
import { CommandRefused, type ExecutionNotFound, ExecutionsUnavailable } from "./model/ExecutionsError.ts"
import { isEnded } from "./model/ExecutionStatus.ts"
import { fromRequest, type InterruptRequest } from "./model/InterruptSignal.ts"

/**
 * Who answers, and where it is recorded.
 *
 * @since 0.1.0
 */
export interface Answering {
  readonly store: ExecutionStoreShape
  readonly reader: ExecutionReader
  readonly owner: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * The answer to one that another process has.
 *
 * @since 0.1.0
 */
export const elsewhere = (id: ExecutionId): ExecutionsUnavailable =>
  new ExecutionsUnavailable({
    reason: `execution \`${id}\` is under way in another process, which can't be reached from here`
  })

/**
 * Answers a command by the table of commands. Whoever is interrupted meanwhile leaves no claim behind.
 *
 * @since 0.1.0
 */
export const answer = (
  { now, owner, reader, store }: Answering,
  id: ExecutionId,
  command: CommandRefused["command"],
  request: InterruptRequest | undefined
): Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | ExecutionsUnavailable> =>
  Effect.gen(function* () {
    const state = yield* reader.get(id)
    const { status } = state
    if (!isEnded(status)) return yield* elsewhere(id)
    if (command === "answer")
      return yield* new CommandRefused({ execution: id, command, code: "gate-not-open", status })
    const answered = CommandTable.answer(status, command as CommandTable.Command)
    if (answered._tag === "Refuse")
      return yield* new CommandRefused({ execution: id, command, code: answered.code, status })
    if (answered._tag !== "Late") return { execution: id, status, effect: "none" as const }
    const record = (claim: Claim) =>
      Effect.gen(function* () {
        // Others may have taken it further between the look and the claim.
        const latest = claim.sequence === state.sequence ? state : yield* reader.get(id)
        const at = Math.trunc(now())
        const late = {
          v: 1,
          execution: id,
          sequence: claim.sequence + 1,
          at,
          attempt: latest.attempt,
          type: "interrupt-repeated",
          signal: fromRequest(request ?? {}, at),
          late: true
        } as const
        yield* Effect.mapError(store.append(claim, [late], { release: true }), unavailable)
        return { execution: id, status: latest.status, effect: "late" as const }
      }).pipe(Effect.onError(() => Effect.ignore(store.release(claim))))
    return yield* Effect.uninterruptible(Effect.flatMap(Effect.mapError(store.claim(id, owner), unavailable), record))
  })
