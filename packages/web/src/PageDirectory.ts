/**
 * Where the files of the built page are.
 *
 * @since 0.1.0
 */

/**
 * The directory of the built page, as an address of the file system. It is there once the page was built.
 *
 * @since 0.1.0
 */
export const pageDirectory: URL = new URL("../dist/page/", import.meta.url)
