/**
 * What a link checker needs of a Markdown file: its links and the anchors of its headings, as GitHub makes them.
 */

/** A link as it stands in the text, with the line it is on. */
export interface Link {
  readonly target: string
  readonly line: number
}

const fence = /^ {0,3}(`{3,}|~{3,})/

/** The lines of a text with those of code blocks, and code within lines, blanked out. */
const withoutCode = (text: string): ReadonlyArray<string> => {
  let open: string | undefined
  return text.split("\n").map((line) => {
    const mark = fence.exec(line)?.[1]
    if (open !== undefined) {
      if (mark !== undefined && mark[0] === open[0] && mark.length >= open.length && line.trim() === mark)
        open = undefined
      return ""
    }
    if (mark !== undefined) {
      open = mark
      return ""
    }
    return line.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, (code) => "`".repeat(code.length))
  })
}

/** Every link and picture of a text, in Markdown and in HTML. */
export const links = (text: string): ReadonlyArray<Link> =>
  withoutCode(text).flatMap((line, i) =>
    [
      ...line.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g),
      ...line.matchAll(/(?:href|src|srcset)="([^"]+)"/g),
      ...line.matchAll(/^\[[^\]]+\]: (\S+)/g)
    ].map((match) => ({ target: match[1]!, line: i + 1 }))
  )

/** The anchors of a text's headings. */
export const anchors = (text: string): ReadonlySet<string> => {
  const source = text.split("\n")
  const used = new Map<string, number>()
  const found = new Set<string>()
  for (const [i, line] of withoutCode(text).entries()) {
    if (!/^#{1,6} /.test(line)) continue
    const slug = source[i]!.replace(/^#+ /, "")
      .trim()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
      .replaceAll(" ", "-")
    const n = used.get(slug) ?? 0
    used.set(slug, n + 1)
    found.add(n === 0 ? slug : `${slug}-${n}`)
  }
  return found
}

/** The code blocks of a text: their language, their text and the last heading before them. */
export const codeBlocks = (
  text: string
): ReadonlyArray<{ readonly language: string; readonly heading: string; readonly code: string }> => {
  const blocks: Array<{ language: string; heading: string; code: string }> = []
  let heading = ""
  let block: { language: string; heading: string; lines: Array<string>; mark: string } | undefined
  for (const line of text.split("\n")) {
    const mark = fence.exec(line)?.[1]
    if (block !== undefined) {
      if (mark !== undefined && line.trim() === mark && mark.length >= block.mark.length) {
        blocks.push({ language: block.language, heading: block.heading, code: `${block.lines.join("\n")}\n` })
        block = undefined
      } else block.lines.push(line)
    } else if (mark !== undefined) block = { language: line.trim().slice(mark.length).trim(), heading, lines: [], mark }
    else if (/^#{1,6} /.test(line)) heading = line.replace(/^#+ /, "").trim()
  }
  return blocks
}
