/**
 * Those who want to be told of something. Each is told, also when one before it throws: what that threw is an error of the
 * program, and comes to light as one.
 */
export class Listeners<A extends ReadonlyArray<unknown> = []> {
  private readonly all = new Set<(...told: A) => void>()

  /** Answers what ends it. The same function twice is told twice. */
  readonly on = (listener: (...told: A) => void): (() => void) => {
    const own = (...told: A) => listener(...told)
    this.all.add(own)
    return () => void this.all.delete(own)
  }

  tell(...told: A): void {
    for (const listener of [...this.all]) {
      // One that has ended meanwhile is not told.
      if (!this.all.has(listener)) continue
      try {
        listener(...told)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  clear(): void {
    this.all.clear()
  }
}
