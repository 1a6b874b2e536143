/** Texts of up to 64k characters that made the earlier regular expressions backtrack. */
import { expect, test } from 'vitest'
import { ptbLexer } from '../../../src/metrics/ptb-rules.ts'
import { ptbTokenize } from '../../../src/metrics/ptb-tokenizer.ts'
import { DENSE_ALPHABETS } from '../../../bench/conformance/hard-words.ts'
import { pick } from '../../../bench/conformance/caption-grammar.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'

const LONGEST = 16_384
/** Caption lengths far above the limit of an import. */
const LONGEST_TIMED = 65_536
/** Maximum number of reads per code unit, repeats included: twice the automaton's stride, and a few. */
const MOST_READ = 80

const REPEATED = [
  'a@,',
  'a@',
  'a@.',
  '@',
  'a.',
  '.',
  'a&',
  '&',
  '&amp',
  'A&',
  '&a',
  '<!a',
  '<a ',
  '<a b="',
  `<a b="c" d='`,
  '<a b="\' ',
  '</a',
  '<',
  "d'a-",
  "d'a",
  "ba'",
  "a'",
  "l'",
  "'",
  'a-',
  '1-',
  '-',
  'a-1.',
  'a_',
  '1.',
  '1,',
  '1/',
  '1 ',
  '1-2-',
  '(1',
  '+',
  '123-456 ',
  'http://',
  'http://a.',
  'www.',
  'www.a.',
  'a.com/',
  'a/',
  '/',
  '\\/',
  '*',
  '\\*',
  '. ',
  'a. ',
  'U.S. ',
  'A. B',
  'Inc. ',
  'Inc. <a ',
  '\u00AD',
  '\u0301',
  '\u{1F600}',
  '\u00A0',
  ' ',
  '\t',
  '\u3000',
  'a.\u00A0',
  '\u03A3',
  '\u03A3-',
  '"',
  '`',
  '\u2018',
  ':',
  ':-',
  '(_',
  '#a',
  '$',
  'n',
  'n`',
  "n't",
  '\n',
  'a\n',
  '<a b="\n',
  'a@\n',
  'a.\n',
]

/** Texts in which the automaton reads each unit more than this many times. */
function readTooOften(texts: readonly string[]): string[] {
  const { automaton } = ptbLexer()
  return texts.flatMap((text) => {
    const before = automaton.unitsRead
    ptbTokenize(text.split('\n'), { shortcuts: false })
    const read = (automaton.unitsRead - before) / text.length
    return read > MOST_READ ? [`${JSON.stringify(text.slice(0, 20))}: each unit ${read.toFixed(1)} times`] : []
  })
}

function secondsOf(text: string): number {
  const started = process.cpuUsage()
  ptbTokenize(text.split('\n'))
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1e6
}

const filled = (piece: string, start = '', length = LONGEST): string =>
  start + piece.repeat(Math.ceil(length / piece.length)).slice(0, length)

test('repeated shapes are read a bounded number of times', () => {
  expect(readTooOften(REPEATED.map((piece) => filled(piece)))).toEqual([])
})

test('repeated shapes after an opening one are read a bounded number of times', () => {
  const openings = ['<a b="', "<a b='", '<!a', 'a@', 'http://', 'www.', 'a', "d'", 'A&']
  const texts = openings.flatMap((opening) => ['a', '. ', '"', "' ", 'a@', '<', 'a-'].map((piece) => filled(piece, opening)))
  expect(readTooOften(texts)).toEqual([])
})

test('drawn strings over small alphabets are read a bounded number of times', () => {
  const random = new CounterRandom(0, 'test/ptb-linear-time')
  const texts = DENSE_ALPHABETS.flatMap((alphabet) => {
    const few = Array.from({ length: 3 }, () => pick(random, alphabet))
    const draw = (from: readonly string[]) =>
      Array.from({ length: LONGEST / 2 }, () => pick(random, from))
        .join('')
        .slice(0, LONGEST)
    return [draw(alphabet), draw(few)]
  })
  expect(readTooOften(texts)).toEqual([])
})

test('many captions with attributes that never end are read a bounded number of times', () => {
  const captions = Array.from({ length: 3000 }, (_, index) => `a dog <b c="${'\u2019" d="'.repeat(index % 3)} sits <e f='g`)
  expect(readTooOften([captions.join('\n')])).toEqual([])
})

test('CPU time grows linearly with the text', () => {
  const pieces = ['a@,', 'a&', '<!a', "d'a-", "ba'", '&', '.', 'http://a.', '<a b="\' ']
  const times = pieces.map((piece) => {
    const quarter = secondsOf(filled(piece, '', LONGEST_TIMED / 4))
    return { piece, quarter, whole: secondsOf(filled(piece, '', LONGEST_TIMED)) }
  })
  // Below a tenth of a second both readings are too coarse for a comparison.
  expect(times.filter(({ quarter, whole }) => whole > 0.1 && whole > 8 * quarter)).toEqual([])
  expect(times.filter(({ whole }) => whole > 1)).toEqual([])
})
