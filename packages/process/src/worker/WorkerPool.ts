/**
 * Worker threads for modules: a limited number, used again for the same module, closed when they have had nothing to do
 * for a while.
 *
 * @since 0.1.0
 */
import { WorkerThread } from "./WorkerThread.ts"

/**
 * @since 0.1.0
 */
export interface PoolOptions {
  readonly size: number
  /** How long a thread waits for work before it is closed. */
  readonly idleMillis: number
  readonly memoryMiB: number | undefined
}

interface Waiter {
  readonly key: string
  readonly take: (worker: WorkerThread) => void
}

/**
 * @since 0.1.0
 */
export class WorkerPool {
  readonly #options: PoolOptions
  readonly #idle = new Map<WorkerThread, NodeJS.Timeout>()
  readonly #all = new Set<WorkerThread>()
  readonly #waiting: Array<Waiter> = []
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Whether it gives no thread any more. */
  get isClosed(): boolean {
    return this.#closed
  }

  /** How many threads there are, busy and idle. */
  get count(): number {
    return this.#all.size
  }

  /**
   * Gives a thread for a module as soon as one is free: one that has loaded it before, else a new one, if need be in the
   * place of an idle one of another module. The returned function takes the wish back.
   */
  acquire(key: string, take: (worker: WorkerThread) => void): () => void {
    const waiter = { key, take }
    this.#waiting.push(waiter)
    this.#serve()
    return () => {
      const at = this.#waiting.indexOf(waiter)
      if (at >= 0) this.#waiting.splice(at, 1)
    }
  }

  /** Takes a thread back. */
  release(worker: WorkerThread): void {
    if (this.#closed || !worker.alive) {
      if (worker.alive) void worker.terminate()
      return
    }
    worker.unref()
    const timer = setTimeout(() => this.#close(worker), this.#options.idleMillis)
    timer.unref()
    this.#idle.set(worker, timer)
    this.#serve()
  }

  /** Ends all threads, busy ones too. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#all].map((worker) => this.#close(worker)))
  }

  #close(worker: WorkerThread): Promise<void> {
    clearTimeout(this.#idle.get(worker))
    this.#idle.delete(worker)
    return worker.terminate()
  }

  #serve(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const waiter = this.#waiting[0]!
      const worker = this.#reuse(waiter.key) ?? this.#start(waiter.key)
      if (worker === undefined) return
      this.#waiting.shift()
      waiter.take(worker)
    }
  }

  #reuse(key: string): WorkerThread | undefined {
    for (const [worker, timer] of this.#idle) {
      if (worker.key !== key || !worker.alive) continue
      clearTimeout(timer)
      this.#idle.delete(worker)
      return worker
    }
    return undefined
  }

  #start(key: string): WorkerThread | undefined {
    if (this.#all.size >= this.#options.size) {
      // The thread idle for the longest makes room; once it has ended, whoever waits is served.
      const [oldest] = this.#idle.keys()
      if (oldest !== undefined) void this.#close(oldest)
      return undefined
    }
    const worker = new WorkerThread(key, { memoryMiB: this.#options.memoryMiB })
    this.#all.add(worker)
    void worker.exited.then(() => {
      this.#all.delete(worker)
      clearTimeout(this.#idle.get(worker))
      this.#idle.delete(worker)
      this.#serve()
    })
    return worker
  }
}
