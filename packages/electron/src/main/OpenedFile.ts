/**
 * A flow file that a person opens: the engine is told of it, and says which flow it is, or why it is none. Nothing of it
 * is read here but the name that it gives its flow.
 */
import { open } from "node:fs/promises"
import { basename, extname } from "node:path"
import { type Executions, ExecutionsError, StepId } from "@halte/engine/model"
import { Effect, Result } from "effect"

/** `Wrong`: it is no flow file, or one with mistakes. `Unknown`: the engine knows no flow of it. */
export type Opened =
  | { readonly _tag: "Flow"; readonly name: string }
  | { readonly _tag: "Wrong"; readonly text: string }
  | { readonly _tag: "Unknown"; readonly text: string }

/** How often, and how long after one another, it is looked for: the engine may hear of the file a moment later. */
const tries = 8
const pauseMillis = 250

/** Finds out which flow a file is that the engine was told of. */
export const find = async (
  file: string,
  executions: Pick<Executions.ExecutionsShape, "start">,
  pause: () => Promise<void> = () => new Promise((resolve) => setTimeout(resolve, pauseMillis))
): Promise<Opened> => {
  const names = await namesOf(file)
  for (let i = 0; i < tries; i++) {
    if (i > 0) await pause()
    for (const name of names) {
      const found = await ask(executions, name)
      if (found !== undefined) return found
    }
  }
  const called = names.map((name) => `\`${name}\``).join(" or ")
  return {
    _tag: "Unknown",
    text: `\`${basename(file)}\` was opened, but the engine knows no flow ${called}. Open the file once more.`
  }
}

/** No flow has it: a start that states it is refused, always. */
const noFingerprint = "-"

/**
 * Whether a flow of this name can be started. A start is what reads its file anew and says what is wrong with it; this one
 * states a fingerprint that no flow has, so that it starts nothing.
 */
const ask = async (
  executions: Pick<Executions.ExecutionsShape, "start">,
  name: string
): Promise<Opened | undefined> => {
  const answer = await Effect.runPromise(
    Effect.result(executions.start({ flow: name, fingerprint: noFingerprint, source: "Desktop" }))
  )
  if (Result.isSuccess(answer)) return { _tag: "Flow", name }
  const error = answer.failure
  if (error instanceof ExecutionsError.FlowNotFound) return undefined
  if (error instanceof ExecutionsError.FlowInvalid) return { _tag: "Wrong", text: error.message }
  if (error instanceof ExecutionsError.ExecutionsUnavailable) return { _tag: "Unknown", text: error.message }
  // It differs, or is busy: it is there.
  return { _tag: "Flow", name }
}

/** The names that its flow may go by: the one that it says, then those of the file. */
const namesOf = async (file: string): Promise<ReadonlyArray<string>> => {
  const name = basename(file)
  const said = nameIn(extname(file).toLowerCase(), await beginning(file))
  // The engine calls one that was never right by its name without this ending.
  const ofFile = name.replace(/\.flow\.\w+$/, "")
  return [...new Set([...(said === undefined ? [] : [said]), ofFile])].filter((one) => one !== "")
}

/** The name that a text gives its flow. Which one it really is, the engine decides. */
export const nameIn = (extension: string, text: string): string | undefined => {
  const name =
    extension === ".json"
      ? ofJson(text)
      : ofYaml
          .exec(text)
          ?.slice(1)
          .find((part) => part !== undefined)
  return typeof name === "string" && StepId.isName(name) ? name : undefined
}

const ofYaml = /^name:[ \t]*(?:"([^"\\\n]*)"|'([^'\n]*)'|([^\s#'"]+))/m

const ofJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? (value as { readonly name?: unknown }).name : undefined
  } catch {
    return undefined
  }
}

/** It stands near the beginning; a file that is no flow file may be of any size. */
const longest = 64 * 1024

const beginning = async (file: string): Promise<string> => {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(longest), 0, longest, 0)
      return buffer.toString("utf8", 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch {
    // The engine says that, and why.
    return ""
  }
}
