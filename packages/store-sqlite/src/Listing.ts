/**
 * Lists executions, newest first, each filter by its own index: a store of ten thousand answers as fast as one of ten.
 */
import { ExecutionId, type Executions, type ExecutionStore, type ExecutionSummary } from "@halte/engine"
import type { Connection } from "./Connection.ts"
import { parseSummary } from "./ExecutionRows.ts"

type Summary = ExecutionSummary.ExecutionSummary

/** The length of every id, and how much of its end has an index. */
const idLength = ExecutionId.make(0).length
const indexedEnding = 4

/** A statement that lists, and the values of its parameters. */
export interface Query {
  readonly sql: string
  readonly values: Record<string, string | number>
}

/** How a listing is asked for. `undefined` when nothing can be in it. */
export const query = (filter: ExecutionStore.StoreFilter = {}): Query | undefined => {
  const { before, children, ending, flow, limit = 50, owner, status } = filter
  if (status?.length === 0) return undefined
  // SQLite takes no infinite limit, and one below zero as none.
  const most = Math.max(0, Math.min(Math.trunc(limit), Number.MAX_SAFE_INTEGER))
  const values: Record<string, string | number> = { limit: most }
  const conditions = ["summary IS NOT NULL"]
  const where = (condition: string, name: string, value: string): void => {
    conditions.push(condition)
    values[name] = value
  }
  if (flow !== undefined) where("flow = :flow", "flow", flow)
  if (before !== undefined) where("id < :before", "before", before)
  if (owner !== undefined) where("owner = :owner", "owner", owner)
  if (ending !== undefined) endsIn(ending, where)
  // Row by row: there are few of them beside the others.
  if (children === false) conditions.push("json_extract(summary, '$.parent') IS NULL")
  const states = [...new Set(status)]
  for (const [i, state] of states.entries()) values[`status${i}`] = state
  const names = states.map((_, i) => `:status${i}`)
  const select = (index: string, more: ReadonlyArray<string> = []): string =>
    `SELECT id, owner, summary FROM executions${index} WHERE ${[...conditions, ...more].join(" AND ")}`
  const newest = " ORDER BY id DESC LIMIT :limit"
  // Few can have an ending or an owner: the other conditions are looked at row by row.
  const few =
    ending !== undefined && ending.length >= indexedEnding
      ? ending.length === idLength
        ? ""
        : " INDEXED BY executions_ending"
      : owner !== undefined
        ? " INDEXED BY executions_owner"
        : undefined
  if (few !== undefined) {
    const sql = select(few, names.length === 0 ? [] : [`status IN (${names.join(", ")})`]) + newest
    return { sql, values }
  }
  if (names.length === 0)
    return { sql: select(flow === undefined ? "" : " INDEXED BY executions_flow") + newest, values }
  // One state after the other comes from the index in order, so the newest of all are merged without sorting any.
  const index = ` INDEXED BY executions_${flow === undefined ? "status" : "flow_status"}`
  return { sql: names.map((name) => select(index, [`status = ${name}`])).join(" UNION ALL ") + newest, values }
}

const endsIn = (ending: string, where: (condition: string, name: string, value: string) => void): void => {
  if (ending.length === idLength) return where("id = :ending", "ending", ending)
  where(`substr(id, -${ending.length}) = :ending`, "ending", ending)
  if (ending.length > indexedEnding)
    where(`substr(id, -${indexedEnding}) = :tail`, "tail", ending.slice(-indexedEnding))
}

/** Lists. */
export const list = (
  connection: Connection,
  filter: ExecutionStore.StoreFilter | undefined
): ReadonlyArray<Summary> => {
  const asked = query(filter)
  if (asked === undefined) return []
  return connection
    .prepare(asked.sql)
    .all(asked.values)
    .map(({ id, owner, summary }) => {
      const parsed = parseSummary(String(summary), String(id), connection.file)
      return owner === null ? parsed : { ...parsed, owner: String(owner) }
    })
}

/** Counts by state, within an index: no listing is read. */
export const counts = (connection: Connection, flow: string | undefined): Executions.Counts => {
  const rows =
    flow === undefined
      ? connection
          .prepare(
            `SELECT status, count(*) AS n FROM executions INDEXED BY executions_status
             WHERE status IS NOT NULL GROUP BY status`
          )
          .all()
      : connection
          .prepare(
            `SELECT status, count(*) AS n FROM executions INDEXED BY executions_flow_status
             WHERE flow = ? AND status IS NOT NULL GROUP BY status`
          )
          .all(flow)
  return Object.fromEntries(rows.map(({ n, status }) => [String(status), Number(n)]))
}
