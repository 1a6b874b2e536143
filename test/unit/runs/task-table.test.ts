/**
 * Every task × every kind of model either runs or is refused at planning with a sentence. The table of
 * docs/tasks.md is made here: `ASSAY_WRITE_DOCS=1 npx vitest run --project unit task-table` writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { expect, test } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import type { Model } from '../../../src/contracts/model.ts'
import { dualEncoderSupports } from '../../../src/models/edge/edge-model.ts'
import { answeringSupports } from '../../../src/models/edge/fusion/answering-model.ts'
import { chatSupports } from '../../../src/models/endpoint/chat/chat-model.ts'
import { embeddingsSupport } from '../../../src/models/endpoint/embeddings/embeddings-model.ts'
import { embeddingsSupport as recordedEmbeddings } from '../../../src/models/recorded/embeddings/kind.ts'
import { resultsSupport, scoresSupport } from '../../../src/models/recorded/recorded-model.ts'
import { MODEL_KINDS, typeOf } from '../../../src/models/registry.ts'
import { samplesSupport } from '../../../src/models/samples/kind.ts'
import { planRun } from '../../../src/runs/plan.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'
import { TASKS } from '../../../src/tasks/registry.ts'

const PAGE = new URL('../../../docs/tasks.md', import.meta.url)
const [BEGIN, END] = ['<!-- written by test/unit/runs/task-table.test.ts -->', '<!-- end of the table -->']

const KINDS: readonly (readonly [name: string, supports: Model['supports']])[] = [
  ['edge, dual encoder', dualEncoderSupports],
  ['edge, fusion', (task, output) => answeringSupports({ id: 'the model', skills: ['question', 'statement'] }, task, output)],
  ['edge, captioner', (task, output) => answeringSupports({ id: 'the model', skills: ['caption'] }, task, output)],
  ['endpoint, chat', chatSupports],
  ['endpoint, embeddings', embeddingsSupport],
  ['results', resultsSupport],
  ['scores', scoresSupport],
  ['embeddings', recordedEmbeddings],
  ['samples', samplesSupport],
]

const GRADER = { type: 'string_check', input: '{{sample.output_text}}', reference: 'x', operation: 'eq' }

/** The scorers of a task. A task of the user's own has graders alone. */
function scorersOf(task: string) {
  const own = SCORERS.scorers.filter(({ tasks }) => tasks !== 'any' && tasks.includes(task)).map(({ type }) => ({ type }))
  return [...(own.length === 0 ? [GRADER] : own), { type: 'uploaded_score' }].map((spec) =>
    SCORERS.bind(SCORERS.spec.parse({ name: 's', ...spec })),
  )
}

/** true, or the sentence with which planning refuses. */
async function planned(
  task: string,
  scorer: ReturnType<typeof scorersOf>[number],
  supports: Model['supports'],
): Promise<true | string> {
  const dataset = {
    tenant: 't',
    datasetId: 'd',
    digest: 'a'.repeat(64),
    name: 'd',
    task,
    format: 'f',
    items: 100,
    images: 100,
    clusters: 100,
    strata: [],
    source: {},
    createdAt: 0,
  }
  const identity = { type: 'scores', name: 'm', scores_digest: 'b'.repeat(64) } as const
  try {
    await planRun({ dataset, scorers: [scorer], model: { identity, supports }, seed: 0, level: 0.95 })
    return true
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.kind !== 'unprocessable') throw error
    return error.failure.errors[0]!.detail.replace(/^criterion \S+ needs (\S+): /, '')
  }
}

async function written(): Promise<string> {
  const sentences: string[] = []
  const numberOf = (sentence: string) => {
    if (!sentences.includes(sentence)) sentences.push(sentence)
    return sentences.indexOf(sentence) + 1
  }
  const rows: string[] = []
  for (const { id } of TASKS) {
    const cells: string[] = []
    for (const [, supports] of KINDS) {
      const outcomes = await Promise.all(
        scorersOf(id).map(async (scorer) => ({ type: scorer.type, outcome: await planned(id, scorer, supports) })),
      )
      const running = outcomes.filter(({ outcome }) => outcome === true).map(({ type }) => `\`${type}\``)
      cells.push(running.length > 0 ? running.join(', ') : `no (${numberOf(String(outcomes[0]!.outcome))})`)
    }
    rows.push(`| \`${id}\` | ${cells.join(' | ')} |`)
  }
  const prompts = TASKS.flatMap(({ id, prompt }) =>
    prompt === null || prompt.template === ''
      ? []
      : [
          `| \`${id}\` | ${prompt.names.map((name) => `\`{{${name}}}\``).join(', ')} | ${prompt.template.replaceAll('\n', '<br>')} |`,
        ],
  )
  return [
    `| task | ${KINDS.map(([name]) => name).join(' | ')} |`,
    `|---|${KINDS.map(() => '---|').join('')}`,
    ...rows,
    '',
    '| no | sentence |',
    '|---|---|',
    ...sentences.map((sentence, index) => `| ${index + 1} | ${sentence} |`),
    '',
    '| task | placeholders | default prompt |',
    '|---|---|---|',
    ...prompts,
  ].join('\n')
}

test('docs/tasks.md has the table of tasks and kinds of models', async () => {
  const page = readFileSync(PAGE, 'utf8')
  const [start, end] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)]
  const table = await written()
  if (process.env['ASSAY_WRITE_DOCS'] === '1') writeFileSync(PAGE, `${page.slice(0, start)}\n\n${table}\n\n${page.slice(end)}`)
  else expect(page.slice(start, end).trim()).toBe(table)
})

test('the table has every kind of model that the wire takes', () => {
  const wireNames: Readonly<Record<string, string>> = { edge_model: 'edge, dual encoder', endpoint: 'endpoint, chat' }
  const columns = new Set(KINDS.map(([name]) => name))
  expect(MODEL_KINDS.map(typeOf).filter((type) => !columns.has(wireNames[type] ?? type))).toEqual([])
})

test('a refusal is a sentence that says what to do instead', async () => {
  for (const { id } of TASKS)
    for (const [, supports] of KINDS)
      for (const scorer of scorersOf(id)) {
        const outcome = await planned(id, scorer, supports)
        if (outcome !== true) expect(outcome).toMatch(/; (?:use|upload|name|videos)|items have \d/)
      }
})
