/**
 * How what an interrupted and resumed execution has left differs from what an uninterrupted one leaves, and what kind of
 * fault that points to.
 *
 * @since 0.1.0
 */
import type { Code } from "./DrillFinding.ts"
import type { FileEntry, FileTree } from "./FileTree.ts"

/**
 * One difference. `what` names the value (`values.build/files`) or the file.
 *
 * @since 0.1.0
 */
export interface Difference {
  readonly code: Extract<Code, "lost-item" | "repeated-effect" | "different-result" | "half-done">
  readonly what: string
  readonly expected: string
  readonly seen: string
  /** Whose value it is. */
  readonly step?: string | undefined
}

/**
 * What differs between two uninterrupted executions, and so can't be compared: places in values, and files. Of a file of
 * lines that has the same number each time, the number is compared.
 *
 * @since 0.1.0
 */
export interface ByItself {
  readonly values: ReadonlySet<string>
  readonly files: ReadonlySet<string>
  readonly lines: ReadonlyMap<string, number>
  /** By directory: how many files there are whose names are others each time. */
  readonly names: ReadonlyMap<string, number>
}

/**
 * Nothing differs by itself.
 *
 * @since 0.1.0
 */
export const nothing: ByItself = { values: new Set(), files: new Set(), lines: new Map(), names: new Map() }

// ── Values ────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Json = unknown

const isObject = (u: Json): u is Readonly<Record<string, Json>> =>
  typeof u === "object" && u !== null && !Array.isArray(u)

/** The same text for the same value, whatever the order of its keys. */
const canonical = (value: Json): string =>
  Array.isArray(value)
    ? `[${value.map(canonical).join(",")}]`
    : isObject(value)
      ? `{${Object.keys(value)
          .sort()
          .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
          .join(",")}}`
      : (JSON.stringify(value) ?? "undefined")

const shown = (value: Json): string => short(value === undefined ? "nothing" : canonical(value))

const short = (text: string): string => (text.length > 120 ? `${text.slice(0, 117)}…` : text)

/** Elements of the first that are not in the second, each as often as it is there more often. */
const without = (all: ReadonlyArray<string>, taken: ReadonlyArray<string>): ReadonlyArray<string> => {
  const left = new Map<string, number>()
  for (const one of taken) left.set(one, (left.get(one) ?? 0) + 1)
  return all.filter((one) => {
    const count = left.get(one) ?? 0
    if (count > 0) left.set(one, count - 1)
    return count === 0
  })
}

const visitValues = (
  expected: Json,
  seen: Json,
  at: string,
  skip: ReadonlySet<string>,
  found: Array<Difference>
): void => {
  if (skip.has(at) || Object.is(expected, seen) || canonical(expected) === canonical(seen)) return
  if (isObject(expected) && isObject(seen)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(seen)]))
      visitValues(expected[key], seen[key], `${at}/${key}`, skip, found)
    return
  }
  if (Array.isArray(expected) && Array.isArray(seen)) {
    const before = expected.map(canonical)
    const now = seen.map(canonical)
    const missing = without(before, now)
    const more = without(now, before)
    if (missing.length === 0 && more.length === 0) return
    if (more.length === 0)
      return void found.push({
        code: "lost-item",
        what: at,
        expected: `${before.length} items`,
        seen: `${now.length}: ${list(missing)} missing`
      })
    if (missing.length === 0 && more.every((one) => before.includes(one)))
      return void found.push({
        code: "repeated-effect",
        what: at,
        expected: `${before.length} items`,
        seen: `${now.length}: ${list(more)} more than once`
      })
    if (before.length === now.length) {
      for (const [i, one] of expected.entries()) visitValues(one, seen[i], `${at}/${i}`, skip, found)
      return
    }
  }
  found.push({ code: "different-result", what: at, expected: shown(expected), seen: shown(seen) })
}

const list = (texts: ReadonlyArray<string>): string => {
  const first = texts.slice(0, 3).map((text) => `\`${short(text)}\``)
  return texts.length > 3 ? `${first.join(", ")} and ${texts.length - 3} more` : first.join(", ")
}

/**
 * Compares the values of steps, place by place; `skip` names places that are not compared.
 *
 * @since 0.1.0
 */
export const ofValues = (
  expected: Readonly<Record<string, Json>>,
  seen: Readonly<Record<string, Json>>,
  skip: ReadonlySet<string>
): ReadonlyArray<Difference> => {
  return [...new Set([...Object.keys(expected), ...Object.keys(seen)])].flatMap((step) => {
    const found: Array<Difference> = []
    visitValues(expected[step], seen[step], `values.${step}`, skip, found)
    return found.map((difference) => ({ ...difference, step }))
  })
}

// ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a tree was at the moments that count. */
export interface Trees {
  /** After an uninterrupted execution. */
  readonly expected: FileTree
  /** After the interrupted and resumed one. */
  readonly seen: FileTree
  /** When it was stopped. */
  readonly stopped: FileTree
  /** Before it began. */
  readonly before: FileTree
}

/**
 * Compares files.
 *
 * @since 0.1.0
 */
export const ofFiles = (trees: Trees, byItself: ByItself): ReadonlyArray<Difference> => {
  const { before, expected, seen, stopped } = trees
  const found: Array<Difference> = []
  const others = new Map<string, Array<string>>()
  for (const path of new Set([...expected.keys(), ...seen.keys()])) {
    if (byItself.files.has(path)) {
      // Named by the baselines, or one of many that are named anew each time.
      const lines = byItself.lines.get(path)
      const now = seen.get(path)
      if (lines !== undefined && now !== undefined) compareCount(path, lines, now, found)
      else if (lines !== undefined) found.push(missing(path, expected.get(path)))
      if (byItself.names.has(directoryOf(path)) && now !== undefined) add(others, directoryOf(path), path)
      continue
    }
    const was = expected.get(path)
    const now = seen.get(path)
    if (was !== undefined && now !== undefined) {
      const difference = ofEntry(path, was, now, stopped.get(path), before.get(path))
      if (difference !== undefined) found.push(difference)
    } else if (was !== undefined) found.push(missing(path, was))
    else if (byItself.names.has(directoryOf(path))) add(others, directoryOf(path), path)
    else if (stopped.has(path) && now!.kind !== "directory")
      found.push({
        code: "half-done",
        what: path,
        expected: "no such file",
        seen: "it was there at the stop, and is there still"
      })
    else if (!insideOf(path, found))
      found.push({ code: "different-result", what: path, expected: `no such ${now!.kind}`, seen: "it is there" })
  }
  for (const [directory, count] of byItself.names) {
    const now = others.get(directory)?.length ?? 0
    if (now === count) continue
    const what = directory === "" ? "." : directory
    found.push({
      code: now > count ? "repeated-effect" : "lost-item",
      what,
      expected: `${count} files with names of their own`,
      seen: String(now)
    })
  }
  return found
}

const add = (lists: Map<string, Array<string>>, key: string, value: string): void => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

const directoryOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))

/** What is in a directory that is itself too much is not said again. */
const insideOf = (path: string, found: ReadonlyArray<Difference>): boolean =>
  found.some(({ what }) => path.startsWith(`${what}/`))

const missing = (path: string, was: FileEntry | undefined): Difference => ({
  code: "lost-item",
  what: path,
  expected: `a ${was?.kind ?? "file"}`,
  seen: "it is missing"
})

const compareCount = (path: string, count: number, now: FileEntry, found: Array<Difference>): void => {
  const lines = linesOf(now.text ?? "").length
  if (lines === count) return
  found.push({
    code: lines > count ? "repeated-effect" : "lost-item",
    what: path,
    expected: `${count} lines`,
    seen: `${lines} lines`
  })
}

const isSame = (a: FileEntry, b: FileEntry): boolean =>
  a.kind === b.kind && a.mode === b.mode && a.sha256 === b.sha256 && a.target === b.target

const linesOf = (text: string): ReadonlyArray<string> => {
  const lines = text.split("\n")
  if (lines.at(-1) === "") lines.pop()
  return lines
}

const ofEntry = (
  path: string,
  was: FileEntry,
  now: FileEntry,
  stopped: FileEntry | undefined,
  before: FileEntry | undefined
): Difference | undefined => {
  if (isSame(was, now)) return undefined
  const different = (expected: string, seen: string): Difference => ({
    code: "different-result",
    what: path,
    expected,
    seen
  })
  if (was.kind !== now.kind) return different(`a ${was.kind}`, `a ${now.kind}`)
  if (was.target !== now.target) return different(`a link to ${was.target}`, `a link to ${now.target}`)
  if (was.sha256 === now.sha256) return different(`mode ${was.mode.toString(8)}`, `mode ${now.mode.toString(8)}`)
  const touched = stopped !== undefined && stopped.sha256 !== before?.sha256
  const untouchedSince: Difference = {
    code: "half-done",
    what: path,
    expected: content(was),
    seen: `${content(now)}, as it was at the stop`
  }
  if (was.text === undefined || now.text === undefined)
    return touched && stopped.sha256 === now.sha256
      ? untouchedSince
      : different(`SHA-256 ${was.sha256?.slice(0, 12)}…`, `${now.sha256?.slice(0, 12)}…`)
  const byLines = ofLines(path, was.text, now.text)
  if (byLines === "same") return undefined
  if (byLines?.code === "repeated-effect") return byLines
  const cut = stopped?.text === undefined ? undefined : cutLine(stopped.text)
  if (touched && stopped.sha256 === now.sha256 && (byLines === undefined || cut !== undefined)) return untouchedSince
  if (
    touched &&
    cut !== undefined &&
    without(linesOf(now.text), linesOf(was.text)).some((line) => line.startsWith(cut))
  )
    return {
      code: "half-done",
      what: path,
      expected: content(was),
      seen: `it goes on after \`${short(cut)}\`, which the stop cut`
    }
  if (byLines !== undefined) return byLines
  const values = parsed(was.text, now.text)
  if (values !== undefined) {
    const inner: Array<Difference> = []
    visitValues(values[0], values[1], "", new Set(), inner)
    if (inner.length === 0) return undefined
    const first = inner.find(({ code }) => code !== "different-result") ?? inner[0]!
    return { ...first, what: `${path}${first.what}` }
  }
  return different(content(was), content(now))
}

/** Lines that are missing, or there again; `"same"`: the same in another order. */
const ofLines = (path: string, was: string, now: string): Difference | "same" | undefined => {
  const before = linesOf(was)
  const after = linesOf(now)
  const lost = without(before, after)
  const more = without(after, before)
  if (lost.length === 0 && more.length === 0) return was.endsWith("\n") === now.endsWith("\n") ? "same" : undefined
  // One line that is not there says nothing about items.
  if (more.length === 0 && after.length > 0)
    return {
      code: "lost-item",
      what: path,
      expected: `${before.length} lines`,
      seen: `${after.length}: ${list(lost)} missing`
    }
  if (lost.length === 0 && more.every((line) => before.includes(line)))
    return {
      code: "repeated-effect",
      what: path,
      expected: `${before.length} lines`,
      seen: `${after.length}: ${list(more)} more than once`
    }
  return undefined
}

/** The last line, when it has no end. */
const cutLine = (text: string): string | undefined => {
  const last = text.slice(text.lastIndexOf("\n") + 1)
  return last === "" ? undefined : last
}

const content = (entry: FileEntry): string =>
  entry.text === undefined
    ? `a ${entry.kind}`
    : entry.text === ""
      ? "an empty file"
      : `\`${short(entry.text.trimEnd())}\``

const parsed = (a: string, b: string): readonly [Json, Json] | undefined => {
  try {
    return [JSON.parse(a), JSON.parse(b)]
  } catch {
    return undefined
  }
}

// ── What differs by itself ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Compares two uninterrupted executions: what differs between them is nobody's fault.
 *
 * @since 0.1.0
 */
export const byItself = (
  first: { readonly values: Readonly<Record<string, Json>>; readonly files: FileTree },
  second: { readonly values: Readonly<Record<string, Json>>; readonly files: FileTree }
): ByItself => {
  const values = new Set(ofValues(first.values, second.values, new Set()).map(({ what }) => what))
  const files = new Set<string>()
  const lines = new Map<string, number>()
  const names = new Map<string, number>()
  const own = { first: new Map<string, number>(), second: new Map<string, number>() }
  for (const path of new Set([...first.files.keys(), ...second.files.keys()])) {
    const a = first.files.get(path)
    const b = second.files.get(path)
    if (a !== undefined && b !== undefined) {
      if (ofEntry(path, a, b, undefined, undefined) === undefined) continue
      files.add(path)
      if (a.text === undefined || b.text === undefined) continue
      const count = linesOf(a.text).length
      if (count === linesOf(b.text).length) lines.set(path, count)
    } else {
      files.add(path)
      const counts = a === undefined ? own.second : own.first
      counts.set(directoryOf(path), (counts.get(directoryOf(path)) ?? 0) + 1)
    }
  }
  // As many each time, under other names: then at least their number can be compared.
  for (const [directory, count] of own.first) if (own.second.get(directory) === count) names.set(directory, count)
  return { values, files, lines, names }
}

/**
 * What differs by itself, for people.
 *
 * @since 0.1.0
 */
export const named = ({ files, values }: ByItself): ReadonlyArray<string> => [...values, ...files]
