/**
 * What `map` becomes: one step of what stands beside it for each item.
 *
 * @since 0.1.0
 */
import { Step } from "@halte/engine"
import type { DeclaredStep } from "./DeclaredSteps.ts"
import * as Fingerprint from "./Fingerprint.ts"
import type { mapTable } from "./FlowKeys.ts"
import * as ItemSource from "./ItemSource.ts"
import type { Fields } from "./KeyTable.ts"
import type { RecordEntry } from "./Shape.ts"
import { type EnclosingMap, StepScope, variableMark } from "./StepScope.ts"
import * as When from "./When.ts"

/** What is said of the map as a whole, and not of the steps that it makes. */
export interface Whole {
  readonly after: ReadonlyArray<string>
  readonly label?: string | undefined
  readonly icon?: string | undefined
  readonly description?: string | undefined
}

/**
 * Compiles a map; `undefined` once a problem has been reported. `inner` compiles what it makes, in the scope that it is
 * given, where the item is known.
 *
 * **Details**
 *
 * `after`, the texts and, where it does not read the item, `when` are the map's; everything else is said of each of its
 * steps.
 *
 * @since 0.1.0
 */
export const compile = (
  declared: DeclaredStep,
  entry: RecordEntry<Fields<typeof mapTable>>,
  scope: StepScope,
  whole: Whole,
  inner: (scope: StepScope, when: When.Compiled | undefined) => Step.Any | undefined
): Step.Any | undefined => {
  const { fields } = declared
  const map = entry.value
  if (fields["for-each"] !== undefined) {
    scope.problems.error(
      entry.key,
      "several-kinds",
      `Step \`${declared.id}\` has \`map\` and \`for-each\`, but goes through one list.`,
      "Keep `for-each` for many small items in one step, `map` for a step of its own for each; or put the `for-each` into inner `steps` of the map."
    )
    return undefined
  }
  if (map.in === undefined) return undefined
  const source = ItemSource.compile(map.in, "map.in", scope)
  const item = source === undefined ? undefined : ItemSource.variable(map.as, source, scope)
  if (source === undefined || item === undefined) return undefined
  const variables = [item, { name: "index", type: "int" }]
  const isOfEach = fields.when !== undefined && reads(fields.when.value.text, [item.name, "index"])
  const when = isOfEach ? undefined : When.compile(fields.when, scope)
  let made: Step.Any | undefined
  const step = Step.map(declared.key.text, {
    ...whole,
    fingerprint: Fingerprint.ofStep(declared.node, scope.moduleHashes),
    input: scope.inputs(),
    when: when?.test,
    whenText: when?.text,
    items: source.items,
    concurrency: map.concurrency?.value,
    step: (given, index) => {
      const inputs = { [variableMark + item.name]: given, [`${variableMark}index`]: index }
      const enclosing: EnclosingMap = { id: declared.id, variables, inputs }
      const each = new StepScope({ ...scope.flow, maps: [...scope.flow.maps, enclosing] }, declared)
      made = inner(each, isOfEach ? When.compile(fields.when, each) : undefined)
      return made ?? Step.sleep(declared.key.text, { duration: 0 })
    }
  })
  return made === undefined ? undefined : { ...step, stops: ItemSource.withSource(step.stops, source) }
}

/** Whether an expression may read one of these names: of a text that only holds one, the condition is asked once more. */
const reads = (text: string, names: ReadonlyArray<string>): boolean =>
  names.some((name) => new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(text))
