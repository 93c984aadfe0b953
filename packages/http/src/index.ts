/**
 * The HTTP front end: a handler over an engine, a server of Node around it, and a client of that server's socket.
 *
 * @since 0.1.0
 */
export type { AccessLogEntry } from "./AccessLog.ts"
export * as Caller from "./Caller.ts"
export { CannotListen } from "./CannotListen.ts"
export * as HttpHandler from "./HttpHandler.ts"
export * as NodeServer from "./NodeServer.ts"
export * as OpenStreams from "./OpenStreams.ts"
export * as PageFiles from "./PageFiles.ts"
export * as ProblemResponse from "./ProblemResponse.ts"
export * as RequestBody from "./RequestBody.ts"
export * as RequestLimits from "./RequestLimits.ts"
export * as SecurityHeaders from "./SecurityHeaders.ts"
export * as SocketClient from "./SocketClient.ts"
export * as SocketFile from "./SocketFile.ts"
export * as WebServer from "./WebServer.ts"
