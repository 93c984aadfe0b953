/**
 * The file of an AppImage: it is a file system of its own, in which the program's executable is gone as soon as the program
 * has ended. What starts it once more starts the file.
 */
export const file = (program: {
  readonly isPackaged: boolean
  readonly platform: NodeJS.Platform
  readonly env: NodeJS.ProcessEnv
}): string | undefined => {
  const { env, isPackaged, platform } = program
  // A clone that is started from within somebody else's has that one's.
  const image = platform === "linux" && isPackaged ? env["APPIMAGE"] : undefined
  return image === "" ? undefined : image
}
