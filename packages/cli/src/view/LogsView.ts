/**
 * The other two pictures of the live screen: what steps wrote, and what the keys do.
 */
import { ControlSequences, type LogLine } from "@halte/engine/model"
import * as AnswerForm from "../input/AnswerForm.ts"
import { paint, plain } from "./Look.ts"
import type { Picture } from "./Picture.ts"
import { truncate } from "./TextWidth.ts"
import * as TreeView from "./TreeView.ts"

/** The last lines of the chosen step, or of all. */
export const render = (picture: Picture, log: ReadonlyArray<LogLine.LogLine>): ReadonlyArray<string> => {
  const { look, selected, size } = picture
  const room = Math.max(1, size.rows - 6)
  const wanted =
    selected === undefined ? log : log.filter((line) => line.step === selected || line.step.startsWith(`${selected}/`))
  const shown = wanted.slice(-room).map((line) => {
    const prefix = selected === line.step ? "" : `${paint(look, "dim", plain(look, `${line.step} │`))} `
    return truncate(look, prefix + line.text, size.columns)
  })
  const title = selected === undefined ? "Output of all steps" : `Output of ${selected}`
  return framed(picture, title, shown.length === 0 ? [paint(look, "dim", "Nothing yet.")] : shown)
}

const keys = [
  ["Ctrl-C", "interrupt: stop at the next stopping points; twice terminates, three times leaves at once"],
  ["↑ ↓  k j", "choose a step; with more steps than rows, look through all of them"],
  ["esc", "back"],
  ["l", "output of the chosen step, or of all"],
  ["p", "pause at the next stopping points, and go on"],
  ["y  n", "answer a step that waits for a person: go on, or reject"],
  ["a", "answer one that asks for more, field by field"],
  ["Ctrl-Z", "put into the background"]
] as const

/** The keys of somebody who only watches: leaving stops nothing. */
const watching = [
  ["Ctrl-C q", "leave this screen; the execution goes on"],
  ["i", "interrupt: stop at the next stopping points"],
  ["t", "terminate, while it is interrupting; t again or y confirms"],
  ...keys.slice(1)
] as const

export const help = (picture: Picture): ReadonlyArray<string> =>
  framed(
    picture,
    "Keys",
    (picture.watching === true ? watching : keys).map(([key, what]) =>
      truncate(picture.look, plain(picture.look, `${key.padEnd(10)}${what}`), picture.size.columns)
    )
  )

/** The form of a gate: what it asks, what was answered so far, and the field that is being typed. */
export const answer = (picture: Picture, form: AnswerForm.AnswerForm): ReadonlyArray<string> => {
  const { look, size } = picture
  const line = (text: string) => truncate(look, plain(look, ControlSequences.strip(text)), size.columns)
  const done = form.isSingle ? [] : form.fields.slice(0, form.at)
  return framed(picture, `${form.step}: ${ControlSequences.strip(form.message)}`, [
    ...done.map(({ spec: { name } }) =>
      paint(look, "dim", line(`  ${name}: ${name in form.values ? JSON.stringify(form.values[name]) : "nothing"}`))
    ),
    line(`  ${AnswerForm.question(form)}`),
    // The end of a long text is what is being typed.
    line(`  > ${form.text.slice(-Math.max(1, size.columns - 5))}_`),
    form.problem === undefined ? "" : paint(look, "red", line(`  ${form.problem}`))
  ])
}

const framed = (picture: Picture, title: string, body: ReadonlyArray<string>): ReadonlyArray<string> =>
  [
    TreeView.header(picture),
    TreeView.statusLine(picture),
    TreeView.noticeLine(picture),
    paint(picture.look, "bold", truncate(picture.look, title, picture.size.columns)),
    ...body.slice(0, Math.max(1, picture.size.rows - 6)),
    "",
    paint(picture.look, "dim", truncate(picture.look, picture.keys.join("   "), picture.size.columns))
  ].slice(0, Math.max(1, picture.size.rows - 1))
