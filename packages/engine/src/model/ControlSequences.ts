/**
 * Output of programs made safe for a terminal: a line may hold colors, cursor movements, titles, even replies that the
 * terminal would type into the shell. All of it goes; what is left is text.
 *
 * @since 0.1.0
 */

/* eslint-disable no-control-regex -- control characters are what this is about */
const sequences = new RegExp(
  [
    // Operating system commands, device control, application strings: up to ST or BEL, or to the end of the line.
    "(?:\\u001b[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007\\u001b\\u009c]*(?:\\u0007|\\u001b\\\\|\\u009c|$)",
    // Control sequences: parameters, intermediates, one final character.
    "(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*(?:[@-~]|$)",
    // Every other escape sequence.
    "\\u001b[ -/]*(?:[0-~]|$)"
  ].join("|"),
  "g"
)
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * A line without control sequences, control characters and marks that reverse the direction of writing. Tabs become
 * spaces; of a line that overwrote itself with carriage returns the last version counts.
 *
 * @since 0.1.0
 */
export const strip = (line: string): string => {
  const text = line.replace(sequences, "").replace(/\r+$/, "")
  const last = text.lastIndexOf("\r")
  return (last < 0 ? text : text.slice(last + 1)).replaceAll("\t", "    ").replaceAll("\n", " ").replace(controls, "")
}

/**
 * A message that becomes part of a longer sentence: safe, and without its full stop.
 *
 * @since 0.1.0
 */
export const sentence = (message: string): string => strip(message).replace(/\.$/, "")
