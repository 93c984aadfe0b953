/**
 * How the person who reads a hint can type the command: as they started this one.
 */

export const get = (env: NodeJS.ProcessEnv = process.env): string => {
  if (env["npm_lifecycle_event"] === "start") return "npm start --"
  if (env["npm_command"] === "exec") return "npx halte"
  return "halte"
}

/** An argument as a POSIX shell reads it back. */
export const quote = (text: string): string =>
  /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** A command line to copy. */
export const line = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = process.env): string =>
  [get(env), ...args.map(quote)].join(" ")
