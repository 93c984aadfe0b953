/**
 * What a person calls a project: the last part of its directory.
 */
export const projectName = (directory: string): string => {
  const parts = directory.split(/[\\/]+/).filter((part) => part !== "")
  return parts.at(-1) ?? directory
}
