/**
 * For tests of flows, front ends and stores: steps driven by hand, bounded waits, shared suites, random graphs. It
 * brings no test framework.
 *
 * @since 0.1.0
 */
export * as Bounded from "./Bounded.ts"
export * as Check from "./Check.ts"
export * as ExecutionStoreTest from "./ExecutionStoreTest.ts"
export * as FrontEndTest from "./FrontEndTest.ts"
export * as HandStep from "./HandStep.ts"
export * as RandomGraph from "./RandomGraph.ts"
export * as SharedLimitsTest from "./SharedLimitsTest.ts"
export * as Suite from "./Suite.ts"
export * as Watch from "./Watch.ts"
