/**
 * The documented examples of the keys: the flows of `docs/reference/keys/`, with the files that lie beside them and with
 * what is said about them at their end.
 *
 * - A `yaml` block that begins with `halte: 1` is a whole flow. It is saved as `NAME.flow.yaml`.
 * - A block whose first line is `# file: NAME` or `// file: NAME` is a file beside the flows of its page.
 * - Comment lines at the end of a flow say how it is run and what is expected of it, see `words`.
 */
import { readdirSync } from "node:fs"
import { parse } from "yaml"
import * as Markdown from "./Markdown.ts"
import { read, root } from "./RepositoryFiles.ts"

/** How an attempt may be expected to end. */
const endings = ["completed", "failed", "interrupted"] as const
export type Ending = (typeof endings)[number]

export interface KeyExample {
  readonly page: string
  /** The flow's name. */
  readonly name: string
  readonly text: string
  /** What the file says, as data. */
  readonly data: unknown
  /** `# start: a=1 b="x y"`: params as on a command line. */
  readonly start: ReadonlyArray<readonly [name: string, text: string]>
  /** `# env: TOKEN=s3cret`: variables of the environment. */
  readonly env: Readonly<Record<string, string>>
  /** `# answer: STEP=VALUE`: what a gate is answered, JSON or a text. */
  readonly answers: Readonly<Record<string, unknown>>
  /**
   * `# expect: failed`: how it ends. With several, separated by commas, it is resumed after each of them; the last is the
   * end that it also comes to when it is interrupted and resumed on the way.
   */
  readonly expect: ReadonlyArray<Ending>
  /** `# output: STEP=JSON`, or `STEP.field=JSON`: values of completed steps. */
  readonly outputs: ReadonlyArray<{
    readonly step: string
    readonly path: ReadonlyArray<string>
    readonly value: unknown
  }>
  /** `# varies: STEP`: steps whose values are not the same in every run. */
  readonly varies: ReadonlySet<string>
}

export interface KeyPage {
  readonly page: string
  readonly files: ReadonlyArray<{ readonly name: string; readonly text: string }>
  readonly examples: ReadonlyArray<KeyExample>
}

const words = ["start", "env", "answer", "expect", "output", "varies"] as const
type Word = (typeof words)[number]

/** Every page of a folder, with the work that is not committed yet. */
export const pages = (folder = "docs/reference/keys", names = /\.md$/): ReadonlyArray<KeyPage> =>
  readdirSync(`${root}/${folder}`)
    .filter((name) => names.test(name))
    .sort()
    .map((name) => fromMarkdown(name, read(`${folder}/${name}`)))

/** What a page's text holds. Throws what its author has to know. */
export const fromMarkdown = (page: string, markdown: string): KeyPage => {
  const blocks = Markdown.codeBlocks(markdown)
  const files = blocks.flatMap(({ code }) => {
    const [, name, text] = /^(?:#|\/\/) file: (\S+)\n([^]*)$/.exec(code) ?? []
    return name === undefined ? [] : [{ name, text: text! }]
  })
  const examples = blocks
    .filter(({ code, language }) => language === "yaml" && code.startsWith("halte: 1\n"))
    .map(({ code }) => example(page, code))
  const names = [...files.map(({ name }) => name), ...examples.map(({ name }) => `${name}.flow.yaml`)]
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new Error(`${page}: two blocks are \`${twice}\`. Give the flows of a page different names.`)
  return { page, files, examples }
}

const example = (page: string, text: string): KeyExample => {
  const data = parse(text) as { readonly name: string }
  const said = remarks(`${page}, flow \`${data.name}\``, text)
  const pairs = (word: Word) =>
    said(word).map((line): readonly [string, string] => {
      const at = line.indexOf("=")
      if (at < 1) throw new Error(`${page}: \`# ${word}: ${line}\` has no NAME=VALUE.`)
      return [line.slice(0, at), line.slice(at + 1)]
    })
  const expect = said("expect").flatMap((line) => line.split(/,\s*/)) as ReadonlyArray<Ending>
  const unknown = expect.find((word) => !endings.includes(word))
  if (unknown !== undefined) throw new Error(`${page}: \`# expect: ${unknown}\` is none of ${endings.join(", ")}.`)
  return {
    page,
    name: data.name,
    text,
    data,
    start: said("start")
      .flatMap((line) => line.split(/\s+(?=[A-Za-z_]\w*=)/))
      .map((pair) => {
        const [, name, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(pair) ?? []
        if (name === undefined) throw new Error(`${page}: \`# start: ${pair}\` has no NAME=VALUE.`)
        return [name, value!.replace(/^"(.*)"$/, "$1")]
      }),
    env: Object.fromEntries(pairs("env")),
    answers: Object.fromEntries(pairs("answer").map(([step, value]) => [step, jsonOrText(value)])),
    expect: expect.length === 0 ? ["completed"] : expect,
    outputs: pairs("output").map(([place, value]) => {
      const [step = "", ...path] = place.split(".")
      return { step, path, value: JSON.parse(value) as unknown }
    }),
    varies: new Set(said("varies").flatMap((line) => line.split(/[,\s]+/)))
  }
}

/** What the comment lines at the end of a flow say, by their words. */
const remarks = (owner: string, text: string): ((word: Word) => ReadonlyArray<string>) => {
  const lines = text.trimEnd().split("\n")
  const found: Array<readonly [Word, string]> = []
  for (let line = lines.pop(); line?.startsWith("#") === true; line = lines.pop()) {
    const [, word, rest] = /^# ([a-z-]+): (.+)$/.exec(line) ?? []
    if (word === undefined) continue
    if (!words.includes(word as Word)) throw new Error(`${owner} says \`# ${word}:\`; known are ${words.join(", ")}.`)
    found.unshift([word as Word, rest!.trim()])
  }
  return (word) => found.flatMap(([own, rest]) => (own === word ? [rest] : []))
}

const jsonOrText = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
