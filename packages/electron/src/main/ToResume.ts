/**
 * What engines of one desk ran when they died, until it has gone on: one that dies while the next one takes it up again
 * loses nothing of it.
 */
import type { EngineProcess } from "./EngineProcess.ts"

export interface ToResume {
  /** Those that have not gone on yet, in the order in which they were lost. */
  readonly ids: ReadonlyArray<string>
  /** What an engine that has ended leaves to be resumed, by name: what it ran, and what it had not taken up yet. */
  readonly running: ReadonlyArray<string>
  /** To be called at each change of the engine, before anybody else asks. */
  readonly look: () => void
  /** It has gone on, or there is nothing of it to go on with. */
  readonly settled: (id: string) => void
}

export const make = (engine: Pick<EngineProcess, "live" | "name" | "state">): ToResume => new Lost(engine)

class Lost implements ToResume {
  running: ReadonlyArray<string> = []
  private readonly engine: Pick<EngineProcess, "live" | "name" | "state">
  private readonly lost = new Map<string, string>()
  /** What the engine ran when it was last seen alive. */
  private live = new Map<string, string>()
  private hasEnded = false

  constructor(engine: Lost["engine"]) {
    this.engine = engine
  }

  get ids(): ReadonlyArray<string> {
    return [...this.lost.keys()]
  }

  readonly settled = (id: string): void => void this.lost.delete(id)

  readonly look = (): void => {
    const { engine } = this
    const wasEnded = this.hasEnded
    this.hasEnded = engine.state._tag === "Ended"
    if (engine.state._tag === "Running") {
      this.live = new Map(engine.live.map((id) => [id, engine.name(id) ?? id]))
      for (const id of engine.live) this.lost.delete(id)
    }
    if (engine.state._tag !== "Ended" || wasEnded) return
    const { running } = engine.state
    this.running = [...this.lost.values(), ...running]
    // One that was stopped has left nothing half-way.
    if (running.length > 0) for (const [id, name] of this.live) this.lost.set(id, name)
    this.live.clear()
  }
}
