/**
 * The pages about problems: what `type` of a problem leads to.
 *
 * @since 0.1.0
 */
import { Problem } from "@halte/api"
import * as Html from "./Html.ts"
import * as ProblemTexts from "./ProblemTexts.ts"

const members: { readonly [name: string]: string } = {
  type: "This page, as a path of the server.",
  title: "The same for every problem of the code.",
  status: "The number that HTTP answers.",
  detail: "This occurrence, in words for people.",
  instance: "The execution, as a path of the server.",
  code: "What to decide by.",
  executionId: "The execution that it is about.",
  executionStatus: "The state of the execution.",
  errors: "What is wrong, and where: all of it.",
  outcome: "How the execution ended, when it has.",
  requestId: "Names the request in the log of the server.",
  error: "The error itself, as the engine gave it."
}

const isCode = (name: string): name is Problem.Code => Object.hasOwn(ProblemTexts.texts, name)

/**
 * The page about one code; `undefined` when there is none of this name.
 *
 * @since 0.1.0
 */
export const page = (code: string, style: string): string | undefined => {
  if (!isCode(code)) return undefined
  const { means, next } = ProblemTexts.texts[code]
  const example = ProblemTexts.example(code) as { readonly [member: string]: unknown }
  const rows = Object.keys(example).map((name) => [
    `<code>${Html.escape(name)}</code>`,
    Html.inline(members[name] ?? "")
  ])
  return Html.page({
    title: `${Problem.titles[code]} (${code})`,
    style,
    body: `<p class="muted"><a href="/problems">Problems</a></p>
<h1>${Html.escape(Problem.titles[code])}</h1>
<p class="address"><span class="status bad">${ProblemTexts.statusOf(code)}</span><code>${Html.escape(code)}</code></p>
<h2>When it comes</h2>
<p>${Html.inline(means)}</p>
<h2>What to do</h2>
<p>${Html.inline(next)}</p>
<h2>Members</h2>
${Html.table(["Member", "Meaning"], rows)}
<h2>Example</h2>
${Html.block(JSON.stringify(example, undefined, 2))}`
  })
}

interface Listed {
  readonly code: Problem.Code
  readonly status: number
}

/**
 * The page that lists all codes.
 *
 * @since 0.1.0
 */
export const list = (style: string): string => {
  const rows = ProblemTexts.codes
    .map((code): Listed => ({ code, status: ProblemTexts.statusOf(code) }))
    .toSorted((a, b) => a.status - b.status)
    .map(({ code, status }) => [
      `<span class="status bad">${status}</span>`,
      `<a href="/problems/${Html.escape(code)}"><code>${Html.escape(code)}</code></a>`,
      Html.inline(ProblemTexts.texts[code].means)
    ])
  return Html.page({
    title: "Problems",
    style,
    body: `<h1>Problems</h1>
<p class="lead">Errors are <code>application/problem+json</code>, as RFC 9457 has them. Decide by <code>code</code>; show people <code>detail</code>.</p>
${Html.table(["Status", "Code", "When"], rows)}`
  })
}
