/**
 * A size in bytes, for people.
 */
import { DurationText } from "@halte/engine/model"

/** `1.4 kB`. */
export const bytesText = (bytes: number): string => {
  if (bytes < 1000) return DurationText.plural(bytes, "byte")
  const units = ["kB", "MB", "GB", "TB"]
  let size = bytes / 1000
  let unit = 0
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1000
    unit++
  }
  return `${size.toFixed(1)} ${units[unit]}`
}
