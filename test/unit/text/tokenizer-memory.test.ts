/**
 * A tokenizer keeps its own tables, not the file that they were made from: some MB of an isolate.
 * @module
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createTokenizer, type Tokenizer } from '../../../src/text/tokenizer.ts'

const MODELS: Readonly<Record<string, () => { readonly vocab: object }>> = {
  WordPiece: () => ({
    type: 'WordPiece',
    vocab: { '[UNK]': 0, a: 1, '##b': 2 },
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
  }),
  BPE: () => ({ type: 'BPE', vocab: { '[UNK]': 0, a: 1, b: 2, ab: 3 }, merges: ['a b'], unk_token: '[UNK]' }),
  Unigram: () => ({
    type: 'Unigram',
    vocab: [
      ['[UNK]', 0],
      ['a', -1],
      ['b', -2],
    ],
    unk_id: 0,
  }),
}

/** In a function of its own, so that no local variable keeps the vocabulary. */
function made(model: { readonly vocab: object }): { tokenizer: Tokenizer; vocabulary: WeakRef<object> } {
  const json = { version: '1.0', added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, model }
  return { tokenizer: createTokenizer(json, { maxLength: 8 }), vocabulary: new WeakRef(model.vocab) }
}

test.each(Object.keys(MODELS))('a %s tokenizer lets go of its file', async (type) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { tokenizer, vocabulary } = made(MODELS[type]!())
  await expect
    .poll(
      () => {
        collect()
        return vocabulary.deref() === undefined
      },
      { timeout: 10_000 },
    )
    .toBe(true)
  expect(tokenizer.encode('ab').ids).not.toEqual([])
})
