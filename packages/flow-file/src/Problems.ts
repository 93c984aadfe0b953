/**
 * Collects what is wrong in one file, so that a person sees all of it at once.
 *
 * @since 0.1.0
 */
import * as Diagnostic from "./Diagnostic.ts"
import type { Range, SourceText } from "./SourceText.ts"

/** More than these are of no use to anybody; the rest is counted. */
const most = 100

/**
 * Used by one load, from one place at a time.
 *
 * @since 0.1.0
 */
export class Problems {
  readonly source: SourceText
  readonly #found: Array<readonly [offset: number, diagnostic: Diagnostic.Diagnostic]> = []
  #errors = 0
  #dropped = 0

  constructor(source: SourceText) {
    this.source = source
  }

  error(range: Range, code: string, message: string, hint?: string): void {
    this.#errors++
    this.#add(range, "error", { code, message, hint })
  }

  warning(range: Range, code: string, message: string, hint?: string): void {
    this.#add(range, "warning", { code, message, hint })
  }

  /** What was found in another file, shown behind what is said of a place of this one. */
  include(range: Range, found: ReadonlyArray<Diagnostic.Diagnostic>): void {
    for (const diagnostic of found)
      if (!this.isFull) this.#found.push([range.start, diagnostic])
      else this.#dropped++
  }

  get errors(): number {
    return this.#errors
  }

  /** What is reported from now on is only counted: no need to look for what was meant. */
  get isFull(): boolean {
    return this.#found.length >= most
  }

  /** In the order of the file. */
  get all(): ReadonlyArray<Diagnostic.Diagnostic> {
    const sorted = this.#found.toSorted((a, b) => a[0] - b[0]).map(([, diagnostic]) => diagnostic)
    if (this.#dropped > 0)
      sorted.push(
        Diagnostic.ofFile(this.source.file, this.#errors > 0 ? "error" : "warning", {
          code: "too-many-problems",
          message: `\`${this.source.file}\` has ${this.#dropped} more problems.`,
          hint: "Correct these first."
        })
      )
    return sorted
  }

  #add(range: Range, severity: "error" | "warning", finding: Diagnostic.Finding): void {
    if (!this.isFull) this.#found.push([range.start, Diagnostic.at(this.source, range, severity, finding)])
    else this.#dropped++
  }
}
