console.log("halte", process.version)
