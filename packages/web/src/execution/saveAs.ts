/**
 * Hands a text to the browser as a file to keep.
 */
export const saveAs = (name: string, text: string, type: "text/plain" | "application/json"): void => {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  // The browser has it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
