import { appendFileSync } from "node:fs"

for (let i = Number(process.env.HALTE_CURSOR ?? 0); i < 4; i++) {
  appendFileSync(process.env.HALTE_REPORT, `${JSON.stringify({ cursor: i + 1, done: i + 1, total: 4 })}\n`)
  await new Promise((wait) => setTimeout(wait, 60))
  appendFileSync("items.txt", `item ${i}\n`)
}
