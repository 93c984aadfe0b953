import { writeFile } from "node:fs/promises"

export default async ({ n }) => {
  await writeFile(`square-${n}.txt`, `${n * n}\n`)
  return n * n
}
