/**
 * Every code unit of the basic plane through the PTB tokenizer, by digest
 * (`test/golden/ptb-tokenizer/generate.ts`).
 */
import { expect, test } from 'vitest'
import { ptbTokenize } from '../../src/metrics/ptb-tokenizer.ts'
import { BLOCK, CONTEXTS, digestOfBlocks, linesOfContext } from '../golden/ptb-tokenizer/code-points.ts'
import golden from '../golden/ptb-tokenizer/code-points.json' with { type: 'json' }

const contexts: Readonly<Record<string, readonly string[]>> = golden.contexts

test('the contexts are those of the golden file', () => {
  expect([golden.block, ...Object.keys(contexts)]).toEqual([BLOCK, ...CONTEXTS])
})

test.each(CONTEXTS)('every code unit in %j', (context) => {
  expect(digestOfBlocks(ptbTokenize(linesOfContext(context)))).toEqual(contexts[context])
})
