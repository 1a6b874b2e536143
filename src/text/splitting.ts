/**
 * Splits a text at the matches of a pattern: `SplitDelimiterBehavior` of `tokenizers`.
 * @module
 */

export type SplitBehavior = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous'

interface Part {
  text: string
  readonly matched: boolean
}

/**
 * @param pattern global
 * @param invert exchanges matches and the text between them
 * @returns the parts in order, none empty
 */
export function splitAt(text: string, pattern: RegExp, behavior: SplitBehavior, invert: boolean): string[] {
  if (behavior === 'Removed' && invert) return matchesOf(text, pattern)
  if (behavior === 'Isolated') {
    const matches = matchesOf(text, pattern)
    if (matches.reduce((length, match) => length + match.length, 0) === text.length) return matches
  }
  const parts = partsOf(text, pattern, invert)
  switch (behavior) {
    case 'Isolated':
      return parts.map((part) => part.text)
    case 'Removed':
      return parts.filter((part) => !part.matched).map((part) => part.text)
    case 'MergedWithPrevious':
      return merge(parts, (part, previous) => part.matched && !previous?.matched)
    case 'MergedWithNext':
      return mergedWithNext(parts)
    case 'Contiguous':
      return merge(parts, (part, previous) => part.matched === (previous?.matched ?? false))
  }
}

/**
 * All matches at once, which is much faster than one after the other. Enough for patterns that leave out only
 * spaces.
 */
function matchesOf(text: string, pattern: RegExp): string[] {
  return (text.match(pattern) ?? []).filter((match) => match !== '')
}

function partsOf(text: string, pattern: RegExp, invert: boolean): Part[] {
  const parts: Part[] = []
  let end = 0
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (match[0] === '') {
      // Advance by a whole character: in the middle of one, the empty match before it would be found forever.
      pattern.lastIndex += text.codePointAt(pattern.lastIndex)! > 0xffff ? 2 : 1
      continue
    }
    if (match.index > end) parts.push({ text: text.slice(end, match.index), matched: invert })
    parts.push({ text: match[0], matched: !invert })
    end = match.index + match[0].length
  }
  if (end < text.length) parts.push({ text: text.slice(end), matched: invert })
  return parts
}

function merge(parts: readonly Part[], joins: (part: Part, previous: Part | undefined) => boolean): string[] {
  const merged: string[] = []
  parts.forEach((part, index) => {
    if (merged.length > 0 && joins(part, parts[index - 1])) merged[merged.length - 1] += part.text
    else merged.push(part.text)
  })
  return merged
}

/** A match joins the part after it, unless that is a match too. */
function mergedWithNext(parts: readonly Part[]): string[] {
  const merged: string[] = []
  let prefix = ''
  for (const part of parts) {
    if (part.matched) {
      if (prefix) merged.push(prefix)
      prefix = part.text
    } else {
      merged.push(prefix + part.text)
      prefix = ''
    }
  }
  if (prefix) merged.push(prefix)
  return merged
}
