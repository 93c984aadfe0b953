import * as Head from "./Head.ts"

/** Many files: a cursor to go on from, items that may fail, a limit. */
export const text = (
  name: string
): string => `${Head.text(name, "Works on many files, one after the other, and goes on where it was stopped.")}
# It makes its own input: 16 small files, one of them broken. Try this first:
#   halte run ${name}                     Ctrl-C on the way: it says at which file it is
#   halte resume                          goes on there
params:
  files: { default: 'in/*.csv', description: Which files to work on }

limits:
  disk: 2                # steps that name it with \`limit\` run at most two at a time

steps:
  sample:
    run: |
      mkdir -p in
      for i in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16; do
        [ -e "in/$i.csv" ] || printf '%s\\n' "$i" 2 3 > "in/$i.csv"
      done
      echo broken > in/13.csv

  sums:
    after: sample
    # The files are looked up once and kept: a resume has the same list, whatever has changed on the disk since.
    # Before every 4 files is a stopping point, and where it is is saved there: after a crash at most 4 are done again.
    for-each:
      in: "\${{ glob(params.files) }}"
      as: file
      every: 4
      concurrency: 2                  # of these four, two at a time
      collect: true                   # keeps what each gave: steps.sums.output.results
      on-item-failure: continue       # counts a file that fails, and goes on; \`stop\` fails the step
    # Values reach a program as arguments or variables, never as text of a shell line.
    run:
      - node
      - -e
      - |
        const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs")
        const file = process.argv[1]
        const numbers = readFileSync(file, "utf8").trim().split("\\n").map(Number)
        if (numbers.some(Number.isNaN)) throw new Error(file + " holds what is no number")
        const sum = numbers.reduce((a, b) => a + b)
        // First beside it, then in its place: stopped in between, no half file is taken for a whole one.
        mkdirSync("out", { recursive: true })
        const target = "out/" + file.replaceAll("/", "-") + ".sum"
        writeFileSync(target + ".part", sum + "\\n")
        renameSync(target + ".part", target)
        console.log(sum)
      - "\${{ file }}"
    output: json
    timeout: 1m                       # of one file
    limit: disk
    clean-up: { run: rm -f out/*.part }

  copies:
    after: sample
    run: mkdir -p backup && cp in/*.csv backup/
    limit: disk

  report:
    after: sums
    # All that is known of the loop, as JSON on standard input.
    stdin: "\${{ steps.sums.output }}"
    run: |
      node -e '
        const { count, failed, results } = JSON.parse(require("fs").readFileSync(0, "utf8"))
        const total = results.reduce((sum, one) => sum + (one?.value ?? 0), 0)
        console.log(JSON.stringify({ files: count, failed, total }))
      '
    output: json-last-line
`
