// The steps by layers: a step's layer is one more than the highest of its predecessors'.
export const layersOf = (deps) => {
  const depth = new Int32Array(deps.length)
  const layers = []
  for (let i = 0; i < deps.length; i++) {
    for (const d of deps[i]) depth[i] = Math.max(depth[i], depth[d] + 1)
    ;(layers[depth[i]] ??= []).push(i)
  }
  return layers
}
