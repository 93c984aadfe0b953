/**
 * The engine's `ProcessRunner` on Node: programs in marked process trees, ended in two stages, never reported as stopped
 * while one of them is alive.
 *
 * A supervisor watches over this process from the first program on, and ends the programs should this process be killed.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import { ProcessRunner } from "@halte/engine"
import { type Capabilities, probe } from "./Capabilities.ts"
import * as CurrentPlatform from "./CurrentPlatform.ts"
import { ProcessExecution } from "./ProcessExecution.ts"
import * as Proc from "./ProcFileSystem.ts"
import * as ProcessMark from "./ProcessMark.ts"
import type { ProcessPlatform } from "./ProcessPlatform.ts"
import { ReportDirectory } from "./ReportFile.ts"
import { defaultLimits, type OutputLimits } from "./StepOutput.ts"
import { Supervisor } from "./Supervisor.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  /** The number of this engine in all of its marks, from `newEngine`; stored by whoever sweeps after a crash. @default a new one */
  readonly engine?: number | undefined
  /** @default the platform this runs on */
  readonly platform?: ProcessPlatform | undefined
  readonly limits?: Partial<OutputLimits> | undefined
  /** How long SIGKILL is repeated before processes are reported as left. @default 10,000 */
  readonly killBoundMillis?: number | undefined
  /**
   * Whether a small process waits beside this one, from the first program on, to end the programs when this one is killed.
   *
   * @default true, and without effect on Windows
   */
  readonly supervised?: boolean | undefined
  /**
   * The program that this small process becomes when this one is killed, by its path, and its first arguments: one that
   * does what `run` of `@halte/process/sweep` does. For programs whose own executable is no Node.
   *
   * @default this Node, with a file of this package
   */
  readonly sweeper?: readonly [string, ...ReadonlyArray<string>] | undefined
  /** Told of a step's graceful signal before it is sent. */
  readonly onGraceful?: ((mark: ProcessMark.ProcessMark) => void) | undefined
}

/**
 * What can be known about processes here, beside running them.
 *
 * @since 0.1.0
 */
export class ProcessCapabilities extends Context.Service<
  ProcessCapabilities,
  { readonly engine: number; readonly get: Effect.Effect<Capabilities> }
>()("@halte/process/ProcessCapabilities") {}

/**
 * A number for an engine that starts, below that of an engine around it.
 *
 * @since 0.1.0
 */
export const newEngine = (): number => {
  const hard = Proc.residentLimits("self")?.[1]
  return ProcessMark.newEngine(hard === undefined || hard === "unlimited" ? undefined : hard)
}

const hasLeft = (error: unknown): boolean =>
  error instanceof ProcessRunner.ProcessError && error.failure.code === "processes-left"

/**
 * The layer. Closing it ends what still runs, as an interrupt does.
 *
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<ProcessRunner.ProcessRunner | ProcessCapabilities> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const platform = options.platform ?? CurrentPlatform.make()
      const engine = options.engine ?? newEngine()
      const marks = ProcessMark.counter(engine)
      const reports = new ReportDirectory()
      const live = new Set<ProcessExecution>()
      const supervisor =
        options.supervised === false ? undefined : new Supervisor({ engine, platform, sweeper: options.sweeper })
      yield* Effect.addFinalizer(() =>
        Effect.promise(async () => {
          await Promise.all([...live].map((execution) => execution.stop()))
          await supervisor?.end()
          reports.close()
        })
      )

      const run: ProcessRunner.ProcessRunnerShape["run"] = (spec, step) =>
        Effect.flatMap(Effect.context<never>(), (services) =>
          Effect.callback((resume) => {
            const mark = marks.take()
            const execution = new ProcessExecution(spec, step, {
              platform,
              mark,
              reports,
              limits: { ...defaultLimits, ...options.limits },
              killBoundMillis: options.killBoundMillis ?? 10_000,
              beforeStart: async () => supervisor?.start(),
              onGraceful: () => {
                supervisor?.graceful(mark)
                options.onGraceful?.(mark)
              },
              commit: (effect) => Effect.runPromiseWith(services)(effect),
              describe: Proc.commandLine
            })
            live.add(execution)
            const settle = () => {
              live.delete(execution)
              marks.giveBack(mark)
            }
            execution.done.then(
              (result) => {
                settle()
                supervisor?.ended(mark)
                resume(Effect.succeed(result))
              },
              (error: unknown) => {
                settle()
                // What could not be ended has had its signal for as long as it lives.
                if (!hasLeft(error)) supervisor?.ended(mark)
                resume(error instanceof ProcessRunner.ProcessError ? Effect.fail(error) : Effect.die(error))
              }
            )
            return Effect.promise(() => execution.stop())
          })
        )

      return Context.make(ProcessRunner.ProcessRunner, { run }).pipe(
        Context.add(ProcessCapabilities, {
          engine,
          get: yield* Effect.cached(probe(platform, engine, supervisor))
        })
      )
    })
  )
