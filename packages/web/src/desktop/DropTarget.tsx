/**
 * The whole window takes files that are dragged onto it. Nothing that is dropped here ever becomes the page.
 */
import { useEffect, useState } from "react"
import { isTyping } from "../ui/Keys.ts"
import { Icon } from "../ui/Icon.tsx"
import { desktop, desktopNow } from "./Desktop.ts"
import type { DesktopBridge } from "./DesktopBridge.ts"
import * as Dropped from "./Dropped.ts"
import { tellHere } from "./Notices.tsx"

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true

const mayOpen = (): boolean => desktopNow()?.quitting === undefined

/** Opens what can be opened, one after the other, and says of the rest why it was not. */
const openAll = async (bridge: DesktopBridge, { open, refused }: Dropped.Dropped): Promise<void> => {
  for (const text of refused) tellHere(text)
  for (const path of open) {
    try {
      await bridge.call("open", path)
    } catch (error) {
      tellHere(error instanceof Error ? error.message : String(error))
    }
  }
}

export const DropTarget = () => {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const bridge = desktop
    if (bridge === undefined) return
    const drag = (event: DragEvent) => {
      const files = hasFiles(event)
      // Text may be dragged into fields, as anywhere.
      if (!files && isTyping(event)) return
      event.preventDefault()
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = files && mayOpen() ? "copy" : "none"
      setOver(files && mayOpen())
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent) => {
      setOver(false)
      if (!hasFiles(event)) {
        if (!isTyping(event)) event.preventDefault()
        return
      }
      event.preventDefault()
      const data = event.dataTransfer
      if (data === null || !mayOpen()) return
      void openAll(bridge, Dropped.sort(Dropped.filesOf(data, (file) => bridge.pathOf(file))))
    }
    const end = () => setOver(false)
    // Before anything in the page: no view may take a file for something else.
    addEventListener("dragenter", drag, true)
    addEventListener("dragover", drag, true)
    addEventListener("dragleave", leave, true)
    addEventListener("drop", drop, true)
    addEventListener("dragend", end, true)
    return () => {
      removeEventListener("dragenter", drag, true)
      removeEventListener("dragover", drag, true)
      removeEventListener("dragleave", leave, true)
      removeEventListener("drop", drop, true)
      removeEventListener("dragend", end, true)
    }
  }, [])
  if (!over) return undefined
  return (
    <div className="drop" aria-hidden="true">
      <div>
        <Icon name="plus" />
        <b>Drop to open</b>
        <span>Flow files, or the directory of a project</span>
      </div>
    </div>
  )
}
