/**
 * What `Array.fromAsync` does, which the declarations of ES 2024 don't know yet.
 */
export const collect = async <A, B = A>(items: AsyncIterable<A>, map: (item: A) => B): Promise<ReadonlyArray<B>> => {
  const found: Array<B> = []
  for await (const item of items) found.push(map(item))
  return found
}

/** Reads to the end, or to the error. */
export const drain = (items: AsyncIterable<unknown>): Promise<unknown> => collect(items, () => undefined)
