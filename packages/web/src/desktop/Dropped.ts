/**
 * What may be done with files that are dropped on the window: flow files and directories are opened, anything else is
 * said to be none.
 */
export interface DroppedFile {
  readonly name: string
  /** Empty: it lies nowhere on this machine. */
  readonly path: string
  readonly isDirectory: boolean
}

export interface Dropped {
  readonly open: ReadonlyArray<string>
  /** What can't be opened, and why. */
  readonly refused: ReadonlyArray<string>
}

const isFlowFile = (name: string): boolean => /.\.flow\.(?:ya?ml|json)$/i.test(name)

export const sort = (files: ReadonlyArray<DroppedFile>): Dropped => {
  const open: Array<string> = []
  const refused: Array<string> = []
  for (const { isDirectory, name, path } of files) {
    if (!isDirectory && !isFlowFile(name))
      refused.push(
        `\`${name}\` is not a flow file, so it was not opened. Flow files are named \`NAME.flow.yaml\` or \`NAME.flow.json\`.`
      )
    else if (path === "")
      refused.push(`\`${name}\` lies nowhere on this machine, so it was not opened. Save it as a file first.`)
    else if (!open.includes(path)) open.push(path)
  }
  return { open, refused }
}

/** The files of a drop; whether one is a directory only its entry says. To be read before the event is over. */
export const filesOf = (data: DataTransfer, pathOf: (file: File) => string): ReadonlyArray<DroppedFile> =>
  [...data.items].flatMap((item) => {
    const file = item.kind === "file" ? item.getAsFile() : null
    if (file === null) return []
    return [{ name: file.name, path: pathOf(file), isDirectory: item.webkitGetAsEntry()?.isDirectory === true }]
  })
