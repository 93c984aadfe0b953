// The work of one iteration: integer arithmetic of about the wanted time, the same for every loop. It is long on purpose:
// V8 would inline a short function into the loops and compile it better in one than in the other, and that difference
// would be taken for the cost of the stopping point.
let value = 1

/** `rounds` times thirty-two dependent operations. */
export const work = (rounds, i) => {
  let y = value ^ i
  for (let k = 0; k < rounds; k++) {
    y = (Math.imul(y, 1_664_525) + 1_013_904_223) | 0
    y ^= y << 13
    y ^= y >>> 17
    y ^= y << 5
    y = (Math.imul(y, 22_695_477) + 1) | 0
    y ^= y << 7
    y ^= y >>> 9
    y ^= y << 8
    y = (Math.imul(y, 1_103_515_245) + 12_345) | 0
    y ^= y << 11
    y ^= y >>> 19
    y ^= y << 3
    y = (Math.imul(y, 69_069) + 1_234_567) | 0
    y ^= y << 6
    y ^= y >>> 21
    y ^= y << 7
    y = (Math.imul(y, 134_775_813) + 1) | 0
    y ^= y << 9
    y ^= y >>> 15
    y ^= y << 4
    y = (Math.imul(y, 214_013) + 2_531_011) | 0
    y ^= y << 10
    y ^= y >>> 14
    y ^= y << 2
    y = (Math.imul(y, 16_807) + 7) | 0
    y ^= y << 12
    y ^= y >>> 18
    y ^= y << 6
    y = (Math.imul(y, 48_271) + 11) | 0
    y ^= y << 14
    y ^= y >>> 16
    y ^= y << 1
  }
  value = y
}

/** How many rounds take `nanos` here. */
export const calibrate = (nanos) => {
  const time = (rounds) => {
    const n = 2_000
    const begin = performance.now()
    for (let i = 0; i < n; i++) work(rounds, i)
    return ((performance.now() - begin) * 1e6) / n
  }
  for (let warm = 0; warm < 200; warm++) time(10)
  const cost = Math.min(...Array.from({ length: 20 }, () => time(100))) / 100
  return Math.round(nanos / cost)
}
