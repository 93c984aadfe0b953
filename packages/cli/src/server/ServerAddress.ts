/**
 * The address of a server, as a person writes it: scheme, host and port, and nothing else.
 */
import { Result } from "effect"

/** The address as it is shown and sent to, or what is wrong with it, as a sentence. What may be a secret is not in it. */
export const parse = (text: string, from: string): Result.Result<string, string> => {
  const given = text.trim()
  const wrong = (why: string) => Result.fail(`\`${from}\` ${why}`)
  if (given === "") return wrong("names no server: it takes an address such as `http://127.0.0.1:4280`.")
  if (!given.includes("://")) {
    const guess = `http://${given}`
    const near = URL.canParse(guess) && isAddress(new URL(guess)) ? ` Did you mean \`${new URL(guess).origin}\`?` : ""
    return wrong(`has no \`http://\` or \`https://\` in front.${near}`)
  }
  if (!URL.canParse(given)) return wrong("is no address: write one such as `http://127.0.0.1:4280`.")
  const url = new URL(given)
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return wrong(`begins with \`${url.protocol}//\`: a server is reached by \`http://\` or \`https://\`.`)
  if (isAddress(url)) return Result.succeed(url.origin)
  const more = extras(url)
  return wrong(`is more than an address: leave out ${more.join(" and ")}, and write \`${url.origin}\`.`)
}

const isAddress = (url: URL): boolean => extras(url).length === 0

const extras = ({ hash, password, pathname, search, username }: URL): ReadonlyArray<string> => [
  ...(username === "" && password === "" ? [] : ["the user"]),
  ...(pathname === "" || pathname === "/" ? [] : ["the path"]),
  ...(search === "" ? [] : ["the query"]),
  // The address that signs a browser in has its code there.
  ...(hash === "" ? [] : ["what comes after `#`"])
]
