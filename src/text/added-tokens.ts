/**
 * Tokens that are matched in a text before it is split: specials such as `<|endoftext|>`.
 * @module
 */
import type { Normalizer } from './normalizers.ts'
import type { TokenizerJson } from './tokenizer-json.ts'
import { skipWhiteSpace, skipWhiteSpaceBack } from './white-space.ts'

type AddedToken = TokenizerJson['added_tokens'][number]

/** A stretch of text, or the id of a matched token. */
export type Section = { readonly text: string } | { readonly id: number }

/** Splits a text at the tokens; no section is empty. */
export type Sectioner = (text: string) => Section[]

/**
 * Tokens matched in the raw text, and tokens matched in the normalized text.
 * @param normalizer normalizes the contents of the latter
 */
export function createSectioners(
  tokens: readonly AddedToken[],
  normalizer: Normalizer,
): { readonly raw: Sectioner; readonly normalized: Sectioner } {
  const inForm = tokens.filter((token) => token.normalized).map((token) => ({ ...token, content: normalizer(token.content) }))
  return { raw: sectioner(tokens.filter((token) => !token.normalized)), normalized: sectioner(inForm) }
}

function sectioner(tokens: readonly AddedToken[]): Sectioner {
  const byContent = new Map<string, AddedToken>()
  // Among equal contents the first one is matched.
  for (const token of tokens) if (token.content !== '' && !byContent.has(token.content)) byContent.set(token.content, token)
  if (byContent.size === 0) return (text) => (text === '' ? [] : [{ text }])
  const pattern = alternation([...byContent.keys()])

  return (text) => {
    const sections: Section[] = []
    let end = 0
    for (const match of text.matchAll(pattern)) {
      const token = byContent.get(match[0])!
      let start = match.index
      let stop = start + match[0].length
      // An earlier token took this stretch with it.
      if (token.lstrip) start = Math.max(skipWhiteSpaceBack(text, start), end)
      if (token.rstrip) stop = skipWhiteSpace(text, stop)
      if (start > end) sections.push({ text: text.slice(end, start) })
      sections.push({ id: token.id })
      end = stop
    }
    if (end < text.length) sections.push({ text: text.slice(end) })
    return sections
  }
}

/** Matches any of the contents, the longest first. */
function alternation(contents: readonly string[]): RegExp {
  const sorted = contents.toSorted((a, b) => b.length - a.length)
  return new RegExp(sorted.map((content) => content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'gu')
}
