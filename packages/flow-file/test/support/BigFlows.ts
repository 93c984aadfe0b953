/** Flow files of thousands of steps in the shapes that people, and programs, make them; some with a mistake in each step. */

const head = "halte: 1\nname: big\n"
const list = (count: number, line: (i: number) => string, keys = ""): string =>
  `${head}${keys}steps:\n${Array.from({ length: count }, (_, i) => line(i)).join("")}`

const grouped = (count: number): string => {
  const each = Math.max(1, Math.round(Math.sqrt(count)))
  return list(Math.ceil(count / each), (g) =>
    [
      `  g${g}:\n${g === 0 ? "" : `    after: g${g - 1}\n`}    clean-up: { run: ./tidy }\n    steps:\n`,
      ...Array.from(
        { length: each },
        (_, i) => `      s${i}: { run: echo ${i}${i === 0 ? "" : `, after: s${i - 1}`} }\n`
      )
    ].join("")
  )
}

/** By name; each is given the number of steps. */
export const shapes = {
  "side by side": (count: number) => list(count, (i) => `  s${i}: { run: echo ${i} }\n`),
  "one chain": (count: number) =>
    list(count, (i) => `  s${i}: { run: echo ${i}${i === 0 ? "" : `, after: s${i - 1}`} }\n`),
  "an expression each": (count: number) =>
    list(
      count,
      (i) =>
        `  s${i}:\n    run: [echo, "\${{ params.version + '${i}' }}"]\n${i < 3 ? "" : `    after: [s${i - 1}, s${i >> 1}]\n`}`,
      "params: { version: {} }\n"
    ),
  "each reads the one before": (count: number) =>
    list(
      count,
      (i) => `  s${i}:\n    run: [echo, "${i === 0 ? "first" : `\${{ string(steps.s${i - 1}.output.exitCode) }}`}"]\n`
    ),
  "all in one group": (count: number) =>
    `${head}steps:\n  g:\n    steps:\n${Array.from({ length: count }, (_, i) => `      s${i}: { run: echo ${i} }\n`).join("")}`,
  "groups with clean-up, one after the other": grouped,
  "as many after a group as in it": (count: number) =>
    `${head}steps:\n  g:\n    steps:\n${Array.from({ length: count / 2 }, (_, i) => `      s${i}: { run: echo ${i} }\n`).join("")}${Array.from({ length: count / 2 }, (_, i) => `  t${i}: { run: echo ${i}, after: g }\n`).join("")}`,
  "a map each": (count: number) =>
    list(count, (i) => `  m${i}: { map: { in: [1, 2] }, run: [echo, "\${{ item }}"] }\n`),
  "a request each that may be sent twice": (count: number) =>
    list(count, (i) => `  s${i}: { http: { method: POST, url: "http://localhost/${i}" } }\n`),
  "one circle": (count: number) => list(count, (i) => `  s${i}: { run: echo ${i}, after: s${(i + 1) % count} }\n`),
  "an unknown step each": (count: number) => list(count, (i) => `  s${i}: { run: echo ${i}, after: t${i} }\n`),
  "an expression each that reads an unknown step": (count: number) =>
    list(count, (i) => `  s${i}: { run: [echo, "\${{ steps.t${i}.output }}"] }\n`)
} satisfies Record<string, (count: number) => string>
