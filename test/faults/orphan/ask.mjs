import { connect } from "node:net"

// It is told to start a program here, and, when this one has come to its end, to end that again.
const socket = connect(process.argv[2])
socket.write(`start ${process.cwd()}\n`)
await new Promise((started) => socket.once("data", started))
console.log("started")
await new Promise((wait) => setTimeout(wait, 300))
socket.end(`end ${process.cwd()}\n`)
