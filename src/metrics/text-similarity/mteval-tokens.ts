/**
 * The tokens of mteval-v13a, as sacreBLEU's `13a` splits them.
 *
 * Post, "A Call for Clarity in Reporting BLEU Scores", WMT 2018; sacrebleu 2.6.0
 * `tokenizers/tokenizer_13a.py`, `tokenizer_re.py`.
 * @module
 */

const ENTITIES: readonly (readonly [string, string])[] = [
  ['&quot;', '"'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
]

export function mtevalTokens(text: string): string[] {
  let line = text.trimEnd().replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ')
  for (const [entity, mark] of ENTITIES) line = line.replaceAll(entity, mark)
  return ` ${line} `
    .replaceAll(/([{-~[-` -&(-+:-@/])/g, ' $1 ')
    .replaceAll(/([^0-9])([.,])/g, '$1 $2 ')
    .replaceAll(/([.,])([^0-9])/g, ' $1 $2')
    .replaceAll(/([0-9])(-)/g, '$1 $2 ')
    .split(/\s+/)
    .filter((token) => token !== '')
}
