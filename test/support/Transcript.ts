/**
 * What a program has written so far, and waiting for what it will write.
 */
import { Effect } from "effect"

/** The bound of waits that state none. Loaded machines are slow: it tells working from hanging and measures nothing. */
export const defaultMillis = 30_000

export class Transcript {
  readonly #read: () => string
  readonly #over: () => boolean
  readonly #listeners = new Set<() => void>()

  /** `read` answers the text as it is now, `over` whether nothing more will come. */
  constructor(read: () => string, over: () => boolean) {
    this.#read = read
    this.#over = over
  }

  get text(): string {
    return this.#read()
  }

  /** To be called whenever one of the two has changed. */
  changed(): void {
    for (const look of [...this.#listeners]) look()
  }

  /** Waits until the text matches, and answers the match. Dies, with the text, when it can't come or the bound passes. */
  waitFor(pattern: RegExp | string, millis = defaultMillis): Effect.Effect<ReadonlyArray<string>> {
    return Effect.callback<ReadonlyArray<string>>((resume) => {
      const end = (answer: Effect.Effect<ReadonlyArray<string>>): void => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        resume(answer)
      }
      const missing = (why: string): void =>
        end(Effect.die(new Error(`\`${String(pattern)}\` was not written ${why}. What was written:\n${this.#read()}`)))
      const look = (): void => {
        const text = this.#read()
        const found = typeof pattern === "string" ? text.includes(pattern) && [pattern] : pattern.exec(text)
        if (found) end(Effect.succeed(found))
        else if (this.#over()) missing("before the program ended")
      }
      const timer = setTimeout(() => missing(`within ${millis / 1000} s`), millis)
      this.#listeners.add(look)
      look()
      return Effect.sync(() => {
        clearTimeout(timer)
        this.#listeners.delete(look)
      })
    })
  }
}
