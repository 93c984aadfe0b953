// Durable steps: how fast, beside the floor and beside packages; what a crash repeats; what a stop's own commit costs; and
// how a store with much in it is opened.
import { mkdtempSync, rmSync } from "node:fs"
import { measure } from "../ChildProcess.mjs"
import { median } from "../Statistics.mjs"
import { fileSystemOf, makeFolder } from "./Disk.mjs"
import { durableGraphs } from "./DurableGraph.mjs"
import { killOnce } from "./killed/Killed.mjs"
import { durablePeers, startServers } from "./Peer.mjs"

export const synchronousSettings = ["full", "normal"]

export const durable = async (options, report) => {
  const folder = makeFolder()
  const peers = durablePeers.filter(({ file }) => options.contenders?.includes(file) ?? true)
  const { problemOf, servers, stop } = await startServers(peers, folder)
  const setting = { folder, options, report, peers, problemOf, servers }
  try {
    return {
      fileSystem: fileSystemOf(folder),
      ...(await speed(setting)),
      killed: await kills(setting),
      interrupt: await interruptCommit(setting),
      opening: await opening(setting)
    }
  } finally {
    await stop()
  }
}

/** Runs a child in a folder of its own, which is removed: files are large, and a full disk is a slow one. */
const inFolder = async ({ folder, options }, file, input) => {
  const own = mkdtempSync(`${folder}/run-`)
  const result = await measure(
    file,
    { ...input, folder: own },
    { built: options.built, capMillis: options.capMillis * 2 }
  )
  rmSync(own, { recursive: true, force: true })
  return result
}

const speed = async (setting) => {
  const { options, peers, problemOf, report, servers } = setting
  const rows = Object.keys(durableGraphs).flatMap((graph) =>
    synchronousSettings.map((synchronous) => ({ graph, synchronous, rounds: [] }))
  )
  const peerRows = peers.flatMap((peer) =>
    Object.keys(durableGraphs)
      .filter((graph) => durableGraphs[graph].peers)
      .map((graph) => ({ peer, graph, ratios: [], millis: [], problem: problemOf(peer) }))
  )
  const peerRounds = options.quick ? 1 : Math.min(3, options.rounds)
  for (let round = 0; round < options.rounds; round++)
    for (const row of rows) {
      const { graph, synchronous } = row
      const what = `durable: round ${round + 1} of ${options.rounds}, ${durableGraphs[graph].text}`
      report(`${what}, ${synchronous}`)
      const input = { graph, synchronous, millis: options.quick ? 1_000 : 3_000 }
      const { problem, value } = await inFolder(setting, "durable/child.mjs", input)
      if (problem !== undefined) row.problem = problem
      else row.rounds.push(value)
      if (synchronous !== "full" || round >= peerRounds || value === undefined) continue
      // Neighbours in time: the disk is not the same one a minute later.
      for (const peerRow of peerRows.filter((r) => r.graph === graph && r.problem === undefined)) {
        report(`${what}, ${peerRow.peer.name}`)
        const result = await inFolder(setting, "durable/peers/peerChild.mjs", {
          ...input,
          file: peerRow.peer.file,
          server: servers
        })
        if (result.problem !== undefined) {
          peerRow.problem = result.problem
          continue
        }
        const millis = median(result.value.samples)
        peerRow.steps = result.value.steps
        peerRow.millis.push(millis)
        peerRow.ratios.push(millis / median(value.samples.step))
      }
    }
  return { speed: rows.map(summary), peers: peerRows.map(peerSummary) }
}

/** Ratios of runs that followed on each other, then medians: of a process's runs, and of the rounds. */
const summary = ({ graph, problem, rounds, synchronous }) => {
  const row = { graph, synchronous, problem }
  if (rounds.length === 0) return row
  const { steps, stepCommits } = rounds.at(-1)
  const of = (name) => {
    const ratios = rounds.map(({ samples }) => median(samples[name].map((took, i) => took / samples.floor[i])))
    const millis = median(rounds.map(({ samples }) => median(samples[name])))
    return {
      ratio: median(ratios),
      spread: [Math.min(...ratios), Math.max(...ratios)],
      perSecond: (steps / millis) * 1_000
    }
  }
  return { ...row, steps, stepCommits, floor: of("floor"), step: of("step"), relaxed: of("relaxed") }
}

const peerSummary = ({ graph, millis, peer, problem, ratios, steps }) => ({
  graph,
  peer,
  problem,
  ...(millis.length === 0
    ? undefined
    : {
        ratio: median(ratios),
        spread: [Math.min(...ratios), Math.max(...ratios)],
        perSecond: (steps / median(millis)) * 1_000,
        rounds: millis.length
      })
})

const kills = async ({ folder, options, peers, problemOf, report, servers }) => {
  const times = options.quick ? 2 : 5
  const contenders = [
    { name: "Halte", module: "./Halte.mjs" },
    ...peers.map((peer) => ({ name: peer.name, module: `../peers/${peer.file}.mjs`, problem: problemOf(peer) }))
  ]
  const rows = contenders.map(({ module, name, problem }) => ({ name, module, problem, results: [] }))
  for (let round = 0; round < times; round++)
    for (const row of rows) {
      if (row.problem !== undefined) continue
      report(`durable: kill ${round + 1} of ${times}, ${row.name}`)
      const result = await killOnce({ folder, module: row.module, server: servers }, options)
      if (result.problem === undefined) row.results.push(result)
      else row.problem = result.problem
    }
  return rows.map(({ name, problem, results }) => {
    const sum = (field) => results.reduce((total, result) => total + result[field], 0)
    return {
      name,
      problem,
      kills: results.length,
      through: sum("through"),
      stored: sum("stored"),
      repeated: sum("repeated"),
      again: sum("again")
    }
  })
}

const interruptCommit = async (setting) => {
  setting.report("durable: what the commit of a request to stop adds")
  const input = { times: setting.options.quick ? 20 : 60 }
  const { problem, value } = await inFolder(setting, "durable/InterruptCommit.mjs", input)
  if (problem !== undefined) return { problem }
  const medians = Object.fromEntries(Object.entries(value).map(([name, millis]) => [name, median(millis)]))
  const added = Object.fromEntries(
    synchronousSettings.map((name) => [
      name,
      { millis: medians[name] - medians.memory, most: Math.max(...value[name]) }
    ])
  )
  return { times: input.times, memory: medians.memory, added }
}

const opening = async (setting) => {
  setting.report("durable: opening a store with much in it")
  const { quick } = setting.options
  const input = { times: quick ? 3 : 7, executions: quick ? 2_000 : 10_000, events: quick ? 20_000 : 100_000 }
  const { problem, value } = await inFolder(setting, "durable/Opening.mjs", input)
  if (problem !== undefined) return { problem }
  const millis = Object.fromEntries(Object.entries(value.samples).map(([name, took]) => [name, median(took)]))
  return { ...input, mebibytes: value.bytes / 2 ** 20, millis }
}
