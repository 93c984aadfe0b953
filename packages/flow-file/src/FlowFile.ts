/**
 * Flow files: a flow in YAML or JSON, loaded into a flow of the engine. Sits between files and the engine; it starts
 * nothing, and what a file holds is never evaluated as JavaScript.
 *
 * @since 0.1.0
 */
export { jsonSchema } from "./EditorSchema.ts"
export { check, type CheckedFlow } from "./CheckedFlow.ts"
export { find, list } from "./FlowFinder.ts"
export { current, restore, type StoredOptions } from "./StoredFlow.ts"
export { fromText, load, shownPath, type LoadedFlow, type LoadOptions, type Services } from "./FlowLoader.ts"
