/**
 * Sends what is observed to a collector of OpenTelemetry, by OTLP over HTTP. It is loaded when a variable asks for it, and
 * not otherwise.
 *
 * @since 0.1.0
 */
import { ConfigProvider, type Duration, Effect, Layer, type Scope } from "effect"
import { FetchHttpClient, HttpClient, HttpClientError, type HttpClientRequest } from "effect/http"
import { OtlpExporter, OtlpMetrics, OtlpSerialization } from "effect/observability"
import type { ObservedStore } from "@halte/engine"
import * as ExecutionRecords from "./ExecutionRecords.ts"
import * as ExecutionSpans from "./ExecutionSpans.ts"
import type { Target, TelemetryConfig } from "./TelemetryConfig.ts"
import * as TelemetryQueue from "./TelemetryQueue.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  readonly config: TelemetryConfig
  readonly version: string
  readonly report: (problem: string) => void
}

/**
 * Begins to send. What it answers observes for the signals that are made of events: traces and logs.
 *
 * @since 0.1.0
 */
export const make = ({
  config,
  report,
  version
}: Options): Effect.Effect<ReadonlyArray<ObservedStore.ExecutionObserver>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { attributes, sampling, serviceName, targets } = config
    const resource = resourceOf(config, version)
    const scope = { name: "halte", version }
    const { logs, metrics, traces } = targets
    if (metrics !== undefined)
      yield* OtlpMetrics.make({
        url: metrics.url,
        headers: metrics.headers,
        compression: metrics.gzip ? "gzip" : "none",
        exportInterval: metrics.every,
        resource: { serviceName, serviceVersion: version, attributes }
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            OtlpExporter.layerFlusher,
            layerSerialization(metrics),
            // A collector that takes a request and never answers would hold the next ones up for ever.
            Layer.effect(
              HttpClient.HttpClient,
              Effect.map(HttpClient.HttpClient, HttpClient.transform(within(metrics.timeout)))
            ).pipe(Layer.provide(FetchHttpClient.layer))
          )
        ),
        // All that it would read there was read already, with what is wrong in it told.
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({}))
      )
    const records =
      logs &&
      (yield* Effect.flatMap(serializationOf(logs), (serialization) =>
        TelemetryQueue.make<ExecutionRecords.LogRecord>({
          signal: "logs",
          target: logs,
          report,
          encode: (logRecords) =>
            serialization.logs({ resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [...logRecords] }] }] })
        })
      ))
    const spans =
      traces &&
      (yield* Effect.flatMap(serializationOf(traces), (serialization) =>
        TelemetryQueue.make<ExecutionSpans.Span>({
          signal: "traces",
          target: traces,
          report,
          encode: (spans) =>
            serialization.traces({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [...spans] }] }] })
        })
      ))
    const push = records && ((record: ExecutionRecords.LogRecord) => records.push(record))
    if (spans !== undefined)
      return [ExecutionSpans.make(spans, sampling, push === undefined ? undefined : ExecutionRecords.make(push))]
    return push === undefined ? [] : [ExecutionRecords.observer(push)]
  })

const within =
  (duration: Duration.Duration) =>
  <A>(
    response: Effect.Effect<A, HttpClientError.HttpClientError>,
    request: HttpClientRequest.HttpClientRequest
  ): Effect.Effect<A, HttpClientError.HttpClientError> =>
    Effect.timeoutOrElse(response, {
      duration,
      orElse: () =>
        Effect.fail(
          new HttpClientError.HttpClientError({
            reason: new HttpClientError.TransportError({ request, description: "no answer in time" })
          })
        )
    })

const layerSerialization = ({ protocol }: Target) =>
  protocol === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf

const serializationOf = (target: Target) =>
  Effect.provide(OtlpSerialization.OtlpSerialization, layerSerialization(target))

const resourceOf = ({ attributes, serviceName }: TelemetryConfig, version: string) => ({
  attributes: ExecutionSpans.attributesOf({
    "service.name": serviceName,
    "service.version": version,
    "telemetry.sdk.name": "halte",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": version,
    "process.pid": process.pid,
    ...attributes
  }),
  droppedAttributesCount: 0
})
