/**
 * Reads the text format of Prometheus (version 0.0.4) as strictly as its own reader and linter do, and throws at what
 * these would refuse or complain of.
 */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: ReadonlyArray<Sample>
}

const types = ["counter", "gauge", "histogram", "summary", "untyped"]
const nameOf = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/

export const parse = (text: string): ReadonlyMap<string, Family> => {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line has no end")
  const families = new Map<string, { name: string; type: string; help: string; samples: Array<Sample> }>()
  let help: readonly [string, string] | undefined
  let now: { name: string; type: string; help: string; samples: Array<Sample> } | undefined
  for (const line of text.split("\n").slice(0, -1)) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line)
    if (comment !== null) {
      const [, what, name = "", rest = ""] = comment
      if (!nameOf.test(name)) throw new Error(`\`${name}\` is no name of a metric`)
      if (what === "HELP") {
        if (/\\(?![\\n])/.test(rest)) throw new Error(`the help of ${name} has a backslash that stands for nothing`)
        help = [name, rest]
        continue
      }
      if (!types.includes(rest)) throw new Error(`${name} has the type \`${rest}\``)
      if (families.has(name)) throw new Error(`${name} comes twice`)
      if (help?.[0] !== name || help[1].trim() === "") throw new Error(`${name} has no help`)
      now = { name, type: rest, help: help[1], samples: [] }
      families.set(name, now)
      continue
    }
    const sample = readSample(line)
    if (now === undefined || !belongs(now, sample.name)) throw new Error(`\`${line}\` belongs to no family before it`)
    now.samples.push(sample)
  }
  for (const family of families.values()) check(family)
  return families
}

const belongs = ({ name, type }: Family, sample: string): boolean =>
  sample === name ||
  (type === "histogram" && ["_bucket", "_sum", "_count"].some((end) => sample === name + end)) ||
  (type === "summary" && ["_sum", "_count"].some((end) => sample === name + end))

const readSample = (line: string): Sample => {
  const begin = /^([a-zA-Z_:][a-zA-Z0-9_:]*)/.exec(line)?.[1]
  if (begin === undefined) throw new Error(`\`${line}\` begins with no name`)
  let rest = line.slice(begin.length)
  const labels: Record<string, string> = {}
  if (rest.startsWith("{")) {
    rest = rest.slice(1)
    while (!rest.startsWith("}")) {
      const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)",?/.exec(rest)
      if (label === null) throw new Error(`\`${line}\` has a label that can't be read, at \`${rest}\``)
      const [all, name = "", value = ""] = label
      if (name in labels) throw new Error(`\`${line}\` has the label ${name} twice`)
      labels[name] = value.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char))
      rest = rest.slice(all.length)
    }
    rest = rest.slice(1)
  }
  const value = /^ (\S+)$/.exec(rest)?.[1]
  if (value === undefined) throw new Error(`\`${line}\` has no value`)
  return { name: begin, labels, value: readValue(value, line) }
}

const readValue = (text: string, line: string): number => {
  if (text === "+Inf") return Number.POSITIVE_INFINITY
  if (text === "-Inf") return Number.NEGATIVE_INFINITY
  const value = Number(text)
  if (Number.isNaN(value) && text !== "NaN") throw new Error(`\`${line}\` has the value \`${text}\``)
  return value
}

const check = ({ name, samples, type }: Family): void => {
  if (type === "counter" && !name.endsWith("_total")) throw new Error(`the counter ${name} does not end with _total`)
  if (type !== "counter" && name.endsWith("_total")) throw new Error(`${name} ends with _total and is no counter`)
  if (/(milliseconds|_ms|minutes|_kb|megabytes)(_|$)/.test(name)) throw new Error(`${name} is not in base units`)
  const seen = new Set<string>()
  for (const sample of samples) {
    const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`
    if (seen.has(key)) throw new Error(`${key} comes twice`)
    seen.add(key)
    if (type === "counter" && !(sample.value >= 0)) throw new Error(`${key} counts ${sample.value}`)
  }
  if (type !== "histogram") return
  const series = new Map<string, Array<Sample>>()
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels
    const key = JSON.stringify(Object.entries(labels).sort())
    series.set(key, [...(series.get(key) ?? []), sample])
  }
  for (const [key, all] of series) {
    const buckets = all.filter((sample) => sample.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels }) => readValue(labels["le"] ?? "", key))
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`${name} ${key} does not end with +Inf`)
    for (let i = 1; i < buckets.length; i++) {
      if (!(bounds[i]! > bounds[i - 1]!)) throw new Error(`the buckets of ${name} ${key} are not in order`)
      if (buckets[i]!.value < buckets[i - 1]!.value) throw new Error(`the buckets of ${name} ${key} do not add up`)
    }
    const count = all.find((sample) => sample.name === `${name}_count`)?.value
    if (count !== buckets.at(-1)!.value) throw new Error(`${name} ${key} has another count than its last bucket`)
    if (!all.some((sample) => sample.name === `${name}_sum`)) throw new Error(`${name} ${key} has no sum`)
  }
}

/** The value of a sample, found by its name and by some of its labels; nothing when there is none, a throw at several. */
export const value = (
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {}
): number | undefined => {
  const all = [...families.values()].flatMap((family) => family.samples)
  const found = all.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text)
  )
  if (found.length > 1) throw new Error(`${name} with ${JSON.stringify(labels)} stands for ${found.length} samples`)
  return found[0]?.value
}
