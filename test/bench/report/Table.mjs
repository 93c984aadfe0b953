// A table of texts, aligned: the first column to the left, numbers to the right.
export const table = (head, rows) => {
  const all = [head, ...rows].map((row) => row.map((cell) => String(cell ?? "")))
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)))
  const line = (row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ")
  const [first, ...rest] = all
  return [line(first), widths.map((w) => "─".repeat(w)).join("  "), ...rest.map(line)].join("\n")
}

/** Three digits at most, and no more than the measurement can tell. */
export const number = (value) => {
  if (value === undefined) return "–"
  if (value >= 100) return Math.round(value).toLocaleString("en-US")
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
