/**
 * Writes results files in the official layout of each dataset format: what its reader, and the official
 * evaluation, take.
 * @module
 */
import type { SourceFacts } from '../format.ts'

/** An item's answer as recorded: a text, or JSON of segments. */
export interface RecordedAnswer {
  readonly id: string
  readonly answer: string
}

export interface ResultsWriter {
  readonly mediaType: 'application/json' | 'application/jsonl' | 'text/csv'
  /** Text before, between and after the items. */
  readonly head: string
  readonly separator: string
  readonly tail: string
  item(answer: RecordedAnswer): string
}

const list = (item: ResultsWriter['item']): ResultsWriter => ({
  mediaType: 'application/json',
  head: '[',
  separator: ',\n',
  tail: ']\n',
  item,
})

const lines = (mediaType: ResultsWriter['mediaType'], item: ResultsWriter['item']): ResultsWriter => ({
  mediaType,
  head: '',
  separator: '\n',
  tail: '\n',
  item,
})

interface Segment {
  readonly step: number
  readonly start: number
  readonly end: number
  readonly score: number
}

function segmentsOf({ id, answer }: RecordedAnswer): string {
  const segments = (JSON.parse(answer) as Segment[]).map(({ step, start, end, score }) => ({
    score,
    segment: [start, end],
    label: step,
  }))
  return `${JSON.stringify(id)}:${JSON.stringify(segments)}`
}

/** A prediction has neither comma nor line break, whatever the model said. */
const prediction = (answer: string) => answer.trim().split(/[,\r\n]/)[0]!

const WRITERS: Readonly<Record<string, (source: SourceFacts) => ResultsWriter>> = {
  // Numbers in their own digits, since ids may exceed the integers of a double.
  'vqa-v2': () => list(({ id, answer }) => `{"question_id":${numberOr(id)},"answer":${JSON.stringify(answer)}}`),
  'coco-captions': captions,
  'msvd-captions': captions,
  nlvr2: () => lines('text/csv', ({ id, answer }) => `${id},${prediction(answer)}`),
  nlvr: ({ split = 'dev' }) => lines('text/csv', ({ id, answer }) => `${split}-${id}.png,${prediction(answer)}`),
  coin: () => ({
    mediaType: 'application/json',
    head: '{"version":"VERSION 1.3","external_data":{},"results":{',
    separator: ',\n',
    tail: '}}\n',
    item: segmentsOf,
  }),
}

function captions({ id_type: idType }: SourceFacts): ResultsWriter {
  const idOf = (id: string) => (idType === 'string' ? JSON.stringify(id) : numberOr(id))
  return list(({ id, answer }) => `{"image_id":${idOf(id)},"caption":${JSON.stringify(answer)}}`)
}

const numberOr = (id: string) => (/^(?:0|-?[1-9]\d*)$/.test(id) ? id : JSON.stringify(id))

const ownLines = lines('application/jsonl', ({ id, answer }) => JSON.stringify({ id, answer }))

/**
 * The writer for datasets of a format. Formats without an official layout have Assay's own, a line `{"id",
 * "answer"}` per item.
 */
export function resultsWriter(format: string, source: SourceFacts): ResultsWriter {
  return WRITERS[format]?.(source) ?? ownLines
}
