/**
 * How every template begins: with the schema for editors, which lies beside it.
 */

/** The name of the schema file that stands beside a first flow. */
export const schemaFile = "halte.schema.json"

export const text = (name: string, description: string): string => `# yaml-language-server: $schema=./${schemaFile}
halte: 1
name: ${name}
description: ${description}
`
