/**
 * Which of the formats that an address has a request wants.
 *
 * @since 0.1.0
 */

interface Wanted {
  readonly type: string
  readonly quality: number
}

const parse = (accept: string): ReadonlyArray<Wanted> =>
  accept.split(",").map((range) => {
    const [type, ...params] = range.split(";").map((part) => part.trim().toLowerCase())
    const quality = params.find((param) => param.startsWith("q="))
    return { type: type!, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 }
  })

const fits = (type: string, format: string): boolean =>
  type === format || type === "*/*" || (type.endsWith("/*") && format.startsWith(type.slice(0, -1)))

/**
 * The first of `formats` that the header wants most; the first of all where it wants none of them, or says nothing.
 *
 * @since 0.1.0
 */
export const choose = <const Format extends string>(
  accept: string | undefined,
  formats: readonly [Format, ...ReadonlyArray<Format>]
): Format => {
  const wanted = parse(accept ?? "")
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  for (const { type } of wanted) {
    const found = formats.find((format) => fits(type, format))
    if (found !== undefined) return found
  }
  return formats[0]
}

/**
 * Whether a header allows any of the formats. Saying nothing allows all.
 *
 * @since 0.1.0
 */
export const allows = (accept: string | null, formats: ReadonlyArray<string>): boolean => {
  if (accept === null || accept.trim() === "") return true
  const wanted = parse(accept)
  return formats.some((format) => wanted.some(({ quality, type }) => quality > 0 && fits(type, format)))
}
