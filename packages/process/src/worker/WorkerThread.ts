/**
 * The engine's side of one worker thread.
 *
 * @since 0.1.0
 */
import { Worker } from "node:worker_threads"
import type { StepContext, StepFailure } from "@halte/engine"
import {
  type Answer,
  demandNumber,
  type FromWorker,
  newShared,
  slots,
  type ToWorker,
  type Work,
  writeSignal
} from "./WorkerMessage.ts"

/** Running from the sources, or from what was built of them. */
const fromSources = import.meta.url.endsWith(".ts")
const entry = new URL(fromSources ? "./WorkerEntry.ts" : "./WorkerEntry.js", import.meta.url)
/** Options of the engine's process that decide how a module is found and loaded. */
const inherited =
  /^(?:-C|--conditions|--import|--require|-r|--no-warnings|--disable-warning|--preserve-symlinks)(?:=|$)/

const execArgv = (): Array<string> => {
  const options: Array<string> = []
  for (let i = 0; i < process.execArgv.length; i++) {
    const option = process.execArgv[i]!
    if (!inherited.test(option)) continue
    options.push(option)
    const value = process.execArgv[i + 1]
    if (/^(?:-C|--conditions|--import|--require|-r)$/.test(option) && value !== undefined) options.push(value)
  }
  if (fromSources) options.push("--conditions=@halte/source")
  return options
}

/**
 * Who listens to a piece of work.
 *
 * @since 0.1.0
 */
export interface Listener {
  /** Absent for inspections. */
  readonly step?: StepContext.StepContextShape | undefined
  /** Settles when the cursor is committed. */
  readonly saveCursor: (message: FromWorker & { readonly _tag: "Cursor" }) => Promise<void> | undefined
  /** Called once: with the answer, or with a failure when the thread ended before it. */
  readonly ended: (answer: Answer) => void
}

/**
 * @since 0.1.0
 */
export class WorkerThread {
  /** Which modules it may be used for again. */
  readonly key: string
  readonly exited: Promise<void>
  readonly #worker: Worker
  readonly #shared = newShared()
  #job = 0
  #listener: Listener | undefined
  #crash: Error | undefined
  #alive = true
  #terminating = false

  constructor(key: string, options: { readonly memoryMiB: number | undefined }) {
    this.key = key
    this.#worker = new Worker(entry, {
      name: "halte-module",
      workerData: { shared: this.#shared.buffer },
      execArgv: execArgv(),
      // The worker's own streams lead to the step's log; reading these here would keep the process alive.
      stdout: true,
      stderr: true,
      ...(options.memoryMiB === undefined
        ? undefined
        : { resourceLimits: { maxOldGenerationSizeMb: options.memoryMiB } })
    })
    this.#worker.on("message", (message: FromWorker) => this.#take(message))
    this.#worker.on("error", (error) => {
      this.#crash = error instanceof Error ? error : new Error(String(error))
    })
    this.#worker.on("messageerror", (error) => {
      this.#crash = error
    })
    this.exited = new Promise((resolve) => {
      this.#worker.once("exit", (code) => {
        this.#alive = false
        this.#end({ _tag: "Failure", failure: this.#ending(code) })
        resolve()
      })
    })
  }

  get alive(): boolean {
    return this.#alive && !this.#terminating
  }

  begin(work: Work, control: StepContext.StepControl | undefined, listener: Listener): void {
    this.#listener = listener
    this.#worker.ref()
    Atomics.store(this.#shared, slots.signalBytes, 0)
    this.#setDemand(control?.demand ?? "go", control)
    this.#send({ _tag: "Work", job: ++this.#job, work })
  }

  /** Sets the flag that `ctx.stop` reads, without waiting for the thread to listen. */
  demand(demand: StepContext.Demand, control: StepContext.StepControl): void {
    this.#setDemand(demand, control)
    this.#send({ _tag: "Demand", job: this.#job })
  }

  /** Ends the thread, in the middle of whatever it does. */
  terminate(): Promise<void> {
    this.#terminating = true
    void this.#worker.terminate()
    return this.exited
  }

  /** Lets the process end although this thread waits for work. */
  unref(): void {
    this.#worker.unref()
  }

  #setDemand(demand: StepContext.Demand, control: StepContext.StepControl | undefined): void {
    // Once per piece of work, so that nobody reads it while it is being written.
    const signal = control?.signal
    if (signal !== undefined && Atomics.load(this.#shared, slots.signalBytes) === 0) writeSignal(this.#shared, signal)
    Atomics.store(this.#shared, slots.demand, demandNumber(demand))
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  #take(message: FromWorker): void {
    if (message._tag === "Log") {
      Atomics.sub(this.#shared, slots.logBytes, message.text.length + 1)
      Atomics.notify(this.#shared, slots.logBytes)
    }
    // Something of an earlier piece of work that its module had left running.
    if (message.job !== this.#job || this.#listener === undefined) return
    const { saveCursor, step } = this.#listener
    switch (message._tag) {
      case "Log": {
        step?.log(message.text, message.stream)
        return
      }
      case "Report":
        return step?.report(message.progress)
      case "Cursor": {
        const job = this.#job
        const committed = () => {
          if (this.alive && this.#job === job) this.#send({ _tag: "Committed", job, cursor: message.number })
        }
        const commit = saveCursor(message)
        if (commit === undefined) committed()
        else void commit.then(committed)
        return
      }
      case "StopHere":
        return step?.stopHere(message.cursor)
      case "Quiet":
        return step?.quiet(message.on)
      case "Record":
        return step?.record(message.fact)
      case "Answer":
        return this.#end(message.answer)
    }
  }

  #end(answer: Answer): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.ended(answer)
  }

  #ending(code: number): StepFailure.StepFailure {
    const crash = this.#crash as (Error & { readonly code?: string }) | undefined
    if (crash?.code === "ERR_WORKER_OUT_OF_MEMORY") {
      return {
        code: "worker-ended",
        message: "Its worker thread ran out of memory.",
        hint: "Keep less in memory at a time, or run it as a process of its own (`run:`)."
      }
    }
    if (crash !== undefined) {
      return {
        code: "worker-ended",
        message: `Its worker thread ended with an error that nobody caught: ${crash.message}`,
        hint: "Await every promise, and listen to `error` of every emitter.",
        ...(crash.stack === undefined ? undefined : { stack: crash.stack })
      }
    }
    return {
      code: "worker-ended",
      message: this.#terminating
        ? "Its worker thread was terminated."
        : `Its worker thread ended: something called \`process.exit(${code})\`.`,
      ...(this.#terminating ? undefined : { hint: "Return a value or throw an error instead." })
    }
  }
}
