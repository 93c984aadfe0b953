/**
 * The smallest flows that `halte init` writes: what a flow file looks like.
 */
import * as Head from "./Head.ts"

export const basic = (name: string) => `${Head.text(name, "Three steps, two of them side by side.")}params:
  version: { type: string, default: 0.1.0, description: What to build }
steps:
  prepare:
    run: echo preparing
  build:
    after: prepare
    run: echo "building $VERSION"; sleep 2; echo built
    env: { VERSION: "\${{ params.version }}" }
  test:
    after: prepare
    run: for i in 1 2 3; do echo "test $i of 3"; sleep 1; done
    grace: 2s              # SIGTERM, then SIGKILL after this long
  publish:
    after: [build, test]
    run: echo published
`

export const nested = (
  name: string
) => `${Head.text(name, "Steps in steps, taken back when a later one fails.")}on-failure: undo
steps:
  build:
    run: echo built
  upload:
    after: build
    steps:
      part-1: { run: sleep 1; echo part 1 }
      part-2: { after: part-1, run: sleep 1; echo part 2 }
      part-3: { after: part-2, run: sleep 1; echo part 3 }
    undo: { run: echo removing what was uploaded }
  start:
    after: upload
    run: echo started
`

export const loop = (
  name: string
) => `${Head.text(name, "One program per item; it stops between items and knows where.")}steps:
  squares:
    for-each: { in: "\${{ [1, 2, 3, 4, 5, 6, 7, 8] }}", as: number, every: 1 }
    run: [node, -p, "process.argv[1] ** 2", "\${{ string(number) }}"]
  done:
    after: squares
    run: echo all squares are there
`
