/**
 * What a process says of itself: its memory, its processor time, and how late its event loop is.
 *
 * @since 0.1.0
 */
import { type Context, Effect, Metric, type Scope } from "effect"

/** How often the event loop is looked at: what is late for longer than this is seen for certain. */
const everyMillis = 100

const lagSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/**
 * Measures until the scope closes. What it answers reads the gauges anew: they are read once a second anyhow, for those
 * that nobody asks for but sends.
 *
 * @since 0.1.0
 */
export const make = (version: string): Effect.Effect<() => void, never, Scope.Scope> =>
  Effect.contextWith((context: Context.Context<Scope.Scope>) => {
    const lag = Metric.histogram("halte_event_loop_lag_seconds", {
      description: "How much later than it should a timer of 100 ms came: what everything in this process waits for.",
      boundaries: lagSeconds
    })
    const gauge = (name: string, description: string) => Metric.gauge(name, { description })
    const resident = gauge("process_resident_memory_bytes", "Resident memory size in bytes.")
    const heap = gauge("nodejs_heap_size_used_bytes", "Process heap size used from Node.js in bytes.")
    const external = gauge("nodejs_external_memory_bytes", "Node.js external memory size in bytes.")
    const started = gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.")
    const cpu = Metric.counter("process_cpu_seconds_total", {
      description: "Total user and system CPU time spent in seconds.",
      incremental: true
    })
    const build = Metric.gauge("halte_build_info", {
      description: "Always 1; the labels say what runs.",
      attributes: { version: version, node: process.version }
    })
    let cpuBefore = 0
    const read = (): void => {
      const { external: outside, heapUsed, rss } = process.memoryUsage()
      resident.updateUnsafe(rss, context)
      heap.updateUnsafe(heapUsed, context)
      external.updateUnsafe(outside, context)
      const { system, user } = process.cpuUsage()
      const now = (system + user) / 1e6
      cpu.updateUnsafe(Math.max(0, now - cpuBefore), context)
      cpuBefore = now
    }
    return Effect.asVoid(
      Effect.acquireRelease(
        Effect.sync(() => {
          // Read once, it is there: also before the first timer has come.
          lag.valueUnsafe(context)
          build.updateUnsafe(1, context)
          started.updateUnsafe(Math.round((performance.timeOrigin / 1000) * 1000) / 1000, context)
          read()
          let due = performance.now() + everyMillis
          let ticks = 0
          const timer = setInterval(() => {
            const now = performance.now()
            lag.updateUnsafe(Math.max(0, now - due) / 1000, context)
            due = now + everyMillis
            if (++ticks % (1000 / everyMillis) === 0) read()
          }, everyMillis)
          // A process that has nothing else to do ends.
          timer.unref()
          return timer
        }),
        (timer) => Effect.sync(() => clearInterval(timer))
      )
    ).pipe(Effect.as(read))
  })
