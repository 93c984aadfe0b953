/**
 * How a shell line is run on POSIX systems.
 *
 * @since 0.1.0
 */
export const posixShell = (line: string) => ({ file: "/bin/sh", args: ["-c", line] })
