/** The entry has the members of the Hub's specification, in YAML that a parser reads. */
import { parse } from 'yaml'
import { expect, test } from 'vitest'
import type { RunRecord } from '../../../../src/contracts/run.ts'
import { evalResultsYaml } from '../../../../src/http/routes/exports/hugging-face.ts'
import { EXAMPLE_REPORT, EXAMPLE_REPORT_DIGEST } from '../../../../src/http/routes/reports/example.ts'

const run = {
  createdAt: 0,
  endedAt: Date.UTC(2026, 10, 29, 12),
  specDigest: 's'.repeat(64),
  reportDigest: EXAMPLE_REPORT_DIGEST,
  spec: { dataset: { digest: 'd'.repeat(64) } },
} as unknown as RunRecord

/** Members by huggingface.co/docs/hub/eval-results, as of huggingface/hub-docs @064c754. */
const ENTRY = new Set(['dataset', 'value', 'verifyToken', 'date', 'source', 'evaluation_framework', 'notes'])
const DATASET = new Set(['id', 'task_id', 'revision'])
const SOURCE = new Set(['url', 'name', 'user'])

test('an entry has the required members and no unknown ones', () => {
  const wanted = { dataset: 'cais/hle', task_id: 'default', revision: '5503434' }
  const yaml = evalResultsYaml(run, EXAMPLE_REPORT, wanted, `https://assay.example/v1/reports/${EXAMPLE_REPORT_DIGEST}`)
  const [entry, ...more] = parse(yaml) as Record<string, unknown>[]
  expect(more).toEqual([])
  expect(entry).toMatchObject({
    dataset: { id: 'cais/hle', task_id: 'default', revision: '5503434' },
    value: 0.875,
    date: '2026-11-29T12:00:00.000Z',
    source: { url: `https://assay.example/v1/reports/${EXAMPLE_REPORT_DIGEST}`, name: 'Assay report 6b86b273ff34' },
    notes: expect.stringMatching(
      /^R@1 \(vse\+\+\/image-to-text, share\) of retrieval, n 48; 95 % interval 0\.752 to 0\.944/,
    ) as string,
  })
  const unknown = [
    ...Object.keys(entry!).filter((name) => !ENTRY.has(name)),
    ...Object.keys(entry!['dataset'] as object).filter((name) => !DATASET.has(name)),
    ...Object.keys(entry!['source'] as object).filter((name) => !SOURCE.has(name)),
  ]
  expect(unknown).toEqual([])
})

test('a private run has no source; texts cannot leave their line', () => {
  const yaml = evalResultsYaml(run, EXAMPLE_REPORT, { dataset: 'a/b', task_id: 'x"\n- dataset: evil' }, null)
  expect(parse(yaml)).toMatchObject([{ dataset: { task_id: 'x"\n- dataset: evil' } }])
  expect(yaml).not.toContain('source')
})

test.each([
  [{ criterion: 'nothing' }, 'criterion'],
  [{ metric: 'CIDEr' }, 'metric'],
])('%j is refused by name', (wrong, pointer) => {
  const make = () => evalResultsYaml(run, EXAMPLE_REPORT, { dataset: 'a/b', task_id: 't', ...wrong }, null)
  expect(make).toThrow(
    expect.objectContaining({ failure: expect.objectContaining({ errors: [expect.objectContaining({ pointer })] }) }) as Error,
  )
})
