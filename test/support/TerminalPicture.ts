/**
 * Screens of a terminal as an SVG: lines with ANSI colors become text in a grid of cells. Of several screens each is shown
 * in turn; a reader who wants no movement, or a viewer that has none, sees one of them.
 */
import { width } from "../../packages/cli/src/view/TextWidth.ts"

export interface TerminalScreen {
  readonly lines: ReadonlyArray<string>
  /** How long it is shown. */
  readonly seconds: number
}

export interface Theme {
  readonly background: string
  readonly frame: string
  readonly text: string
  readonly dim: string
  readonly green: string
  readonly blue: string
  readonly yellow: string
  readonly red: string
  readonly magenta: string
}

/** The colors of the states on light and on dark, as in every view of Halte. */
export const themes: { readonly light: Theme; readonly dark: Theme } = {
  light: {
    background: "#ffffff",
    frame: "#d1d9e0",
    text: "#1f2328",
    dim: "#59636e",
    green: "#116329",
    blue: "#0550ae",
    yellow: "#8a4600",
    red: "#b42318",
    magenta: "#7a1fa2"
  },
  dark: {
    background: "#0d1117",
    frame: "#3d444d",
    text: "#e6edf3",
    dim: "#9aa4af",
    green: "#57d38c",
    blue: "#6cb6ff",
    yellow: "#f5b041",
    red: "#ff8a80",
    magenta: "#d7a6ff"
  }
}

const cell = { width: 8.4, height: 19, size: 14 }
const margin = 20

interface Run {
  readonly column: number
  readonly text: string
  readonly color: string | undefined
  readonly bold: boolean
}

const colors: Readonly<Record<string, string>> = {
  "2": "dim",
  "31": "red",
  "32": "green",
  "33": "yellow",
  "34": "blue",
  "35": "magenta"
}

/** The runs of one style in a line. Blanks are left out: nothing has a background. */
const runs = (line: string): ReadonlyArray<Run> => {
  const out: Array<Run> = []
  let color: string | undefined
  let bold = false
  let column = 0
  // oxlint-disable-next-line no-control-regex
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    // oxlint-disable-next-line no-control-regex
    const code = /^\u001b\[(\d+)m$/.exec(part)?.[1]
    if (code !== undefined) {
      if (code === "1") bold = true
      else if (code === "22") {
        bold = false
        if (color === "dim") color = undefined
      } else if (code === "39") color = undefined
      else color = colors[code] ?? color
      continue
    }
    for (const piece of part.split(/( {2,})/)) {
      const text = piece.trim()
      if (text !== "") {
        const lead = width(piece) - width(piece.trimStart())
        out.push({ column: column + lead, text, color, bold })
      }
      column += width(piece)
    }
  }
  return out
}

const escape = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
const number = (n: number) => String(Math.round(n * 10) / 10)

const drawLine = (line: string, row: number): string =>
  runs(line)
    .map(({ bold, color, column, text }) => {
      const x = number(margin + column * cell.width)
      const y = number(margin + (row + 0.75) * cell.height)
      const marks = `${color === undefined ? "" : ` class="${color}"`}${bold ? ' font-weight="bold"' : ""}`
      return `<text x="${x}" y="${y}" textLength="${number(width(text) * cell.width)}"${marks}>${escape(text)}</text>`
    })
    .join("\n")

/** When each screen is visible, as steps of one animation that goes round. */
const animation = (screens: ReadonlyArray<TerminalScreen>, still: number): string => {
  const total = screens.reduce((sum, { seconds }) => sum + seconds, 0)
  let begin = 0
  const rules = screens.map(({ seconds }, i) => {
    const from = (begin / total) * 100
    begin += seconds
    const to = (begin / total) * 100
    const frames = [
      ...(from > 0 ? [`0% { opacity: 0 }`] : []),
      `${number(from)}% { opacity: 1 }`,
      ...(to < 100 ? [`${number(to)}% { opacity: 0 }`] : []),
      `100% { opacity: ${to < 100 ? 0 : 1} }`
    ]
    return [
      `.s${i} { opacity: ${i === still ? 1 : 0}; animation: s${i} ${total}s step-end infinite }`,
      `@keyframes s${i} { ${frames.join(" ")} }`
    ].join("\n")
  })
  return `${rules.join("\n")}\n@media (prefers-reduced-motion: reduce) { g { animation: none !important } }`
}

/** The SVG. `still` is the screen of those who see no movement. */
export const render = (options: {
  readonly title: string
  readonly columns: number
  readonly theme: Theme
  readonly screens: ReadonlyArray<TerminalScreen>
  readonly still: number
}): string => {
  const { columns, screens, still, theme, title } = options
  const rows = screens.reduce((most, { lines }) => Math.max(most, lines.length), 0)
  const w = number(columns * cell.width + 2 * margin)
  const h = number(rows * cell.height + 2 * margin)
  const classes = (["dim", "green", "blue", "yellow", "red", "magenta"] as const)
    .map((name) => `.${name} { fill: ${theme[name]} }`)
    .join("\n")
  const fonts = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img">
<title>${escape(title)}</title>
<style>
text { font: ${cell.size}px ${fonts}; fill: ${theme.text}; white-space: pre }
${classes}
${animation(screens, still)}
</style>
<rect x="0.5" y="0.5" width="${number(Number(w) - 1)}" height="${number(Number(h) - 1)}" rx="8" fill="${theme.background}" stroke="${theme.frame}"/>
${screens.map(({ lines }, i) => `<g class="s${i}">\n${lines.flatMap((line, row) => (line === "" ? [] : [drawLine(line, row)])).join("\n")}\n</g>`).join("\n")}
</svg>
`
}
