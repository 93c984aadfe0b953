/**
 * The flows that can be started here.
 */
import { DurationText, FlowDescription, StopBound, StopPromise } from "@halte/engine/model"
import { useMemo, useRef, useState } from "react"
import { desktop } from "../desktop/Desktop.ts"
import { useFlows } from "../live/Flows.ts"
import { useServer } from "../live/Server.ts"
import { Link } from "../route/Navigation.tsx"
import { useTitle } from "../shell/useTitle.ts"
import { Icon } from "../ui/Icon.tsx"
import { onKeys } from "../ui/Keys.ts"
import { Empty, Problem } from "../ui/Notice.tsx"

/** The flow behind the Command view has a view of its own. */
const isListed = ({ name }: FlowDescription.FlowDescription): boolean => name !== "command"

const FlowsView = () => {
  const { flows, problem } = useFlows()
  const { info } = useServer()
  const [text, setText] = useState("")
  const search = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLUListElement>(null)
  useTitle("Start · Halte")
  const listed = useMemo(() => (flows ?? []).filter(isListed), [flows])
  const shown = listed.filter(({ description, label, name }) =>
    [name, label, description].some((part) => part?.toLowerCase().includes(text.trim().toLowerCase()) === true)
  )
  const move = (by: number) => {
    const links = [...(list.current?.querySelectorAll("a") ?? [])]
    const at = links.findIndex((link) => link === document.activeElement)
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus()
  }
  return (
    <main
      className="page narrow"
      id="main"
      tabIndex={-1}
      onKeyDown={onKeys({
        ArrowDown: () => move(1),
        ArrowUp: () => move(-1),
        j: () => move(1),
        k: () => move(-1),
        "/": () => search.current?.focus()
      })}
    >
      <div className="head">
        <h1>Start a flow</h1>
      </div>
      {listed.length > 8 ? (
        <div className="filters">
          <label className="field search">
            <Icon name="search" />
            <input
              ref={search}
              type="search"
              placeholder="Name or description"
              aria-label="Filter flows"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
            <kbd aria-hidden="true">/</kbd>
          </label>
        </div>
      ) : undefined}
      {problem === undefined ? undefined : <Problem error={problem} />}
      {flows === undefined && problem === undefined ? (
        <div className="list loading" aria-busy="true" />
      ) : listed.length === 0 ? (
        <Empty title={`This ${desktop === undefined ? "server" : "project"} has no flow`}>
          <p>
            A flow is a file <code>NAME.flow.yaml</code>{" "}
            {info?.project === undefined ? "of the project" : `in ${info.project}`}. This writes one:
          </p>
          <p className="copy">
            <span>halte init</span>
          </p>
        </Empty>
      ) : shown.length === 0 ? (
        <Empty title="No flow is like that" />
      ) : (
        <ul className="flows" ref={list}>
          {shown.map((flow) => (
            <li key={flow.name}>
              <Link className="card flow-card" to={{ view: "flow", name: flow.name }}>
                <span className="n">
                  {flow.label ?? flow.name}
                  {flow.label === undefined ? undefined : <code>{flow.name}</code>}
                  {flow.version === undefined ? undefined : <span className="tag">{flow.version}</span>}
                </span>
                <span className="d">{flow.description ?? "No description."}</span>
                <span className="m">
                  {DurationText.plural(FlowDescription.leaves(flow).length, "step")} · stops{" "}
                  {StopBound.toText(StopPromise.ofFlow(flow)).replaceAll("`", "")}
                  {flow.single ? " · one at a time" : ""}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </main>
  )
}

export default FlowsView
