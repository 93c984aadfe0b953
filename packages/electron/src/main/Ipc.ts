/**
 * The one place where the main process hears a page: who asks, what for and with what is looked at here, and nothing
 * else is asked for. What is refused is an error for the page, and a line in the log.
 */
import { type Answers, type CallName, calls, channels } from "@halte/web/DesktopBridge"
import { Result, Schema } from "effect"
import { ipcMain } from "electron/main"
import type { IpcMainInvokeEvent, WebContents } from "electron/main"
import * as PageAddress from "./PageAddress.ts"

/** What answers the calls, each with its decoded argument and the window that it came from. */
export type Handlers<Window> = {
  readonly [N in CallName]: (argument: (typeof calls)[N]["Type"], from: Window) => Promise<Answers[N]> | Answers[N]
}

/** A call is refused, or fails: what a person is told. */
export class CallRefused extends Error {
  override readonly name = "Error"
}

/** Answers the calls of the page. Answers what ends that. */
export const install = <Window>(options: {
  /** The window that web contents are the page of; `undefined`: of none of ours. */
  readonly windowOf: (contents: WebContents) => Window | undefined
  readonly handlers: Handlers<Window>
  readonly log: (line: string) => void
}): (() => void) => {
  const { handlers, log, windowOf } = options

  const answer = async <N extends CallName>(name: N, argument: unknown, from: Window): Promise<Answers[N]> => {
    const decoded = isPlain(argument) ? decoders[name](argument) : Result.fail("it is no plain value")
    if (Result.isFailure(decoded)) {
      log(`Call \`${name}\` was refused: ${oneLine(String(decoded.failure))}`)
      throw new CallRefused(`The desktop was asked for \`${name}\` with something that it does not take.`)
    }
    try {
      return await handlers[name](decoded.success, from)
    } catch (error) {
      log(`Call \`${name}\` failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      throw new CallRefused(messageOf(error), { cause: error })
    }
  }

  const hear = async (event: IpcMainInvokeEvent, ...said: ReadonlyArray<unknown>): Promise<unknown> => {
    const from = windowOf(event.sender)
    const why = refusal(event, from !== undefined)
    if (from === undefined || why !== undefined) {
      log(`A call was refused: ${why ?? "it comes from no window"}`)
      throw new CallRefused("The desktop answers only the page of its own windows.")
    }
    const [name, argument] = said
    if (!isCall(name) || said.length > 2) {
      log(`A call was refused: ${typeof name === "string" ? `there is no \`${oneLine(name)}\`` : "it has no name"}`)
      throw new CallRefused("The desktop was asked for something that it does not do.")
    }
    return answer(name, argument, from)
  }

  ipcMain.handle(channels.call, hear)
  return () => ipcMain.removeHandler(channels.call)
}

const refusal = (event: IpcMainInvokeEvent, isOurs: boolean): string | undefined => {
  if (!isOurs) return "it comes from no window of Halte"
  const { sender, senderFrame: frame } = event
  if (event.type !== "frame") return "it comes from no frame"
  if (frame === null || frame.detached) return "its frame is gone"
  const { mainFrame } = sender
  const isTop = frame.processId === mainFrame.processId && frame.routingId === mainFrame.routingId
  if (frame.parent !== null || !isTop) return "it comes from a frame within the page"
  // A document that may be anybody's says so by its origin, whatever its address is.
  if (frame.origin === "null" || !PageAddress.is(frame.url)) return "it comes from another page"
  return undefined
}

/** What every object has by birth is no call. */
const isCall = (name: unknown): name is CallName => typeof name === "string" && Object.hasOwn(calls, name)

/** A set, or a date, has no fields either, and is taken for an object without any. */
const isPlain = (value: unknown): boolean =>
  typeof value !== "object" || value === null || Object.prototype.toString.call(value) === "[object Object]"

type Decoders = { readonly [N in CallName]: (argument: unknown) => Result.Result<(typeof calls)[N]["Type"], unknown> }

const decoders = Object.fromEntries(
  Object.entries(calls).map(([name, schema]) => [
    name,
    Schema.decodeUnknownResult(schema as Schema.Codec<unknown>, { onExcessProperty: "error" })
  ])
) as Decoders

const messageOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return message === "" ? "It failed, and said nothing of why." : message
}

/** What a page says may be long, and have lines of its own. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").slice(0, 200)
