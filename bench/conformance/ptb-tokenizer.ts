/**
 * The PTB tokenizer against the jar of Stanford CoreNLP 3.4.1 in pycocoevalcap: hard captions from the
 * grammar and dense strings over small alphabets, many captions per text, since the end of a caption can
 * depend on the next one.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ptbTokenize, tokenizeCaptions } from '../../src/metrics/ptb-tokenizer.ts'
import { denseLine, hardCaption } from './caption-grammar.ts'
import { outputOf } from './official-programs.ts'
import { type ConformanceContext, type ConformancePart, type ConformanceRow, scaled } from './part.ts'

const GRAMMAR_LINES = 320_000
const DENSE_LINES = 200_000
const CAPTIONS = 40_000
const LINES_A_TEXT = 500
const EXAMPLES = 20
const YOUNG_CAPITALS = /[\u1C89\u2C2F\uA7C0\uA7CB\uA7CC\uA7CE\uA7D0\uA7D2\uA7D4\uA7D6\uA7D8\uA7DA\uA7DC]/

export const ptbTokenizer: ConformancePart = {
  name: 'ptb-tokenizer',
  official: 'CoreNLP 3.4.1 PTBTokenizer -preserveLines -lowerCase',
  run: async (context) => [
    await compare('hard captions by grammar', GRAMMAR_LINES, hardCaption, context),
    await compare('dense strings', DENSE_LINES, denseLine, context),
    await compareCaptions(context),
  ],
}

type Draw = typeof hardCaption

/** With the punctuation filter of `ptbtokenizer.py`, all captions as one text. */
async function compareCaptions(context: ConformanceContext): Promise<ConformanceRow> {
  const random = context.random('ptb-tokenizer/captions')
  const captions = Array.from({ length: scaled(CAPTIONS, context) }, (_, index) =>
    index % 2 === 0 ? hardCaption(random) : denseLine(random),
  )
  const official = (await context.python('ptb_captions.py', captions)) as string[]
  if (official.length !== captions.length) throw new Error(`${official.length} official captions for ${captions.length}`)
  const own = tokenizeCaptions(captions)
  const differing = captions.flatMap((input, index) =>
    own[index] === official[index] || dependsOnJava(input, own[index]!, official[index]!) ? [] : [index],
  )
  const examples = differing.slice(0, EXAMPLES).map((index) => {
    const input = JSON.stringify(captions.slice(index, index + 2))
    return `${input}\n  official ${JSON.stringify(official[index])}\n  assay    ${JSON.stringify(own[index])}`
  })
  return { what: 'captions through ptbtokenizer.py', cases: captions.length, differing: differing.length, examples }
}

async function compare(what: string, full: number, draw: Draw, context: ConformanceContext): Promise<ConformanceRow> {
  const texts = Array.from({ length: Math.ceil(scaled(full, context) / LINES_A_TEXT) }, (_, index) => {
    const random = context.random(`ptb-tokenizer/${what}/${index}`)
    return Array.from({ length: LINES_A_TEXT }, () => draw(random))
  })
  context.say(`ptb-tokenizer, ${what}: ${texts.length * LINES_A_TEXT} lines`)
  const official = await officialLines(texts, context)
  const differing: [text: number, line: number][] = []
  let undecided = 0
  texts.forEach((lines, text) => {
    const own = ptbTokenize(lines)
    lines.forEach((input, line) => {
      if (own[line] === official[text]![line]) return
      if (dependsOnJava(input, own[line]!, official[text]![line]!)) undecided++
      else differing.push([text, line])
    })
  })
  const shown = differing.slice(0, EXAMPLES).map(([text, line]) => texts[text]!.slice(line, line + 2))
  return {
    what,
    cases: texts.length * LINES_A_TEXT,
    differing: differing.length,
    examples: await minimised(shown, context),
    undecidable: undecided === 0 ? {} : { 'with a letter whose lower case depends on Java': undecided },
  }
}

/** Whether only letters differ whose lower case is younger than Unicode 13, which Java 17 lacks. */
function dependsOnJava(input: string, own: string, official: string): boolean {
  return YOUNG_CAPITALS.test(input) && own === official.toLowerCase()
}

/**
 * The jar's lines of each text. Their number must equal the text's, or the comparison is meaningless.
 * @internal
 */
export async function officialLines(
  texts: readonly (readonly string[])[],
  { folder, java, pycocoevalcap }: Pick<ConformanceContext, 'folder' | 'java' | 'pycocoevalcap'>,
): Promise<string[][]> {
  const jar = join(await pycocoevalcap(), 'tokenizer/stanford-corenlp-3.4.1.jar')
  const list = join(folder, 'texts')
  const paths = texts.map((lines, index) => {
    const path = join(folder, `text-${index}`)
    writeFileSync(path, lines.join('\n'))
    return path
  })
  writeFileSync(list, paths.map((path) => `${path} ${path}-tokens\n`).join(''))
  const options = ['-preserveLines', '-lowerCase', '-ioFileList', list]
  await outputOf(java(), ['-Dfile.encoding=UTF-8', '-cp', jar, 'edu.stanford.nlp.process.PTBTokenizer', ...options])
  return paths.map((path, index) => {
    const lines = readFileSync(`${path}-tokens`, 'utf8').split('\n')
    if (lines.length !== texts[index]!.length) throw new Error(`the jar gives ${lines.length} lines for ${texts[index]!.length}`)
    return lines
  })
}

/**
 * Removes characters from all failing inputs at once while they still fail, one call of the jar per round.
 */
async function minimised(failing: readonly (readonly string[])[], context: ConformanceContext): Promise<string[]> {
  let inputs = failing.map((lines) => lines.join('\n'))
  for (let size = 16; size >= 1 && inputs.length > 0;) {
    const trials = inputs.map((text) =>
      Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
        (text.slice(0, index * size) + text.slice((index + 1) * size)).toWellFormed(),
      ),
    )
    const fails = await differ(trials.flat(), context)
    let at = 0
    let progress = false
    inputs = inputs.map((text, index) => {
      const own = trials[index]!
      const found = own.findIndex((_, trial) => fails[at + trial])
      at += own.length
      if (found < 0) return text
      progress = true
      return own[found]!
    })
    if (!progress) size = Math.floor(size / 2)
  }
  const official = await officialLines(
    inputs.map((text) => text.split('\n')),
    context,
  )
  return inputs.map((text, index) => {
    const lines = text.split('\n')
    return `${JSON.stringify(lines)}\n  official ${JSON.stringify(official[index])}\n  assay    ${JSON.stringify(ptbTokenize(lines))}`
  })
}

async function differ(texts: readonly string[], context: ConformanceContext): Promise<boolean[]> {
  const cases = texts.map((text) => text.split('\n'))
  const official = await officialLines(cases, context)
  return cases.map((lines, index) => ptbTokenize(lines).some((line, at) => line !== official[index]![at]))
}
