export default () => {
  const until = Date.now() + 3_000
  while (Date.now() < until);
  return "done"
}
