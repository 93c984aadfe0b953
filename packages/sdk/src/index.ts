/**
 * Programs that use Halte: executions of this process and of another one behind the same interface.
 *
 * @since 0.1.0
 */
export { ExecutionsRemote, type Transport } from "@halte/client"
