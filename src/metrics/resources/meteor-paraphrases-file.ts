/**
 * METEOR's paraphrase tables (`paraphrase-en.gz`): lines by threes, a probability that METEOR ignores, a phrase, and its paraphrase.
 * Read as a stream: the English one has five million pairs.
 * @module
 */
import { unprocessableField } from '../../contracts/failure.ts'

/**
 * The pairs of which both phrases are among `phrases`, in the file's order.
 * @param chunks - of the file, compressed by gzip or not.
 * @throws {Fault} `unprocessable`, naming the line, for a file of another form.
 */
export async function* readParaphrases(
  chunks: AsyncIterable<Uint8Array>,
  phrases: ReadonlySet<string>,
): AsyncGenerator<readonly [phrase: string, paraphrase: string]> {
  let line = 0
  let phrase = ''
  for await (const lines of linesOf(chunks)) {
    for (const text of lines) {
      line++
      if (line % 3 === 1) {
        if (!PROBABILITY.test(text)) throw refused(line, 'must be a probability')
      } else if (text === '') throw refused(line, 'must be a phrase')
      else if (line % 3 === 2) phrase = text
      else if (phrases.has(phrase) && phrases.has(text)) yield [copyOf(phrase), copyOf(text)]
    }
  }
  if (line === 0 || line % 3 !== 0)
    throw refused(line, 'ends the file; every pair has three lines, probability, phrase, paraphrase')
}

const PROBABILITY = /^[\d.][\d.eE+-]*$/

const refused = (line: number, detail: string) => unprocessableField(`/${Math.max(0, line - 1)}`, `line ${line} ${detail}`)

/** Lines in blocks: a step of a generator for each of millions would take longer than all the rest. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of inflated(chunks)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    yield lines
  }
  rest += decoder.decode()
  if (rest !== '') yield [rest]
}

/** The bytes themselves, or what gzip made of them. @throws {Fault} `unprocessable` */
async function* inflated(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done === true) return
  const all = (async function* () {
    yield first.value
    yield* { [Symbol.asyncIterator]: () => iterator }
  })()
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* all
    return
  }
  const { readable, writable } = new DecompressionStream('gzip')
  const writer = writable.getWriter()
  const fed = (async () => {
    for await (const chunk of all) await writer.write(chunk as Uint8Array<ArrayBuffer>)
    await writer.close()
  })()
  // The reading side reports errors.
  fed.catch(() => {})
  const reader = readable.getReader()
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw unprocessableField('', `is not a whole gzip file: ${String(cause)}`)
    })
    if (done) break
    yield value
  }
  await fed
}

/** Without the chunk that it was cut from, which would be kept in memory for its sake. */
function copyOf(text: string): string {
  return DECODER.decode(ENCODER.encode(text))
}

const ENCODER = new TextEncoder()
const DECODER = new TextDecoder()
