/**
 * Captions designed to occupy a Worker: scored quickly, refused with their place, or the run fails with a
 * reason.
 */
import { describe, expect, test } from 'vitest'
import { type RecordedKindParts, resultsKind } from '../../../src/models/recorded/kinds.ts'
import { taskRegistry } from '../../../src/tasks/registry.ts'
import { answering, text } from '../../support/fake-model.ts'
import type { CaptionSpec } from '../../../src/scorers/caption/spec.ts'
import type { DatasetVersion } from '../../../src/contracts/dataset.ts'
import { sha256Hex } from '../../../src/contracts/digest.ts'
import type { Fault } from '../../../src/contracts/failure.ts'
import type { CaptionItem } from '../../../src/tasks/caption/item.ts'
import { MOST_CHARACTERS, MOST_WORDS } from '../../../src/contracts/text-limits.ts'
import { MOST_METEOR_MATCHES } from '../../../src/scorers/caption/evaluation.ts'
import { SqliteEngine } from '../../integration/runs/sqlite-engine.ts'
import { pureRun, VQA, type PureRun } from '../../support/pure-run.ts'

async function captionRun(captions: readonly { answer: string; references: string[] }[], meteor: CaptionSpec['meteor']) {
  const pure = await pureRun({ seed: 5, task: 'vqa', items: captions.length, criteria: [VQA] })
  const items = captions.map(({ references }, position): CaptionItem => {
    const id = String(position)
    return { task: 'caption', id, cluster: id, image: null, position, references }
  })
  const run: PureRun = {
    ...pure,
    items,
    version: { ...pure.version, task: 'caption', strata: [] },
    columns: { cluster: Uint32Array.from(items.keys()), strata: [] },
    run: { ...pure.run, spec: { ...pure.run.spec, criteria: [{ type: 'caption', name: 'captions', meteor }] } },
    model: answering(({ item }) => text(captions[Number(item.id)]!.answer)),
  }
  const lab = new SqliteEngine(run)
  const { id } = await lab.start()
  const started = process.cpuUsage()
  await lab.drain()
  return { run: await lab.run(id), milliseconds: process.cpuUsage(started).user / 1000 }
}

describe('a run of captions that held the Worker for minutes', () => {
  test.each([
    ['600 times "a "', 'a '.repeat(600), 'a '.repeat(599)],
    ['2000 times "a@,"', 'a@,'.repeat(2000).slice(0, 2 * MOST_WORDS), 'a dog'],
    ['dots', '.'.repeat(MOST_WORDS), '.'.repeat(MOST_WORDS - 1)],
    ['"<!a"', '<!a'.repeat(600), 'a dog'],
    ['"&"', 'a&'.repeat(1000), 'a & b'],
  ])('%s: scored in a moment', async (_, answer, reference) => {
    const { run, milliseconds } = await captionRun(
      [
        { answer, references: [reference] },
        { answer: 'a cat', references: ['a dog'] },
      ],
      'exact_stem',
    )
    expect(run.status).toBe('completed')
    expect(milliseconds).toBeLessThan(3000)
  })

  const long = { answer: 'a '.repeat(MOST_WORDS), references: ['a '.repeat(MOST_WORDS - 1)] }
  const many = Array.from({ length: Math.ceil(MOST_METEOR_MATCHES / MOST_WORDS / (MOST_WORDS - 1)) + 1 }, () => long)

  test('too many of the longest: the run fails, once, with advice', async () => {
    const { run } = await captionRun(many, 'exact_stem')
    expect(run).toMatchObject({ status: 'failed', error: { code: 'too_large' } })
    expect(run.error!.message).toContain(`the limit is ${MOST_METEOR_MATCHES} pairs of matching words`)
    expect(run.error!.message).toContain('meteor "none"')
  })

  test('without METEOR they are scored', async () => {
    expect((await captionRun(many, 'none')).run.status).toBe('completed')
  })
})

test('a results file with a caption too long is refused, with the file, the index, the member and the limit', async () => {
  const bytes = new TextEncoder().encode(JSON.stringify([{ image_id: 1, caption: 'x'.repeat(MOST_CHARACTERS + 1) }]))
  const parts = {
    files: {
      find: async () => ({ id: 'file-1', sha256: await sha256Hex(bytes), bytes: bytes.length }),
      open: async () => ({ bytes: bytes.length, read: async () => bytes }),
    },
    datasets: { open: async () => ({ items: async () => [{ id: '1' }] }) },
    admit: (_bytes: number, task: () => Promise<unknown>) => task(),
    readResultsOf: (format: string) => taskRegistry.format(format).readResults,
  } as unknown as RecordedKindParts
  const dataset = {
    task: 'caption',
    format: 'coco-captions',
    items: 1,
    images: 0,
    source: { id_type: 'number' },
  } as unknown as DatasetVersion
  const reference = { type: 'results', file_id: 'file-1', name: 'mine' } as const
  const { prepare } = await resultsKind.connect(parts).resolve({ tenant: 't', dataset, reference, count: 1 })
  const failure = await prepare().catch((error: unknown) => (error as Fault).failure)
  expect(failure).toMatchObject({
    kind: 'unprocessable',
    errors: [
      {
        pointer: '/data_source/subject/file_id',
        detail: `results file, /0/caption: must have at most ${MOST_CHARACTERS} characters, has ${MOST_CHARACTERS + 1}`,
      },
    ],
  })
})
