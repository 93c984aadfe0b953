/**
 * What a step does, as a short text: the same for the same definition, another for another. The text of functions
 * counts; what they close over, and what a module imports, can't.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

/** Two 32-bit halves of FNV-1a with different seeds. */
class Hash {
  private a = 0x811c9dc5
  private b = 0x01000193
  add(text: string): this {
    for (let i = 0; i < text.length; i++) {
      this.a = Math.imul(this.a ^ text.charCodeAt(i), 0x01000193)
      this.b = Math.imul(this.b ^ text.charCodeAt(i), 0x85ebca6b) + i
    }
    return this
  }
  get text(): string {
    return (this.a >>> 0).toString(16).padStart(8, "0") + (this.b >>> 0).toString(16).padStart(8, "0")
  }
}

/**
 * The hash of texts, lists, plain objects and functions within each other.
 *
 * @since 0.1.0
 */
export const of = (...parts: ReadonlyArray<unknown>): string => new Hash().add(JSON.stringify(readable(parts, 0))).text

/** Elements of a list that are looked at; of a longer one its length counts. */
const longestList = 1_000
const deepest = 16

const readable = (value: unknown, depth: number): unknown => {
  if (typeof value === "function") return String(value)
  if (typeof value === "bigint") return String(value)
  if (typeof value !== "object" || value === null) return value
  if (depth > deepest) return "…"
  if (Array.isArray(value))
    return value.length > longestList
      ? [value.length, ...value.slice(0, longestList).map((one) => readable(one, depth + 1))]
      : value.map((one) => readable(one, depth + 1))
  if (!isPlain(value)) return text(value)
  return Object.entries(value).map(([key, one]) => [key, readable(one, depth + 1)])
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

// A duration, a date or an address says what it is; a schema or a schedule may be anything, and says nothing here.
const text = (value: object): string | undefined =>
  value instanceof Date || value instanceof URL || value instanceof RegExp || Duration.isDuration(value)
    ? String(value)
    : undefined
