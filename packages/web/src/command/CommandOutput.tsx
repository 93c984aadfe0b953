/**
 * What a command has written, and what happened to it in between. It follows the end until somebody scrolls up.
 */
import { ControlSequences, type LogLine } from "@halte/engine/model"
import { memo, type ReactNode, useLayoutEffect, useMemo, useRef } from "react"
import { StopText } from "../ui/StopText.tsx"
import { isNote, type Note } from "./CommandText.ts"

/** So many lines are one piece: of those that are out of sight a browser lays out none, and a new line changes the last piece only. */
const pieceSize = 200

export const CommandOutput = ({
  items,
  label
}: {
  readonly items: ReadonlyArray<LogLine.LogLine | Note>
  readonly label: string
}) => {
  const ref = useRef<HTMLPreElement>(null)
  const follows = useRef(true)
  const pieces = useMemo(() => {
    const out: Array<ReadonlyArray<LogLine.LogLine | Note>> = []
    for (let from = 0; from < items.length; from += pieceSize) out.push(items.slice(from, from + pieceSize))
    return out
  }, [items])
  useLayoutEffect(() => {
    const box = ref.current
    if (box !== null && follows.current) box.scrollTop = box.scrollHeight
  }, [items])
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached by the keyboard
    <pre
      ref={ref}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label={label}
      role="log"
      aria-live="off"
      onScroll={({ currentTarget: box }) => {
        follows.current = box.scrollHeight - box.scrollTop - box.clientHeight < 24
      }}
    >
      {pieces.map((piece, i) => (
        <Piece key={i} items={piece} last={i === pieces.length - 1} />
      ))}
    </pre>
  )
}

interface PieceProps {
  readonly items: ReadonlyArray<LogLine.LogLine | Note>
  readonly last: boolean
}

const same = (a: PieceProps, b: PieceProps): boolean =>
  a.last === b.last && a.items.length === b.items.length && a.items.every((item, i) => item === b.items[i])

const Piece = memo(({ items, last }: PieceProps) => {
  const lines: Array<ReactNode> = items.map((item, i) =>
    isNote(item) ? (
      <span key={i} className={`line ${item.tone}`}>
        <StopText text={`${item.text}\n`} />
      </span>
    ) : item.stream === "stderr" ? (
      <span key={i} className="line err">
        {`${ControlSequences.strip(item.text)}\n`}
      </span>
    ) : (
      `${ControlSequences.strip(item.text)}\n`
    )
  )
  return <span className={last ? "piece last" : "piece"}>{lines}</span>
}, same)
Piece.displayName = "Piece"
