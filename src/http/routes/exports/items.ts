/**
 * A run's samples as JSON Lines, as CSV, and as an official results file, piece by piece.
 * @module
 */
import { csvLine } from '../../../contracts/csv.ts'
import type { RunRecord } from '../../../contracts/run.ts'
import type { RecordedAnswer, ResultsWriter } from '../../../tasks/formats/official-results.ts'
import { letterOf } from '../../../tasks/multiple-choice/item.ts'
import type { Services } from '../../app-context.ts'
import { ordinalOfOutputItem } from '../runs/output-item-shape.ts'
import type { OutputItem } from '../runs/output-item-schema.ts'
import { samplesOf } from '../runs/samples.ts'

/** Samples at once: those of a shard or two. */
const PAGE = 256

async function* samplesInOrder(services: Services, run: RunRecord): AsyncGenerator<OutputItem> {
  for (let first = 0; ;) {
    const page = await samplesOf(services, run, first, PAGE)
    yield* page
    if (page.length < PAGE) return
    first = ordinalOfOutputItem(run, page.at(-1)!.id)! + 1
  }
}

export async function* jsonLines(services: Services, run: RunRecord): AsyncGenerator<string> {
  for await (const sample of samplesInOrder(services, run)) yield `${JSON.stringify(sample)}\n`
}

/** The id that an item brought; empty without one. */
const idIn = ({ id }: OutputItem['datasource_item']): string =>
  typeof id === 'string' || typeof id === 'number' ? String(id) : ''

/**
 * One row per sample; score, passed, status, reason and, as JSON, details per criterion. For questions with
 * options also the letter of the chosen one, which a results file has.
 */
export async function* csvRows(services: Services, run: RunRecord): AsyncGenerator<string> {
  const criteria = run.spec.criteria.map(({ name }) => name)
  const ofCriteria = criteria.flatMap((name) =>
    ['score', 'passed', 'status', 'reason', 'details'].map((member) => `${name}.${member}`),
  )
  const hasOptions = run.spec.dataset.task === 'multiple_choice'
  const output = hasOptions ? ['output', 'option'] : ['output']
  yield csvLine(['id', 'datasource_item_id', 'item_id', 'status', ...output, 'error_code', 'error_message', ...ofCriteria])
  for await (const shown of samplesInOrder(services, run)) {
    const { id, datasource_item_id: place, datasource_item: item, status, sample, results } = shown
    yield csvLine([
      id,
      String(place),
      idIn(item),
      status,
      sample.output.map(({ content }) => content).join('\n'),
      ...(hasOptions ? [letterIn(shown) ?? ''] : []),
      sample.error?.code ?? '',
      sample.error?.message ?? '',
      ...results.flatMap(({ score, passed, status: of, reason, details }) => [
        score === null ? '' : String(score),
        String(passed),
        of,
        reason ?? '',
        details === undefined ? '' : JSON.stringify(details),
      ]),
    ])
  }
}

/**
 * Items without an answer are left out; the caller has counted them.
 * @param writer - of the dataset's format
 */
export async function* resultsFile(services: Services, run: RunRecord, writer: ResultsWriter): AsyncGenerator<string> {
  yield writer.head
  let isFirst = true
  const [first] = run.spec.dataset.task === 'multiple_choice' ? await samplesOf(services, run, 0, 1) : []
  for await (const answer of first && optionsIn(first) ? lettersOf(services, run) : answersOf(services, run)) {
    yield `${isFirst ? '' : writer.separator}${writer.item(answer)}`
    isFirst = false
  }
  yield writer.tail
}

async function* answersOf(services: Services, run: RunRecord): AsyncGenerator<RecordedAnswer> {
  for await (const { samples } of evidenceOf(services, run))
    for (const { item_id: id, output } of samples) if (typeof output === 'string') yield { id, answer: output }
}

/** Options that were chosen, by the letters that results files have; their texts are not read again. */
async function* lettersOf(services: Services, run: RunRecord): AsyncGenerator<RecordedAnswer> {
  for await (const shown of samplesInOrder(services, run)) {
    const text = shown.sample.output[0]?.content
    if (text !== undefined) yield { id: idIn(shown.datasource_item), answer: letterIn(shown) ?? text }
  }
}

/** The letter of the chosen option; undefined for an output that is none. */
function letterIn(shown: OutputItem): string | undefined {
  const place = optionsIn(shown)?.indexOf(shown.sample.output[0]?.content) ?? -1
  return place === -1 ? undefined : letterOf(place)
}

/** undefined for items without options, and for those of a deleted dataset. */
const optionsIn = ({ datasource_item: { options } }: OutputItem): readonly unknown[] | undefined =>
  Array.isArray(options) ? options : undefined

/** Number of items without a recorded answer: errored ones, and those that the model left out. */
export async function unansweredItems(services: Services, run: RunRecord): Promise<number> {
  let answered = 0
  for await (const { samples } of evidenceOf(services, run))
    answered += samples.filter(({ output }) => output !== undefined && output !== null).length
  return run.spec.selection.count - answered
}

async function* evidenceOf(services: Services, run: RunRecord) {
  for await (const part of services.views.evidence(run, 0)) if ('samples' in part) yield part
}
