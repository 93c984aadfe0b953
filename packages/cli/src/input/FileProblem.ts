/**
 * Why a file or a folder could not be used, in words.
 */
import type { PlatformError } from "effect"

/** The end of a sentence: `there is no such file`, `it is a folder`. */
export const reason = (error: PlatformError.PlatformError): string => {
  const { cause, _tag } = error.reason
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined
  switch (code) {
    case "EISDIR":
      return "it is a folder"
    case "ENOTDIR":
      return "a part of its path is a file, not a folder"
    case "EROFS":
      return "it lies on a file system that can only be read"
    case "ENOSPC":
      return "the disk is full"
    case "ENAMETOOLONG":
      return "its name is too long"
  }
  switch (_tag) {
    case "NotFound":
      return "there is no such file or folder"
    case "PermissionDenied":
      return "permission is denied"
    default:
      return typeof code === "string" ? code : error.message
  }
}
