// The server: what a request costs beside a bare one, how fast events reach how many watchers and what each of them takes;
// and what it costs an execution to be observed.
import { measure } from "../ChildProcess.mjs"
import { median } from "../Statistics.mjs"

export const observers = {
  none: "nobody observes",
  silent: "an observer that does nothing",
  metrics: "metrics",
  traces: "metrics, traces and log records to a collector"
}

export const requests = {
  live: "GET /health/live",
  get: "GET /executions/ID",
  list: "GET /executions, 50 of them",
  start: "POST /flows/F/executions"
}

export const http = async (options, report) => {
  const run = async (what, file, input) => {
    report(`http: ${what}`)
    return measure(file, input, {
      built: options.built,
      capMillis: options.capMillis * 3
    })
  }
  const millis = options.quick ? 500 : 1_500
  const observed = []
  const asked = []
  for (let round = 0; round < options.rounds; round++) {
    const of = `round ${round + 1} of ${options.rounds}`
    observed.push(await run(`${of}, observers`, "http/Observed.mjs", { millis: millis * 4 }))
    asked.push(await run(`${of}, requests`, "http/Requests.mjs", { millis }))
  }
  const watched = []
  for (const watchers of options.quick ? [1, 100, 1_000] : [1, 100, 1_000, 4_000])
    watched.push({ watchers, ...(await run(`${watchers} watchers`, "http/Watchers.mjs", { watchers })) })
  return {
    observers: { problem: problemOf(observed), rows: observerRows(valuesOf(observed)) },
    requests: { problem: problemOf(asked), rows: requestRows(valuesOf(asked)) },
    watchers: watched
  }
}

const problemOf = (rounds) => rounds.find(({ problem }) => problem !== undefined)?.problem
const valuesOf = (rounds) => rounds.flatMap(({ value }) => (value === undefined ? [] : [value]))

/** Ratios to the runs beside them without an observer, then medians: of a process's runs, and of the rounds. */
const observerRows = (rounds) =>
  rounds.length === 0
    ? []
    : Object.keys(observers).map((name) => {
        const ratios = rounds.map(({ samples }) => median(samples[name].map((took, i) => took / samples.none[i])))
        return {
          name,
          ratio: median(ratios),
          spread: [Math.min(...ratios), Math.max(...ratios)],
          micros: median(rounds.map(({ samples, steps }) => (median(samples[name]) / steps) * 1_000))
        }
      })

const requestRows = (rounds) =>
  rounds.length === 0
    ? []
    : Object.keys(requests).map((name) => {
        const ratios = rounds.map(({ bare, perSecond }) => bare[name] / perSecond[name])
        return {
          name,
          ratio: median(ratios),
          spread: [Math.min(...ratios), Math.max(...ratios)],
          perSecond: median(rounds.map(({ perSecond }) => perSecond[name])),
          bare: median(rounds.map(({ bare }) => bare[name]))
        }
      })
