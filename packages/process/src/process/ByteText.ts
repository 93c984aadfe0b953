/**
 * Sizes in bytes for people: `17 bytes`, `64 KiB`, `8 MiB`, `1.5 MiB`.
 *
 * @since 0.1.0
 */
export const bytes = (count: number): string => {
  if (count < 1024) return `${count} ${count === 1 ? "byte" : "bytes"}`
  const [size, unit] =
    count < 1024 ** 2
      ? [count / 1024, "KiB"]
      : count < 1024 ** 3
        ? [count / 1024 ** 2, "MiB"]
        : [count / 1024 ** 3, "GiB"]
  return `${size.toFixed(1).replace(/\.0$/, "")} ${unit}`
}
