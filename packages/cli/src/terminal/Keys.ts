/**
 * The keyboard while the tree is shown. Raw mode is on only between `start` and `stop`, and `stop` also runs when the
 * process ends in any way that lets JavaScript run.
 */

export type Key = "interrupt" | "suspend" | "up" | "down" | "escape" | "enter" | "erase" | { readonly char: string }

/** The keys in a chunk of what a terminal in raw mode sends. */
export const parse = (chunk: string): ReadonlyArray<Key> => {
  const keys: Array<Key> = []
  for (let i = 0; i < chunk.length; i++) {
    const char = chunk[i]!
    if (char === "\u0003") keys.push("interrupt")
    else if (char === "\u001a") keys.push("suspend")
    else if (char === "\u001b") {
      // oxlint-disable-next-line no-control-regex
      const sequence = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|O[A-Z])/.exec(chunk.slice(i))?.[0]
      if (sequence === undefined) keys.push("escape")
      else {
        if (sequence === "\u001b[A" || sequence === "\u001bOA") keys.push("up")
        if (sequence === "\u001b[B" || sequence === "\u001bOB") keys.push("down")
        i += sequence.length - 1
      }
    } else if (char === "\r" || char === "\n") keys.push("enter")
    else if (char === "\u007f" || char === "\b") keys.push("erase")
    else if (char >= " ") {
      // A character beyond the first 65,536 is two in a text.
      const whole = String.fromCodePoint(chunk.codePointAt(i)!)
      keys.push({ char: whole })
      i += whole.length - 1
    }
  }
  return keys
}

export interface Keys {
  readonly start: () => void
  readonly stop: () => void
  readonly active: () => boolean
}

export const make = (onKey: (key: Key) => void, input: NodeJS.ReadStream = process.stdin): Keys => {
  let active = false
  const onData = (chunk: Buffer | string) => {
    for (const key of parse(String(chunk))) onKey(key)
  }
  const stop = () => {
    if (!active) return
    active = false
    process.off("exit", stop)
    input.off("data", onData)
    input.off("error", ignore)
    try {
      input.setRawMode(false)
    } catch {
      // The terminal is gone.
    }
    input.pause()
  }
  return {
    active: () => active,
    start: () => {
      if (active || !input.isTTY) return
      try {
        input.setRawMode(true)
      } catch {
        return
      }
      active = true
      input.on("data", onData)
      input.on("error", ignore)
      input.resume()
      process.on("exit", stop)
    },
    stop
  }
}

const ignore = () => {}
