/**
 * The trace that a request belongs to, as its header `traceparent` says it (W3C Trace Context): what the request starts or
 * resumes becomes a part of that trace, where executions are traced.
 *
 * @since 0.1.0
 */
import { Context, Option, Tracer } from "effect"
import { Headers as EffectHeaders, HttpTraceContext } from "effect/http"

/**
 * Adds the span that a request comes from to the context that it is answered in; a header that can't be read counts as
 * none.
 *
 * @since 0.1.0
 */
export const add = <R>(context: Context.Context<R>, headers: Headers): Context.Context<R> => {
  const traceparent = headers.get("traceparent")
  if (traceparent === null) return context
  return Option.match(HttpTraceContext.w3c(EffectHeaders.fromInput({ traceparent })), {
    onNone: () => context,
    onSome: (span) => Context.add(context, Tracer.ParentSpan, span)
  })
}
