/**
 * The answering end of a port in a thread of its own, that a test can end at any moment: a body without end to `/endless`,
 * one that says nothing to `/silent`, no answer at all to anything else.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads"
import { serve } from "../../src/bridge/PortServer.ts"
import { NodePort } from "./NodePort.ts"

const endless = () =>
  new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(1)) })

serve(new NodePort(workerData as MessagePort), (request) => {
  const path = new URL(request.url).pathname
  if (path === "/endless") return Promise.resolve(new Response(endless()))
  return path === "/silent" ? Promise.resolve(new Response(new ReadableStream())) : new Promise<never>(() => {})
})
parentPort?.postMessage("ready")
