// The targets, one line each: met, or not met with what was measured.
export const targetReport = (rows) => {
  if (rows.length === 0) return "targets: none of what they are about was measured"
  const judged = rows.filter((row) => row.isNote !== true)
  const met = judged.filter((row) => row.isMet).length
  const verdict = (row) => (row.isMet ? "met" : row.isNote === true ? "(no target)" : "NOT MET")
  // The verdict first: what was measured may be long.
  return `targets: ${met} of ${judged.length} met\n${rows.map((row) => `  ${verdict(row).padEnd(11)}  ${row.target}: ${row.measured}`).join("\n")}`
}
