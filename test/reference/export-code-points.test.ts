/**
 * Normal forms, cluster rules and the byte-level patterns on every assigned code point, by digest of blocks
 * (`tokenizer_vectors.py`).
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createNormalizer } from '../../src/text/normalizers.ts'
import { createPreTokenizer } from '../../src/text/pre-tokenizers.ts'

const folder = new URL('../golden/text/exports/', import.meta.url)
const read = (name: string): any => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))

const golden = read('code-points.json') as { block: number; blocks: ({ start: number } & Record<string, string>)[] }
const charsmap = read('siglip.json').normalizer.normalizers.find((step: { type: string }) => step.type === 'Precompiled')
const clipSplit = createPreTokenizer(read('clip.json').pre_tokenizer.pretokenizers[0])
const gpt2Words = createPreTokenizer({ type: 'ByteLevel', add_prefix_space: false, use_regex: true })

const probes: Readonly<Record<string, (text: string) => string>> = {
  NFC: createNormalizer({ type: 'NFC' }),
  NFD: createNormalizer({ type: 'NFD' }),
  NFKC: createNormalizer({ type: 'NFKC' }),
  NFKD: createNormalizer({ type: 'NFKD' }),
  lower: createNormalizer({ type: 'Lowercase' }),
  precompiled: createNormalizer(charsmap),
  clip: (text) => clipSplit(text, true).join('\u001f'),
  gpt2: (text) => gpt2Words(text, true).join('\u001f'),
}

test.each(golden.blocks.map((block) => [`U+${block.start.toString(16)}`, block] as const))('%s', (_, { start, ...expected }) => {
  const texts = Array.from({ length: golden.block }, (_, offset) => start + offset)
    .filter((code) => code < 0xd800 || code >= 0xe000)
    .map((code) => String.fromCodePoint(code))
    .map((c) => `a${c}a\u0345${c}\u0334 e${c}\u0301ﬁ${c}`)
  // One probe after the other, with one digest of all its lines: half the time of all probes text by text.
  const digests = Object.entries(probes).map(([name, probe]) => {
    const lines = texts.map((text) => `${probe(text)}\n`)
    return [name, createHash('sha256').update(lines.join('')).digest('hex')]
  })
  expect(Object.fromEntries(digests)).toEqual(expected)
})
