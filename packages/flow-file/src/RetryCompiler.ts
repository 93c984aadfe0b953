/**
 * What `retry` becomes.
 *
 * @since 0.1.0
 */
import { FailureCodes, type RetryPolicy } from "@halte/engine"
import { quote } from "./FileNode.ts"
import type { retryTable, StepFields } from "./FlowKeys.ts"
import type { Fields } from "./KeyTable.ts"
import type { StepScope } from "./StepScope.ts"

/**
 * Compiles a policy; `undefined` where there is none. A misspelt code can't be told from an author's own: it is a warning
 * where a known one is near.
 *
 * @since 0.1.0
 */
export const compile = (entry: StepFields["retry"], scope: StepScope): RetryPolicy.RetryPolicy | undefined => {
  const retry = entry?.value
  if (retry?.tries === undefined) return undefined
  return {
    tries: retry.tries.value,
    delay: retry.delay?.value,
    backoff: retry.backoff?.value,
    maxDelay: retry["max-delay"]?.value,
    jitter: retry.jitter?.value,
    on: conditions(retry.on, scope)
  }
}

const conditions = (
  on: Fields<typeof retryTable>["on"],
  scope: StepScope
): ReadonlyArray<number | string> | undefined => {
  if (on === undefined) return undefined
  if (on.value.length === 0 && on.node._tag === "List" && on.node.items.length === 0)
    scope.problems.error(
      on.node,
      "empty-list",
      `\`retry.on\` of ${scope.owner} is an empty list.`,
      "Leave it out to try again after any failure."
    )
  return on.value.flatMap(({ node, value }) => {
    const [, first, last] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(value) ?? []
    const isCode = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value)
    if (!isCode && (first === undefined || Number(last ?? first) < Number(first))) {
      scope.problems.error(
        node,
        "wrong-type",
        `${quote(value)} in \`retry.on\` of ${scope.owner} is no exit code, no range of them and no code of a failure.`,
        "Write such as `75`, `100-110` or `timed-out`."
      )
      return []
    }
    const near = isCode ? FailureCodes.nearest(value) : undefined
    if (near !== undefined)
      scope.problems.warning(
        node,
        "unknown-failure-code",
        `No step of Halte fails with ${quote(value)}, which ${scope.owner} is tried again after.`,
        `Did you mean \`${near}\`? A tagged error of a module of yours may have such a code.`
      )
    return [first !== undefined && last === undefined ? Number(first) : value]
  })
}
