/**
 * The tests of documented examples: each runs to its end, then again for each point, where it is stopped and resumed by
 * another engine; it has to come to the same.
 */
import { afterAll, assert, beforeAll, it } from "@effect/vitest"
import type { KeyPage } from "./KeyExamples.ts"
import * as KeyRehearsal from "./KeyRehearsal.ts"
import * as KeyWebServer from "./KeyWebServer.ts"

/** Most points that an example is stopped at, spread over all that it has. */
const mostPoints = 6

/** Declares them for pages, in the `describe` around it. */
export const declare = (pages: ReadonlyArray<KeyPage>): void => {
  let web: KeyWebServer.WebServer
  beforeAll(async () => {
    web = await KeyWebServer.open()
  })
  afterAll(() => web.close())

  // One after the other: a check gives each module 10 s to load, and the flows below take what the machine has.
  it("have no errors", { timeout: 120_000 }, async () => {
    for (const page of pages)
      for (const example of page.examples)
        assert.deepStrictEqual(await KeyRehearsal.check(page, example, web), [], `${page.page}: \`${example.name}\``)
  })

  for (const page of pages)
    for (const example of page.examples)
      it.concurrent(
        `${page.page}: \`${example.name}\` runs, and gives the same when it is stopped at each of its points and resumed (P7)`,
        { timeout: 120_000 },
        async () => {
          const whole = await KeyRehearsal.rehearse(page, example, web)
          assert.deepStrictEqual(
            whole.outcomes.map(({ _tag }) => _tag.toLowerCase()),
            [...example.expect],
            whole.outcomes.map((o) => (o._tag === "Failed" ? `${o.step}: ${o.failure.message}` : o._tag)).join(", ")
          )
          const { values } = whole.outcomes.at(-1)!
          for (const { path, step, value } of example.outputs)
            assert.deepStrictEqual(
              path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values[step]),
              value,
              `the output of \`${[step, ...path].join(".")}\``
            )
          for (const point of KeyRehearsal.points(whole.events, mostPoints)) {
            const stopped = await KeyRehearsal.rehearse(page, example, web, point)
            const where = `stopped ${KeyRehearsal.pointText(point)}, then resumed`
            assert.deepStrictEqual(stopped.result, whole.result, where)
            assertRanOnce(stopped, where)
          }
        }
      )
}

/** No step that completed runs again, unless it was taken back. */
const assertRanOnce = ({ events }: KeyRehearsal.Rehearsed, where: string): void => {
  if (events.some((event) => event.type === "clean-up-started" && event.kind === "undo")) return
  const completed = events.flatMap((event) => (event.type === "step-completed" ? [event.step] : []))
  assert.deepStrictEqual(
    completed.filter((step, i) => completed.indexOf(step) !== i),
    [],
    `steps that completed twice, ${where}`
  )
}
