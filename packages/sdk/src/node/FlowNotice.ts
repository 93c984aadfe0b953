/**
 * What a person is told about flow files, whichever front end says it. What to do next depends on where they were named:
 * the front end adds it.
 *
 * @since 0.1.0
 */
import { DurationText, Words } from "@halte/engine/model"
import type { Notice } from "./ProjectFlows.ts"

const cuts = {
  depth: (n: number) => `deeper than ${n} levels`,
  directories: (n: number) => `beyond the first ${DurationText.count(n)} directories`,
  files: (n: number) => `beyond the first ${DurationText.count(n)} flow files`
} as const

/**
 * What is so, and why, in whole sentences. The mistakes of a file that is wrong are its diagnostics.
 *
 * @since 0.1.0
 */
export const text = (notice: Notice): string => {
  switch (notice._tag) {
    case "Wrong":
      // The directory itself, which was named to be looked through.
      if (notice.file === "")
        return "The project's directory is not there any more, or can't be read: none of its flows can be started."
      return `\`${notice.file}\` can't be started as it is now. Other flows can.`
    case "Right":
      return `\`${notice.file}\` is right again: flow \`${notice.flow}\` can be started.`
    case "NameTaken":
      return notice.files.length === 1
        ? `\`${notice.files[0]}\` names its flow \`${notice.flow}\`, as single commands are called: it is not served.`
        : `${notice.files.length} files name their flow \`${notice.flow}\`: ${Words.list(
            notice.files.map((file) => `\`${file}\``),
            5
          )}. It can't be started until one is left.`
    case "Cut":
      return `Not everything was looked at: there may be flow files ${cuts[notice.bound](notice.at)}.`
  }
}
