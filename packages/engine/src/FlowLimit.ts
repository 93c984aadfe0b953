/**
 * A named limit of a flow: how many of those that count against it run at a time, in one execution or in all of them.
 *
 * @since 0.1.0
 */

/**
 * A number is a limit of each execution for itself. `shared`: all executions of the project that name it count together,
 * whatever flow and process they belong to.
 *
 * @since 0.1.0
 */
export type FlowLimit = number | { readonly size: number; readonly shared?: boolean | undefined }

/**
 * How many run at a time.
 *
 * @since 0.1.0
 */
export const sizeOf = (limit: FlowLimit): number => (typeof limit === "number" ? limit : limit.size)

/**
 * Whether executions share it.
 *
 * @since 0.1.0
 */
export const isShared = (limit: FlowLimit): boolean => typeof limit !== "number" && limit.shared === true

/**
 * The limits of a flow as data.
 *
 * @since 0.1.0
 */
export type FlowLimits = Readonly<Record<string, FlowLimit>>

/**
 * Those that are each execution's own, with their sizes. Those that executions share are no matter of one plan.
 *
 * @since 0.1.0
 */
export const own = (limits: FlowLimits): ReadonlyArray<readonly [name: string, size: number]> =>
  Object.entries(limits).flatMap(([name, limit]) => (isShared(limit) ? [] : [[name, sizeOf(limit)] as const]))

/**
 * How many places a name stands for, where it is a limit that executions share.
 *
 * @since 0.1.0
 */
export const sharedSize = (limits: FlowLimits, name: string | undefined): number | undefined => {
  if (name === undefined || !Object.hasOwn(limits, name)) return undefined
  const limit = limits[name]!
  return isShared(limit) ? sizeOf(limit) : undefined
}
