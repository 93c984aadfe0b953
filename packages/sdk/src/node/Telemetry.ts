/**
 * How the executions of a process look in somebody's monitoring: numbers for Prometheus, and traces, metrics and log
 * records for a collector of OpenTelemetry where its standard variables name one.
 *
 * It only observes: an execution is never slowed by who looks, nor ended by what is wrong with that.
 *
 * @since 0.1.0
 */
import { Context, Effect, Metric, type Scope } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { Version } from "@halte/api"
import { ObservedStore } from "@halte/engine"
import * as ExecutionMetrics from "./ExecutionMetrics.ts"
import * as ProcessMetrics from "./ProcessMetrics.ts"
import * as TelemetryConfig from "./TelemetryConfig.ts"

/**
 * What of a process is seen from outside.
 *
 * @since 0.1.0
 */
export interface Telemetry {
  /** For `Project.open({ observe })`, or around any store with `ObservedStore.make`. */
  readonly observe: ObservedStore.ExecutionObserver
  /** All metrics of this process, in the text format of Prometheus: for the option `metrics` of a server. */
  readonly metrics: () => string
  /** Which signals are sent, and where to. */
  readonly sends: ReadonlyArray<{ readonly signal: TelemetryConfig.Signal; readonly url: string }>
  /** What a person should know: variables that are wrong. */
  readonly notices: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 */
export interface Options {
  /** Where the variables of OpenTelemetry are read. @default the environment of the process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Is told when a collector begins to refuse. @default writes to standard error */
  readonly report?: ((problem: string) => void) | undefined
}

/**
 * Observes until the scope closes; what is still to be sent then has three seconds.
 *
 * **Details**
 *
 * Metrics are kept in the registry of the context, which is one for the whole process unless a program provides another
 * `Metric.MetricRegistry`. Nothing is loaded or sent when no variable asks for it.
 *
 * **Example** (Observing a project)
 *
 * ```ts
 * import { Project, Telemetry } from "@halte/sdk/node"
 *
 * const telemetry = yield* Telemetry.make()
 * const project = yield* Project.open({ observe: telemetry.observe })
 * ```
 *
 * @since 0.1.0
 */
export const make = (options: Options = {}): Effect.Effect<Telemetry, never, Scope.Scope> =>
  Effect.gen(function* () {
    const context = Context.make(Metric.MetricRegistry, yield* Metric.MetricRegistry)
    const config = TelemetryConfig.fromEnv(options.env ?? process.env)
    const { notices, targets } = config
    const sends = TelemetryConfig.signals.flatMap((signal) => {
      const url = targets[signal]?.url
      return url === undefined ? [] : [{ signal, url: new URL(url).origin + new URL(url).pathname }]
    })
    const report = options.report ?? ((problem: string) => console.error(problem))
    const refresh = yield* ProcessMetrics.make(Version.version)
    const observers = [
      ExecutionMetrics.make(context),
      ...(sends.length === 0
        ? []
        : yield* Effect.flatMap(
            Effect.promise(() => import("./TelemetryExport.ts")),
            (exporting) => exporting.make({ config, version: Version.version, report })
          ))
    ]
    return {
      observe: ObservedStore.together(observers),
      metrics: () => {
        refresh()
        return PrometheusMetrics.formatUnsafe(context)
      },
      sends,
      notices
    }
  })
