/**
 * The flow that is killed: a chain, a layer of parallel steps, a loop with a cursor, programs, and a last step that reads
 * all of them. What it gives depends on its param alone. Everything that it does it writes down first, in a file.
 */
import { createHash } from "node:crypto"
import { appendFileSync } from "node:fs"
import { Effect, Schema } from "effect"
import { Flow, Params, Step, type StepContext } from "@halte/engine"

/** One piece of work, as the file of effects has it: the beginning of a step or of an item of its loop. */
export interface Work {
  /** Which process did it. */
  readonly life: number
  readonly execution: string
  readonly step: string
  /** Of an item. */
  readonly index?: number
}

export interface Place {
  readonly life: number
  /** The file of effects: one line of JSON per piece of work. */
  readonly effects: string
  /** The shell script that the programs of the flow are. */
  readonly program: string
}

/** A program: writes down that it began, takes its time, and gives its value. */
export const programText = `printf '{"life":%s,"execution":"%s","step":"%s"}\\n' "$2" "$3" "$4" >>"$1"
sleep 0.1
echo "{\\"program\\":\\"$4\\",\\"n\\":$5}"
`

/** Items of the loop, and how many of them one batch has. */
export const items = 60
export const batch = 5

const params = Params.make(Schema.Struct({ n: Schema.Int }))

/** As flows are given to a project: by name `chaos`, or `chaos-relaxed`, which writes behind. */
export const make = (place: Place, durability: Flow.Durability) => {
  const begin = ({ execution, step }: StepContext.StepContextShape, index?: number) => {
    const work: Work = { life: place.life, execution, step, ...(index === undefined ? undefined : { index }) }
    appendFileSync(place.effects, `${JSON.stringify(work)}\n`)
  }
  const work = (name: string, after: ReadonlyArray<Step.Any>, millis: number) =>
    Step.make(name, {
      input: { params },
      after,
      run: ({ params }, step) => {
        begin(step)
        return Effect.as(Effect.sleep(millis), `${name} of ${params.n}`)
      }
    })
  const program = (name: string, after: Step.Any) =>
    Step.process(name, {
      input: { params },
      after,
      command: ({ params }, { execution, step }) => [
        "sh",
        place.program,
        place.effects,
        String(place.life),
        execution,
        step,
        String(params.n)
      ],
      grace: "2 seconds",
      output: "json-last-line"
    })
  const first = work("first", [], 20)
  const second = work("second", [first], 40)
  const third = work("third", [second], 40)
  const layer = Array.from({ length: 6 }, (_, i) => work(`layer-${i}`, [first], 20 + 30 * i))
  const loop = Step.forEach("loop", {
    input: { params },
    after: first,
    items: ({ params }) => Array.from({ length: items }, (_, i) => params.n * 1000 + i),
    every: batch,
    concurrency: 2,
    collect: true,
    run: (item, step, index) => {
      begin(step, index)
      return Effect.as(Effect.sleep(8), item * 2)
    }
  })
  const large = Step.make("large", {
    input: { params },
    after: second,
    run: ({ params }, step) => {
      begin(step)
      return `${params.n} `.repeat(30_000)
    }
  })
  const one = program("program-one", first)
  const two = program("program-two", one)
  const last = Step.make("last", {
    input: { params, large, loop, one, two },
    after: [third, ...layer],
    run: ({ large, loop, one, two }, step) => {
      begin(step)
      return createHash("sha256")
        .update(JSON.stringify([large, loop, one, two]))
        .digest("hex")
    }
  })
  return Flow.make(durability === "step" ? "chaos" : "chaos-relaxed", {
    params,
    durability,
    steps: [first, second, third, ...layer, loop, large, one, two, last]
  })
}

/** Every step of it. */
export const steps = [
  "first",
  "second",
  "third",
  ...Array.from({ length: 6 }, (_, i) => `layer-${i}`),
  "loop",
  "large",
  "program-one",
  "program-two",
  "last"
] as const
