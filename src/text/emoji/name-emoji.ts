/**
 * Emoji in a text to their English names (Unicode CLDR, see NOTICE.md), for models that do not know the
 * characters.
 * @module
 */
import names from './names.json' with { type: 'json' }

const NAMES: ReadonlyMap<string, string> = new Map(Object.entries(names))

/** Variation selectors and skin tones, which no name depends on. */
const UNNAMED = /[\uFE0E\uFE0F]|\p{EMod}/gu
const JOINER = '\u200D'

/** One emoji: a flag, a keycap, or characters joined by U+200D, each with its modifiers. */
const EMOJI =
  /\p{RI}{2}|[0-9#*]\uFE0F?\u20E3|\p{ExtPict}[\uFE0F\p{EMod}\u{E0020}-\u{E007F}]*(?:\u200D\p{ExtPict}[\uFE0F\p{EMod}]*)*/gu

export interface NamedText {
  readonly text: string
  /** Number of emoji that were replaced. */
  readonly count: number
}

/**
 * Replaces each emoji that has a name: `a 🐕 runs` becomes `a dog runs`. A joined emoji without a name
 * becomes the names of its parts. Characters that are text by default, such as `©` and digits, stay.
 *
 * @param atMost emoji to replace at most, counted from the beginning; the others stay
 */
export function nameEmoji(text: string, atMost = Infinity): NamedText {
  let count = 0
  const named = text.replace(EMOJI, (emoji) => {
    const name = count < atMost ? nameOf(emoji) : null
    if (name === null) return emoji
    count++
    return ` ${name} `
  })
  return { text: count === 0 ? text : named.replace(/ {2,}/g, ' ').trim(), count }
}

function nameOf(emoji: string): string | null {
  const plain = emoji.replace(UNNAMED, '')
  const name = NAMES.get(plain)
  if (name !== undefined) return name
  const parts = plain.split(JOINER).map((part) => NAMES.get(part))
  return parts.every((part) => part !== undefined) ? parts.join(' ') : null
}
