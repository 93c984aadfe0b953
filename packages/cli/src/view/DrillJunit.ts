/**
 * A drill as JUnit XML, which CI systems show as tests: one test case for each point, failed where something was found.
 */
import { DurationText } from "@halte/engine/model"
import type { Drill } from "@halte/sdk/node"
import type { Again } from "./DrillText.ts"

/** XML knows no control characters, however they are written. */
const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;"
}

const text = (value: string): string => value.replace(forbidden, "\uFFFD").replace(/[&<>"']/g, (c) => entities[c]!)

/** In attributes a line end would be read as a space. */
const attribute = (value: string): string => text(value).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;")

const seconds = (millis: number): string => (millis / 1000).toFixed(3)

export const render = (report: Drill.DrillReport, file: string, again: Again): string => {
  const { failure, flow, points, status, tookMillis } = report
  const isFailed = ({ findings }: Drill.PointResult) => findings.some(({ allowed }) => !allowed)
  const failed = points.filter(isFailed).length
  const skipped = points.filter(({ result }) => result === "not-reached").length
  const errors = status === "failed" ? 1 : 0
  const totals = `tests="${points.length + errors}" failures="${failed}" errors="${errors}" skipped="${skipped}" time="${seconds(tookMillis)}"`
  const name = (point: Drill.PointResult) => `${point.how} ${point.point}`
  const testCase = (point: Drill.PointResult): ReadonlyArray<string> => {
    const open = `    <testcase classname="${attribute(`drill.${flow}`)}" name="${attribute(name(point))}" file="${attribute(file)}" time="${seconds(point.tookMillis)}"`
    const found = point.findings.filter(({ allowed }) => !allowed)
    const allowed = point.findings.filter((one) => one.allowed)
    if (point.result === "not-reached")
      return [`${open}>`, `      <skipped message="not reached this time"/>`, "    </testcase>"]
    if (found.length === 0 && allowed.length === 0) return [`${open}/>`]
    return [
      `${open}>`,
      ...found.map(
        (one) =>
          `      <failure type="${attribute(one.code)}" message="${attribute(summary(one))}">${text(body(one, again))}</failure>`
      ),
      ...(allowed.length === 0
        ? []
        : [`      <system-out>${text(allowed.map((one) => `allowed: ${summary(one)}`).join("\n"))}</system-out>`]),
      "    </testcase>"
    ]
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals}>`,
    `  <testsuite name="${attribute(`halte drill ${flow}`)}" ${totals}>`,
    "    <properties>",
    `      <property name="seed" value="${report.seed}"/>`,
    "    </properties>",
    ...(failure === undefined
      ? []
      : [
          `    <testcase classname="${attribute(`drill.${flow}`)}" name="uninterrupted" file="${attribute(file)}">`,
          `      <error type="${attribute(failure.code)}" message="${attribute(failure.message)}"/>`,
          "    </testcase>"
        ]),
    ...points.flatMap(testCase),
    "  </testsuite>",
    "</testsuites>",
    ""
  ].join("\n")
}

const summary = ({ code, expected, seen, what }: Drill.DrillFinding): string =>
  `${code}${what === undefined ? "" : ` ${what}`}: expected ${expected}, seen ${seen}`

const body = (one: Drill.DrillFinding, again: Again): string =>
  [
    `expected: ${one.expected}`,
    `seen: ${one.seen}`,
    ...(one.steps.length === 0 ? [] : [`${DurationText.plural(one.steps.length, "step")}: ${one.steps.join(", ")}`]),
    one.hint,
    again(one.point, one.how)
  ].join("\n")
