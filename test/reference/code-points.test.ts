/**
 * Normalizing and word splitting of `a<c>b` for every code point c, by digest of blocks
 * (`test/golden/text/generate.py`).
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { normalizeBert, splitBertWords } from '../../src/text/bert-words.ts'

interface Golden {
  readonly block: number
  readonly blocks: readonly { readonly start: number; readonly normalized: string; readonly words: string }[]
}

const golden = JSON.parse(readFileSync(new URL('../golden/text/code-points.json', import.meta.url), 'utf8')) as Golden
const options = { clean_text: true, handle_chinese_chars: true, strip_accents: true, lowercase: true }

/** One digest of all lines: two million updates of a hash took longer than the hashed work. */
const digest = (lines: readonly string[]): string => createHash('sha256').update(lines.join('')).digest('hex')

test('every code point is treated as the reference treats it', () => {
  expect(golden.blocks.length * golden.block).toBe(0x110000)
  for (const block of golden.blocks) {
    const normalized: string[] = []
    const words: string[] = []
    for (let code = block.start; code < block.start + golden.block; code++) {
      if (code >= 0xd800 && code < 0xe000) continue
      const text = `a${String.fromCodePoint(code)}b`
      normalized.push(`${normalizeBert(text, options)}\n`)
      words.push(`${splitBertWords(text).join('\u001f')}\n`)
    }
    const name = `U+${block.start.toString(16)}`
    expect([name, digest(normalized), digest(words)]).toEqual([name, block.normalized, block.words])
  }
})
