// Uploads one part of a file to the server, here a directory, over a line that is slow on purpose.
//
//   node upload-part.mjs FILE RELEASE PART OF BYTES-PER-SECOND
//
// Halte can stop it at any moment: the part goes on where it stopped. How far it is, it says by lines of JSON in the file
// that HALTE_REPORT names; where an earlier attempt stopped, it finds in HALTE_CURSOR.
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

const [file, release, part, of, rate] = process.argv.slice(2)
const bytes = readFileSync(file)
const size = Math.ceil(bytes.length / Number(of))
const mine = bytes.subarray((Number(part) - 1) * size, Number(part) * size)

const report = (progress) => {
  const { HALTE_REPORT } = process.env
  if (HALTE_REPORT !== undefined) appendFileSync(HALTE_REPORT, `${JSON.stringify(progress)}\n`)
}

// Tells the server's other users that this part is being written. We are stopped without warning: the step's `clean-up`
// takes the lock away.
mkdirSync(join(release, "parts"), { recursive: true })
const lock = join(release, "parts", `${part}.lock`)
writeFileSync(lock, String(process.pid))

// What lies behind the cursor was written but not reported, and comes again.
const target = openSync(join(release, "parts", part), "a")
let done = Math.min(Number(process.env.HALTE_CURSOR ?? 0), mine.length)
ftruncateSync(target, done)
report({ done, total: mine.length, cursor: done })

const chunk = Math.max(1, Math.round(Number(rate) / 10))
while (done < mine.length) {
  await sleep(100)
  writeSync(target, mine.subarray(done, done + chunk))
  done = Math.min(done + chunk, mine.length)
  report({ done, total: mine.length, cursor: done, message: `${done} of ${mine.length} bytes` })
}
closeSync(target)
rmSync(lock)
console.log(`part ${part} of ${of}: ${mine.length} bytes`)
