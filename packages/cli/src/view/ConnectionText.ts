/**
 * What is said about the connection to a server: that it is lost, and that it is back.
 */
import { DurationText } from "@halte/engine/model"
import type { News } from "../server/ServerConnection.ts"

export const text = (news: News): string =>
  news._tag === "Lost" ? lost(news.url) : `Connection to ${news.url} is back.`

export const lost = (url: string): string => `Connection to ${url} lost; trying again…`

/** In a picture that is drawn again and again, which the text leaves when the connection is back. */
export const lostFor = (url: string, millis: number): string =>
  `Connection to ${url} lost ${DurationText.text(millis)} ago; trying again…`

/** All of it, told afterwards. */
export const wasLost = (url: string, millis: number): string =>
  `Connection to ${url} was lost for ${DurationText.text(millis)} and is back.`
