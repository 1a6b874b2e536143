/**
 * Lines for the PTB tokenizer, drawn by the grammar of `npm run bench -- conformance`: `node test/golden/generate/tokenizer-lines.ts` prints
 * them by kind, as JSON. Called by `generate.py`.
 * @module
 */
import { denseLine, hardCaption, plainCaption } from '../../../bench/conformance/caption-grammar.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'

const random = (kind: string) => new CounterRandom(1, `test/golden/ptb-tokenizer/${kind}`)
const lines = (kind: string, count: number, draw: (random: CounterRandom) => string) => {
  const own = random(kind)
  return Array.from({ length: count }, () => draw(own))
}

console.log(
  JSON.stringify({
    plain: lines('plain', 400, plainCaption),
    hard: lines('hard', 1500, hardCaption),
    dense: lines('dense', 600, denseLine),
  }),
)
