/**
 * The body of a response while its pieces come out of a port: a stream that asks for more only as it is read.
 */
import { AnswerFailed } from "./Port.ts"
import { window } from "./PortMessage.ts"

export interface Options {
  /** So many bytes were read, and as many may be sent. */
  readonly credit: (bytes: number) => void
  /** Nobody reads it any more. */
  readonly cancel: () => void
  /** It is over, however: read to its end, canceled, or broken off. */
  readonly over: () => void
}

/**
 * Pieces wait here until they are read, at most `window` bytes of them: beyond that the other end has no credit.
 *
 * What came before a failure can still be read; then the stream errs. It is never left without an end.
 */
export class ReceivedBody {
  readonly stream: ReadableStream<Uint8Array>
  private readonly options: Options
  private controller!: ReadableStreamDefaultController<Uint8Array>
  private waiting: Array<Uint8Array> = []
  private wake: (() => void) | undefined
  private ending: { readonly error?: unknown } | undefined
  private isOver = false
  /** What the other end may still send. */
  private credit = window
  /** What was read, and not yet told. */
  private read = 0

  constructor(options: Options) {
    this.options = options
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller
        },
        pull: () => this.pull(),
        cancel: () => {
          if (this.isOver) return
          this.finish()
          options.cancel()
        }
      },
      // Nothing is taken ahead of a reader but what waits here.
      { highWaterMark: 0 }
    )
  }

  /** A piece has come. Answers whether it may: an other end that sends without credit is broken. */
  receive(piece: Uint8Array): boolean {
    if (this.isOver || this.ending !== undefined || piece.byteLength === 0) return true
    if (piece.byteLength > this.credit) {
      this.fail(new AnswerFailed("The engine sent more of a response than it was asked for."))
      return false
    }
    this.credit -= piece.byteLength
    this.waiting.push(piece)
    this.wake?.()
    return true
  }

  /** There are no more pieces. */
  end(): void {
    this.ending ??= {}
    this.settle()
  }

  /** It breaks off, after what has come. */
  fail(error: unknown): void {
    this.ending ??= { error }
    this.settle()
  }

  /** It breaks off at once: what has come is of no interest any more. */
  abort(error: unknown): void {
    if (this.isOver) return
    this.finish()
    this.controller.error(error)
  }

  private async pull(): Promise<void> {
    while (this.waiting.length === 0 && this.ending === undefined && !this.isOver)
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    if (this.isOver) return
    const piece = this.waiting.shift()
    if (piece !== undefined) {
      this.controller.enqueue(piece)
      this.took(piece.byteLength)
    }
    this.settle()
  }

  private took(bytes: number): void {
    this.read += bytes
    // Half a window at a time: enough to keep the other end busy, and few messages.
    if (this.ending !== undefined || this.read < window / 2) return
    this.credit += this.read
    this.options.credit(this.read)
    this.read = 0
  }

  private settle(): void {
    if (this.isOver || this.ending === undefined || this.waiting.length > 0) return
    if ("error" in this.ending) {
      // An error throws away what the stream holds for a reader that has gone and may be followed by another.
      if (this.controller.desiredSize !== 0) return
      this.controller.error(this.ending.error)
    } else this.controller.close()
    this.finish()
  }

  private finish(): void {
    this.isOver = true
    this.waiting = []
    this.wake?.()
    this.options.over()
  }
}
