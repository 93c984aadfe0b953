/**
 * What a monitoring reads: the metrics of this process, in the text format of Prometheus. It is of no contract between
 * Halte's own programs, and there only where somebody asked for it.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"

const contentType = "text/plain; version=0.0.4; charset=utf-8"

/**
 * The address of the metrics.
 *
 * @since 0.1.0
 */
export const path = "/metrics"

/**
 * The route `GET /metrics`.
 *
 * @since 0.1.0
 */
export const layer = (metrics: (() => string) | undefined): Layer.Layer<never, never, HttpRouter.HttpRouter> =>
  metrics === undefined
    ? Layer.empty
    : HttpRouter.add(
        "GET",
        path,
        Effect.sync(() => HttpServerResponse.text(metrics(), { contentType, headers: { "cache-control": "no-store" } }))
      )
