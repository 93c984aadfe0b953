/**
 * The style of the pages about the API and its problems, with the tokens of the page.
 *
 * @since 0.1.0
 */

const light = `
  --bg: #fafaf7; --surface: #ffffff; --sunken: #f4f4f0; --line: #e4e4de; --line-strong: #c8c8c0;
  --text: #17191c; --muted: #59636e; --sign: #ffc700; --sign-ink: #17191c; --focus: #0550ae;
  --running: #0550ae; --stopping: #8a4600; --completed: #116329; --failed: #b42318;`

const dark = `
  --bg: #0d0f12; --surface: #14171b; --sunken: #101316; --line: #24292f; --line-strong: #3b424b;
  --text: #e9ebee; --muted: #9aa4af; --sign: #ffcb1f; --sign-ink: #17191c; --focus: #6cb6ff;
  --running: #6cb6ff; --stopping: #f5b041; --completed: #57d38c; --failed: #ff8a80;`

/**
 * The style sheet.
 *
 * @since 0.1.0
 */
export const css = `:root { color-scheme: light dark;
  --font: Inter, "Segoe UI Variable Text", "Segoe UI", -apple-system, BlinkMacSystemFont, Roboto, "Noto Sans", system-ui, sans-serif;
  --mono: "JetBrains Mono", "SF Mono", "Cascadia Mono", ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;${light}
}
@media (prefers-color-scheme: dark) { :root {${dark}
} }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 64px; }
body { margin: 0; background: var(--bg); color: var(--text); font: 400 14px/1.55 var(--font); font-variant-numeric: tabular-nums; }
a { color: var(--focus); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
code, pre { font-family: var(--mono); font-size: .92em; font-variant-ligatures: none; }
code { overflow-wrap: anywhere; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 12px; top: 8px; z-index: 30; padding: 4px 10px; background: var(--surface); }
.top { position: sticky; top: 0; z-index: 20; display: flex; align-items: center; gap: 20px; min-height: 48px; padding: 0 20px; background: var(--surface); border-bottom: 1px solid var(--line); flex-wrap: wrap; }
.top a { color: var(--muted); text-decoration: none; font-weight: 500; }
.top a:hover { color: var(--text); }
.top nav { display: flex; gap: 16px; }
.top .brand { display: flex; align-items: center; gap: 9px; color: var(--text); font-weight: 650; font-size: 15px; letter-spacing: -.01em; }
.roundel { fill: var(--sign); stroke: var(--sign-ink); stroke-width: 1; }
.letter { fill: none; stroke: var(--sign-ink); stroke-width: 2.4; stroke-linecap: round; }
.page { max-width: 1180px; margin: 0 auto; padding: 24px 20px 72px; }
.with-aside { display: grid; grid-template-columns: 232px minmax(0, 1fr); gap: 36px; }
aside { position: sticky; top: 64px; align-self: start; max-height: calc(100vh - 80px); overflow: auto; font-size: 13px; }
aside h2 { margin: 16px 0 4px; font-size: 12px; font-weight: 550; color: var(--muted); }
aside ul { list-style: none; margin: 0; padding: 0; }
aside li a { display: block; padding: 3px 0; color: var(--text); text-decoration: none; }
aside li a:hover { text-decoration: underline; }
main { min-width: 0; }
h1 { margin: 0 0 8px; font-size: 24px; line-height: 1.25; font-weight: 650; letter-spacing: -.02em; }
h2 { margin: 44px 0 10px; font-size: 18px; font-weight: 650; letter-spacing: -.015em; }
h3 { margin: 0; font-size: 15px; font-weight: 650; }
h4 { margin: 18px 0 6px; font-size: 12px; font-weight: 550; color: var(--muted); }
p { margin: 0 0 10px; max-width: 74ch; }
.lead { font-size: 15px; color: var(--muted); }
.card { margin: 16px 0; padding: 16px 18px 18px; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
.card > :last-child { margin-bottom: 0; }
.address { display: flex; gap: 10px; align-items: baseline; flex-wrap: wrap; margin: 6px 0 8px; font-family: var(--mono); font-size: 13px; overflow-wrap: anywhere; }
.method { padding: 1px 8px; border: 1px solid currentColor; border-radius: 99px; font-weight: 650; font-size: 11px; color: var(--running); }
.method.post { color: var(--completed); }
.method.delete { color: var(--failed); }
.status { font-family: var(--mono); font-weight: 650; color: var(--completed); }
.status.bad { color: var(--stopping); }
.muted { color: var(--muted); }
.anchor { margin-left: 6px; color: var(--muted); text-decoration: none; font-weight: 400; }
.anchor:hover { color: var(--focus); }
pre { margin: 0 0 10px; padding: 10px 12px; background: var(--sunken); border: 1px solid var(--line); border-radius: 6px; overflow: auto; max-height: 420px; line-height: 1.5; }
.curl pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
th { text-align: left; font-weight: 500; font-size: 12px; color: var(--muted); }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td a { display: inline-block; min-height: 24px; line-height: 24px; margin-right: 6px; }
td p { margin: 0 0 4px; }
tr:last-child td { border-bottom: 0; }
td:first-child { white-space: nowrap; }
details > summary { cursor: pointer; color: var(--muted); font-size: 13px; margin: 10px 0 6px; }
@media (max-width: 860px) {
  .with-aside { grid-template-columns: minmax(0, 1fr); gap: 8px; }
  aside { position: static; max-height: none; padding-bottom: 12px; border-bottom: 1px solid var(--line); }
}
@media (max-width: 560px) {
  .top { padding: 0 14px; gap: 12px; } .top nav { gap: 12px; } .page { padding: 18px 14px 56px; }
  .card { padding: 14px; } td:first-child { white-space: normal; }
  thead { display: none; } tr { display: block; padding: 6px 0; border-bottom: 1px solid var(--line); } tr:last-child { border-bottom: 0; }
  td { display: block; padding: 1px 0; border: 0; }
}
`
