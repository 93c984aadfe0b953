/**
 * Requests and responses of the web over a message port: between the desktop's main process, which has the page, and the
 * engine, which is in a process of its own.
 *
 * Any number of requests is under way at once. A body of a response is a stream: it passes as it is made, in order and
 * byte for byte, and no faster than it is read. As in HTTP/2 (RFC 9113, 5.2) the side that reads gives credit in bytes,
 * for each stream by itself, so that a reader that does not read costs a bounded amount of memory and holds up nobody
 * else. A reader that goes away, and a request that is aborted, end the stream at the other side by one message.
 *
 * When the port closes, since one of the processes has ended, everything that is under way fails; nothing hangs.
 */
export { AnswerFailed, type Port, PortClosed } from "./Port.ts"
export { connect, type PortClient } from "./PortClient.ts"
export { type PortServer, serve } from "./PortServer.ts"
export { RequestTooLarge } from "./RequestBytes.ts"
