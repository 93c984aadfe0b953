/**
 * The title of the window. In the desktop it says which project it is of: each has a window of its own.
 */
import { useEffect } from "react"
import { useDesktop } from "../desktop/Desktop.ts"
import { projectName } from "../desktop/ProjectName.ts"

/** `Command · shop · Halte` from `Command · Halte`. */
export const titled = (text: string, project: string | undefined): string =>
  project === undefined
    ? text
    : text.replace(/(^| · )Halte$/, `$1${projectName(project).replaceAll("$", "$$$$")} · Halte`)

export const useTitle = (text: string): void => {
  const project = useDesktop()?.project
  useEffect(() => {
    document.title = titled(text, project)
  }, [text, project])
}
