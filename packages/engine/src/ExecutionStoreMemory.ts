/**
 * A store in memory: for tests, for embedding, and for what need not outlive its process.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import type { EventBatch } from "./EventBatch.ts"
import {
  type Claim,
  Claimed,
  ExecutionStore,
  type ExecutionStoreShape,
  Fenced,
  Held,
  KeyTaken,
  type KeyUse,
  StoreUnavailable,
  summarize
} from "./ExecutionStore.ts"
import type { ExecutionEvent } from "./model/ExecutionEvent.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import { type ExecutionStatus, isEnded } from "./model/ExecutionStatus.ts"
import type { ExecutionSummary } from "./model/ExecutionSummary.ts"
import type { LogLine } from "./model/LogLine.ts"
import * as SharedLimitsMemory from "./SharedLimitsMemory.ts"

/** Bytes of log kept per step; the oldest lines go first. */
const logLimit = 1 << 20

interface Kept {
  epoch: number
  owner: string | undefined
  /** The flow whose name it holds. */
  single: string | undefined
  /** The key that it was started with. */
  key: string | undefined
  aliveAt: number
  summary: ExecutionSummary | undefined
  /** Of the last event, and of the last line. */
  sequence: number
  lineSequence: number
  /** As they were appended, with the sequence before the first event of each. */
  readonly batches: Array<{ readonly after: number; readonly events: EventBatch }>
  lines: Array<LogLine | undefined>
  /** How many of `lines` are gone, and per step where its oldest line may be and how much it has. */
  dropped: number
  readonly steps: Map<string, { oldest: number; bytes: number }>
}

/**
 * Makes an empty store.
 *
 * @since 0.1.0
 */
export const make = (): ExecutionStoreShape => {
  const all = new Map<ExecutionId, Kept>()
  const keys = new Map<string, Omit<KeyUse, "begun">>()
  const useOf = (name: string): KeyUse | undefined => {
    const use = keys.get(name)
    return use === undefined ? undefined : { ...use, begun: all.get(use.execution)!.sequence > 0 }
  }
  const forgetKey = (kept: Kept): void => {
    if (kept.key !== undefined) keys.delete(kept.key)
    kept.key = undefined
  }
  const places = SharedLimitsMemory.make((claim) => {
    const kept = fenced(claim)
    return kept instanceof Fenced ? kept : undefined
  })
  const free = (id: ExecutionId, kept: Kept): void => {
    kept.owner = undefined
    kept.single = undefined
    places.free(id)
    // What never began has no key.
    if (kept.sequence === 0) forgetKey(kept)
  }
  const fenced = (claim: Claim): Kept | Fenced => {
    const kept = all.get(claim.execution)
    if (kept !== undefined && kept.epoch === claim.epoch && kept.owner === claim.owner) return kept
    return new Fenced({ execution: claim.execution, epoch: claim.epoch, current: kept?.epoch ?? 0 })
  }
  const owned = (
    claim: Claim,
    change: (kept: Kept) => StoreUnavailable | void
  ): Effect.Effect<void, Fenced | StoreUnavailable> =>
    Effect.suspend((): Effect.Effect<void, Fenced | StoreUnavailable> => {
      const kept = fenced(claim)
      if (kept instanceof Fenced) return Effect.fail(kept)
      const refusal = change(kept)
      return refusal === undefined ? Effect.void : Effect.fail(refusal)
    })
  return {
    durable: false,
    claim: (id, owner, options) =>
      Effect.suspend((): Effect.Effect<Claim, Claimed | Held | KeyTaken> => {
        const key = options?.key
        const use = key === undefined ? undefined : useOf(key.name)
        if (key !== undefined && use !== undefined && use.execution !== id)
          return Effect.fail(new KeyTaken({ key: key.name, execution: use.execution }))
        let kept = all.get(id)
        if (kept === undefined) {
          kept = {
            epoch: 0,
            owner: undefined,
            single: undefined,
            key: undefined,
            aliveAt: 0,
            summary: undefined,
            sequence: 0,
            lineSequence: 0,
            batches: [],
            lines: [],
            dropped: 0,
            steps: new Map()
          }
          all.set(id, kept)
        }
        if (kept.owner !== undefined && options?.takeOver !== kept.owner)
          return Effect.fail(new Claimed({ execution: id, owner: kept.owner }))
        const single = options?.single
        if (single !== undefined)
          for (const [other, { single: held }] of all)
            if (held === single && other !== id) return Effect.fail(new Held({ flow: single, execution: other }))
        if (key !== undefined) {
          forgetKey(kept)
          kept.key = key.name
          keys.set(key.name, { execution: id, digest: key.digest })
        }
        if (kept.owner !== undefined) places.free(id)
        kept.single = single
        kept.owner = owner
        kept.aliveAt = Date.now()
        kept.epoch++
        const { epoch, lineSequence, sequence } = kept
        return Effect.succeed({ execution: id, owner, epoch, sequence, lineSequence })
      }),
    keyUse: (name) => Effect.sync(() => useOf(name)),
    heartbeat: (claim) =>
      owned(claim, (kept) => {
        kept.aliveAt = Date.now()
      }),
    release: (claim) => owned(claim, (kept) => free(claim.execution, kept)),
    disown: (owner) =>
      Effect.sync(() => {
        for (const [id, kept] of all) if (kept.owner === owner) free(id, kept)
      }),
    owners: Effect.sync(() => {
      const found = new Map<string, number>()
      for (const { aliveAt, owner } of all.values())
        if (owner !== undefined) found.set(owner, Math.max(aliveAt, found.get(owner) ?? 0))
      return Array.from(found, ([owner, aliveAt]) => ({ owner, aliveAt }))
    }),
    append: (claim, events, options) =>
      owned(claim, (kept) => {
        if (events.length === 0) return options?.release === true ? free(claim.execution, kept) : undefined
        const first = events.slice(0, 1)[0]!.sequence
        const last = events.slice(events.length - 1)[0]!.sequence
        if (first !== kept.sequence + 1 || last - first !== events.length - 1)
          return new StoreUnavailable({
            reason: `events ${first} to ${last} of \`${claim.execution}\` do not follow on event ${kept.sequence}`
          })
        // A batch belongs to the store from now on; a caller's array does not.
        kept.batches.push({ after: kept.sequence, events: Array.isArray(events) ? [...events] : events })
        kept.sequence = last
        kept.summary = summarize(kept.summary, events)
        if (options?.release === true) free(claim.execution, kept)
      }),
    read: (id, after, limit) => Effect.sync(() => readEvents(all.get(id)?.batches ?? [], after, limit)),
    list: (filter) =>
      Effect.sync(() => {
        const found: Array<ExecutionSummary> = []
        for (const { owner, summary } of all.values()) {
          if (summary === undefined) continue
          if (filter?.flow !== undefined && summary.flow !== filter.flow) continue
          if (filter?.status !== undefined && !filter.status.includes(summary.status)) continue
          if (filter?.before !== undefined && summary.id >= filter.before) continue
          if (filter?.children === false && summary.parent !== undefined) continue
          if (filter?.owner !== undefined && owner !== filter.owner) continue
          if (filter?.ending !== undefined && !summary.id.endsWith(filter.ending)) continue
          found.push(owner === undefined ? summary : { ...summary, owner })
        }
        return found.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, filter?.limit ?? 50)
      }),
    counts: (filter) =>
      Effect.sync(() => {
        const counts: { [Status in ExecutionStatus]?: number } = {}
        for (const { summary } of all.values())
          if (summary !== undefined && (filter?.flow === undefined || summary.flow === filter.flow))
            counts[summary.status] = (counts[summary.status] ?? 0) + 1
        return counts
      }),
    readBlob: () => Effect.succeed(undefined),
    appendLog: (claim, lines) =>
      owned(claim, (kept) => {
        for (const line of lines) keepLine(kept, line)
        kept.lineSequence = Math.max(kept.lineSequence, lines.at(-1)?.sequence ?? 0)
        compact(kept)
      }),
    readLog: (id, { after, limit, step }) =>
      Effect.sync(() => {
        const kept = all.get(id)
        if (kept === undefined) return []
        const out: Array<LogLine> = []
        for (let i = Math.max(0, indexAfter(kept, after)); i < kept.lines.length && out.length < limit; i++) {
          const line = kept.lines[i]
          if (line !== undefined && line.sequence > after && (step === undefined || line.step === step)) out.push(line)
        }
        return out
      }),
    remove: (ids) =>
      Effect.sync(() => {
        let gone = 0
        for (const id of ids) {
          const kept = all.get(id)
          if (kept === undefined || kept.owner !== undefined) continue
          if (kept.summary === undefined || !isEnded(kept.summary.status)) continue
          forgetKey(kept)
          all.delete(id)
          gone++
        }
        return gone
      }),
    sharedLimits: places.limits
  }
}

// Sequences have no gaps: the event after n is the first of the batch after n, or within the one before.
const readEvents = (batches: Kept["batches"], after: number, limit: number): ReadonlyArray<ExecutionEvent> => {
  let low = 0
  let high = batches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (batches[middle]!.after + batches[middle]!.events.length <= after) low = middle + 1
    else high = middle
  }
  const out: Array<ExecutionEvent> = []
  for (let i = low; i < batches.length && out.length < limit; i++) {
    const { after: before, events } = batches[i]!
    const from = Math.max(0, after - before)
    for (const event of events.slice(from, from + limit - out.length)) out.push(event)
  }
  return out
}

// Lines lie in the order of their sequence, which counts every line: the first one that can be later is at most so far on.
const indexAfter = (kept: Kept, after: number): number => {
  let low = 0
  let high = kept.lines.length
  while (low < high) {
    const middle = (low + high) >> 1
    let probe = middle
    while (probe < high && kept.lines[probe] === undefined) probe++
    if (probe < high && kept.lines[probe]!.sequence <= after) low = probe + 1
    else high = middle
  }
  return low
}

const keepLine = (kept: Kept, line: LogLine): void => {
  let step = kept.steps.get(line.step)
  if (step === undefined) {
    step = { oldest: kept.lines.length, bytes: 0 }
    kept.steps.set(line.step, step)
  }
  kept.lines.push(line)
  step.bytes += line.text.length
  while (step.bytes > logLimit) {
    const old = kept.lines[step.oldest]
    if (old !== undefined && old.step === line.step && old !== line) {
      kept.lines[step.oldest] = undefined
      step.bytes -= old.text.length
      kept.dropped++
    }
    if (old === line) break
    step.oldest++
  }
}

// Holes are closed once they are the larger part.
const compact = (kept: Kept): void => {
  if (kept.dropped < 1024 || kept.dropped * 2 < kept.lines.length) return
  kept.lines = kept.lines.filter((line) => line !== undefined)
  kept.dropped = 0
  for (const step of kept.steps.values()) step.oldest = 0
}

/**
 * The store as a layer.
 *
 * @since 0.1.0
 */
export const layer: Layer.Layer<ExecutionStore> = Layer.sync(ExecutionStore, make)
