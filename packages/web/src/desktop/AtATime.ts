/**
 * How many executions run at a time, as a person types it.
 */
export const most = 1000

/** The number; `null`: as many as there are; `undefined`: it is neither. */
export const read = (text: string): number | null | undefined => {
  const given = text.trim()
  if (given === "") return null
  if (!/^\d{1,4}$/.test(given)) return undefined
  const number = Number(given)
  return number >= 1 && number <= most ? number : undefined
}

export const toText = (number: number | null): string => (number === null ? "" : String(number))
