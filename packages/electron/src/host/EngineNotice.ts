/**
 * What a person is told about flow files in a window: what is so, and what to do about it there.
 */
import type { ProjectFlows } from "@halte/sdk/node"

/** Mistakes of one file that are told: whoever has corrected them sees the next ones. */
const most = 10

/** `text` is what is so, as every front end says it. */
export const text = (notice: ProjectFlows.Notice, text: string): string => {
  switch (notice._tag) {
    case "Wrong": {
      if (notice.file === "") return `${text} Put it back, or open the project where it is now.`
      const mistakes = notice.error.diagnostics.filter(({ severity }) => severity === "error")
      const more = mistakes.length - most
      return [text, ...mistakes.slice(0, most).map(line), ...(more > 0 ? [`and ${more} more`] : [])].join("\n")
    }
    case "Right":
      return text
    case "NameTaken":
      return `${text} ${notice.files.length === 1 ? "Give it another name." : "Give the others other names."}`
    case "Cut":
      return `${text} Open a directory further down, or these files one by one.`
  }
}

/** The files that a notice says something wrong of. */
export const wrong = (notice: ProjectFlows.Notice): ReadonlyArray<string> => {
  switch (notice._tag) {
    case "Wrong":
      return [notice.file]
    case "NameTaken":
      return notice.files
    case "Right":
    case "Cut":
      return []
  }
}

type Diagnostic = Extract<ProjectFlows.Notice, { readonly _tag: "Wrong" }>["error"]["diagnostics"][number]

const line = ({ column, file, hint, line, message }: Diagnostic): string =>
  `${file}${line > 0 ? `:${line}:${column}` : ""}: ${message}${hint === undefined ? "" : ` ${hint}`}`
