export default async (_, { stop }) => {
  for (let i = 0; i < 3; i++) {
    const until = Date.now() + 700
    while (Date.now() < until);
    if (await stop.check()) return
  }
}
