/**
 * Text as HTML. What comes from outside is text, whatever is in it.
 *
 * @since 0.1.0
 */

/**
 * A text, as HTML shows it.
 *
 * @since 0.1.0
 */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/**
 * A text whose parts between backticks are code.
 *
 * @since 0.1.0
 */
export const inline = (text: string): string =>
  text
    .split("`")
    .map((part, i) => (i % 2 === 1 ? `<code>${escape(part)}</code>` : escape(part)))
    .join("")

/**
 * Lines of code.
 *
 * @since 0.1.0
 */
export const block = (text: string): string => `<pre tabindex="0"><code>${escape(text)}</code></pre>`

/**
 * A table with a head. The cells are HTML; of an empty one nothing is shown.
 *
 * @since 0.1.0
 */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  rows.length === 0
    ? ""
    : `<div class="scroll"><table><thead><tr>${head.map((cell) => `<th scope="col">${escape(cell)}</th>`).join("")}</tr></thead><tbody>${rows
        .map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
        .join("")}</tbody></table></div>`

/** The sign of Halte: a roundel on a pole. */
const sign = `<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><circle cx="12" cy="12" r="10.5" class="roundel"/><path d="M8.5 7v10M15.5 7v10M8.5 12h7" class="letter"/></svg>`

/**
 * A whole page. Its style is a file of its own, and it has no script.
 *
 * @since 0.1.0
 */
export const page = (options: {
  readonly title: string
  readonly style: string
  readonly body: string
  readonly aside?: string
}): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(options.title)}</title>
<link rel="stylesheet" href="${escape(options.style)}">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header class="top"><a class="brand" href="/docs">${sign}<span>Halte</span></a><nav aria-label="Pages"><a href="/docs">API</a><a href="/problems">Problems</a><a href="/openapi.json">OpenAPI</a></nav></header>
<div class="${options.aside === undefined ? "page" : "page with-aside"}">
${options.aside === undefined ? "" : `<aside><nav aria-label="On this page">${options.aside}</nav></aside>\n`}<main id="content">
${options.body}
</main>
</div>
</body>
</html>
`
