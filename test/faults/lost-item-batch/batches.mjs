import { writeFile } from "node:fs/promises"

export default async (_, step) => {
  for (let first = step.cursor ?? 0; first < 6; first += 2) {
    await step.saveCursor(first + 2)
    await new Promise((wait) => setTimeout(wait, 40))
    if (await step.stop.check()) return
    for (const i of [first, first + 1]) await writeFile(`item-${i}.txt`, `${i}\n`)
  }
}
