/**
 * The copy of Effect that lies with this package, for modules that bring none. A file of its own, so that it is loaded at
 * the first need, and goes along where everything is bundled and no `effect` can be found by name.
 *
 * @since 0.1.0
 */
export { Cause, Context, Effect, Exit, Schema } from "effect"
