// The generator needs the programming interface of TypeScript, which TypeScript 7 does not have yet: it is given that of
// version 5, which is installed under another name for this alone.
import { registerHooks } from "node:module"

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "typescript" ? next(process.env.HALTE_TYPESCRIPT_5, context) : next(specifier, context)
})
