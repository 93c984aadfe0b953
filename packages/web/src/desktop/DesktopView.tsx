/**
 * What the desktop shows around the views of the page, and in their place while there is nothing to show.
 */
import type { ReactNode } from "react"
import { useDesktop, useEngineStory } from "./Desktop.ts"
import type { DesktopState } from "./DesktopBridge.ts"
import { EngineLost } from "./EngineLost.tsx"
import { NotOpened, Starting } from "./EngineStart.tsx"
import { Notices } from "./Notices.tsx"
import { Welcome } from "./Welcome.tsx"

/** `children`: the view that the address names. In a browser there is nothing else. */
export const DesktopView = ({ children }: { readonly children: ReactNode }) => {
  const state = useDesktop()
  const { ran } = useEngineStory()
  if (state === undefined) return children
  return (
    <>
      <Notices />
      <EngineLost />
      {instead(state, ran) ?? children}
    </>
  )
}

const instead = ({ engine }: DesktopState, ran: boolean): ReactNode | undefined => {
  if (engine._tag === "None") return <Welcome />
  if (ran) return undefined
  if (engine._tag === "Starting") return <Starting />
  return engine._tag === "Failed" ? <NotOpened failed={engine} /> : undefined
}
