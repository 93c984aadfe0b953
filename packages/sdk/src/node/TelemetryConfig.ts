/**
 * What the standard environment variables of OpenTelemetry ask for. Only variables are read here, and nothing is done.
 *
 * What is wrong with a variable is told as a notice and the default stands in: no execution fails for how it is watched.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

/**
 * @since 0.1.0
 */
export type Signal = "traces" | "metrics" | "logs"
export const signals: ReadonlyArray<Signal> = ["traces", "metrics", "logs"]

/**
 * Where one signal goes, and in which portions.
 *
 * @since 0.1.0
 */
export interface Target {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly protocol: "http/protobuf" | "http/json"
  readonly gzip: boolean
  /** How long one request may take. */
  readonly timeout: Duration.Duration
  /** How often it is sent. */
  readonly every: Duration.Duration
  /** How many spans or records wait at most; further ones are dropped and counted. */
  readonly queue: number
  readonly batch: number
}

/**
 * Which executions are traced. `parent`: one that was started within a trace follows it.
 *
 * @since 0.1.0
 */
export interface Sampling {
  readonly parent: boolean
  /** Of those without a parent. */
  readonly ratio: number
}

/**
 * @since 0.1.0
 */
export interface TelemetryConfig {
  readonly targets: Partial<Readonly<Record<Signal, Target>>>
  readonly serviceName: string
  readonly attributes: Readonly<Record<string, string>>
  readonly sampling: Sampling
  readonly notices: ReadonlyArray<string>
}

type Env = Readonly<Record<string, string | undefined>>

/** What OpenTelemetry sets where nothing is said. */
const localCollector = "http://localhost:4318"

/** The part of a variable's name that says how spans and records are gathered. */
const gathering = { traces: "OTEL_BSP", logs: "OTEL_BLRP", metrics: undefined } as const

/**
 * Reads the variables.
 *
 * @since 0.1.0
 */
export const fromEnv = (env: Env): TelemetryConfig => {
  const notices: Array<string> = []
  // A variable that is empty counts as one that is not set.
  const text = (name: string): string | undefined => env[name]?.trim() || undefined
  const either = (signal: Signal, name: string): readonly [string | undefined, string] => {
    const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`
    const value = text(own)
    return value === undefined ? [text(`OTEL_EXPORTER_OTLP_${name}`), `OTEL_EXPORTER_OTLP_${name}`] : [value, own]
  }
  const notice = (name: string, why: string): void => {
    if (!notices.some((known) => known.startsWith(`\`${name}\``))) notices.push(`\`${name}\` ${why}.`)
  }
  const count = ([value, name]: readonly [string | undefined, string], least: number, otherwise: number): number => {
    if (value === undefined) return otherwise
    const number = Number(value)
    if (Number.isSafeInteger(number) && number >= least) return number
    notice(name, `is \`${value}\`, which is no whole number from ${least} on: ${otherwise} is used`)
    return otherwise
  }
  const named = (name: string): readonly [string | undefined, string] => [text(name), name]

  const exporter = (signal: Signal): "otlp" | "none" | undefined => {
    const name = `OTEL_${signal.toUpperCase()}_EXPORTER`
    const value = text(name)?.toLowerCase()
    if (value === undefined) return undefined
    const list = value.split(",").map((one) => one.trim())
    if (list.includes("otlp")) return "otlp"
    if (!list.includes("none")) notice(name, `is \`${value}\`; Halte sends \`otlp\`, or \`none\`: nothing is sent`)
    return "none"
  }

  const urlOf = (signal: Signal): string | undefined => {
    const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`
    const asked = exporter(signal)
    if (asked === "none") return undefined
    const base = text("OTEL_EXPORTER_OTLP_ENDPOINT") ?? (asked === "otlp" ? localCollector : undefined)
    const exact = text(own)
    const value = exact ?? base
    if (value === undefined) return undefined
    const url = URL.parse(value)
    if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
      notice(
        exact === undefined ? "OTEL_EXPORTER_OTLP_ENDPOINT" : own,
        `is \`${value}\`, which is no address that begins with http:// or https://: no ${signal} are sent`
      )
      return undefined
    }
    if (exact === undefined) url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/${signal}`
    return url.href
  }

  const target = (signal: Signal): Target | undefined => {
    const url = urlOf(signal)
    if (url === undefined) return undefined
    const [protocol = "http/protobuf", protocolName] = either(signal, "PROTOCOL")
    if (protocol !== "http/protobuf" && protocol !== "http/json") {
      notice(
        protocolName,
        `is \`${protocol}\`; Halte speaks \`http/protobuf\` and \`http/json\`, by default on port 4318: no ${signal} are sent`
      )
      return undefined
    }
    const [headers, headersName] = either(signal, "HEADERS")
    const [compression, compressionName] = either(signal, "COMPRESSION")
    if (compression !== undefined && compression !== "gzip" && compression !== "none")
      notice(compressionName, `is \`${compression}\`, and can be \`gzip\` or \`none\`: nothing is compressed`)
    const prefix = gathering[signal]
    const queue = prefix === undefined ? 0 : count(named(`${prefix}_MAX_QUEUE_SIZE`), 1, 2048)
    const every =
      prefix === undefined
        ? count(named("OTEL_METRIC_EXPORT_INTERVAL"), 1, 60_000)
        : count(named(`${prefix}_SCHEDULE_DELAY`), 1, signal === "traces" ? 5_000 : 1_000)
    return {
      url,
      headers: pairs(headers, (part) =>
        notice(headersName, `has the part \`${part.slice(0, 12)}\`, which is not \`name=value\`: it is left out`)
      ),
      protocol,
      gzip: compression === "gzip",
      timeout: Duration.millis(count(either(signal, "TIMEOUT"), 1, 10_000)),
      every: Duration.millis(every),
      queue,
      batch: prefix === undefined ? 0 : Math.min(queue, count(named(`${prefix}_MAX_EXPORT_BATCH_SIZE`), 1, 512))
    }
  }

  const targets: Partial<Record<Signal, Target>> = {}
  if (text("OTEL_SDK_DISABLED")?.toLowerCase() !== "true")
    for (const signal of signals) {
      const found = target(signal)
      if (found !== undefined) targets[signal] = found
    }
  const { "service.name": named_, ...attributes } = pairs(text("OTEL_RESOURCE_ATTRIBUTES"), (part) =>
    notice("OTEL_RESOURCE_ATTRIBUTES", `has the part \`${part}\`, which is not \`name=value\`: it is left out`)
  )
  return {
    targets,
    serviceName: text("OTEL_SERVICE_NAME") ?? named_ ?? "halte",
    attributes,
    sampling: targets.traces === undefined ? everything : sampling(text, notice),
    notices
  }
}

const everything: Sampling = { parent: true, ratio: 1 }

const sampling = (
  text: (name: string) => string | undefined,
  notice: (name: string, why: string) => void
): Sampling => {
  const value = text("OTEL_TRACES_SAMPLER")?.toLowerCase() ?? "parentbased_always_on"
  const parent = value.startsWith("parentbased_")
  switch (value.replace(/^parentbased_/, "")) {
    case "always_on":
      return { parent, ratio: 1 }
    case "always_off":
      return { parent, ratio: 0 }
    case "traceidratio": {
      const said = text("OTEL_TRACES_SAMPLER_ARG") ?? "1"
      const ratio = Number(said)
      if (ratio >= 0 && ratio <= 1) return { parent, ratio }
      notice("OTEL_TRACES_SAMPLER_ARG", `is \`${said}\`, which is no number from 0 to 1: all are traced`)
      return { parent, ratio: 1 }
    }
    default:
      notice("OTEL_TRACES_SAMPLER", `is \`${value}\`, which Halte does not know: all are traced`)
      return everything
  }
}

/** `a=1,b=two%20words` */
const pairs = (text: string | undefined, wrong: (part: string) => void): Record<string, string> => {
  const found: Record<string, string> = {}
  for (const part of text?.split(",") ?? []) {
    if (part.trim() === "") continue
    const at = part.indexOf("=")
    const name = part.slice(0, at).trim()
    const value = decode(part.slice(at + 1).trim())
    if (at < 1 || name === "" || value === undefined) wrong(part.trim())
    else found[name] = value
  }
  return found
}

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
