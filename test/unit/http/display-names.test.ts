/** Names that people read, in every request that gives one. */
import { describe, expect, test } from 'vitest'
import { asDisplayName, displayName } from '../../../src/contracts/display-name.ts'
import { commitStatus } from '../../../src/contracts/trigger.ts'
import { comparisonCreate } from '../../../src/http/routes/comparisons/schema.ts'
import { evalCreate, evalUpdate } from '../../../src/http/routes/evals/schema.ts'
import { graderValidate } from '../../../src/http/routes/graders/schema.ts'
import { keyCreate } from '../../../src/http/routes/keys/schema.ts'
import { runCreate } from '../../../src/http/routes/runs/run-create.ts'
import { triggerCreate } from '../../../src/http/routes/triggers/schema.ts'
import { uploadCreate } from '../../../src/http/routes/uploads/schema.ts'
import { webhookEndpointUpdate } from '../../../src/http/routes/webhook-endpoints/schema.ts'
import { fillRun } from '../../../src/http/routes/hooks/fill-run.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'

const SPOOF = 'photo\u202Egpj.exe'

const criterion = { type: 'string_check', name: SPOOF, operation: 'eq', input: 'a', reference: 'a' }
const subject = (type: string) => ({
  data_source: { type: 'dataset', dataset: 'ds_1', subject: { type, file_id: 'file-1', name: SPOOF } },
})

const REQUESTS = [
  ['key', keyCreate, { name: SPOOF }, 'name'],
  ['eval', evalCreate, { name: SPOOF }, 'name'],
  ['change of an eval', evalUpdate, { name: SPOOF }, 'name'],
  ['criterion', evalCreate, { testing_criteria: [criterion] }, 'testing_criteria.0.name'],
  ['grader', graderValidate, { grader: criterion }, 'grader.name'],
  ['run', runCreate, { name: SPOOF }, 'name'],
  ['results', runCreate, subject('results'), 'data_source.subject.name'],
  ['scores', runCreate, subject('scores'), 'data_source.subject.name'],
  ['embeddings', runCreate, subject('embeddings'), 'data_source.subject.name'],
  ['comparison', comparisonCreate, { name: SPOOF }, 'name'],
  ['trigger', triggerCreate, { name: SPOOF }, 'name'],
  ['commit status', commitStatus, { context: SPOOF }, 'context'],
  ['upload', uploadCreate, { filename: SPOOF }, 'filename'],
  ['webhook endpoint', webhookEndpointUpdate, { name: SPOOF }, 'name'],
] as const

describe('a name with a character of direction is refused', () => {
  test.each(REQUESTS)('of a %s', (_, schema, body, path) => {
    const issues = schema.safeParse(body).error?.issues ?? []
    const found = issues.find((issue) => issue.path.join('.') === path)
    expect(found?.message).toBe('holds U+202E, a character that is not seen but changes how a name looks; leave it out')
  })
})

test.each(['a\nb', 'a\u0000b', '\u001b[31mred', 'a\u0085b', '\u2066a', 'a\u2028b', '\uFEFFa', '\u200Fa'])(
  '%j is refused',
  (name) => {
    expect(displayName(64).safeParse(name).success).toBe(false)
    expect(displayName(64).safeParse(asDisplayName(name)).success).toBe(true)
  },
)

test.each(['مدل', 'می‌خواهم', 'עברית', '👩‍🔬 v2', 'é', 'a  b', 'モデル'])('%s is a name', (name) => {
  expect(displayName(64).parse(name)).toBe(name)
  expect(asDisplayName(name)).toBe(name)
})

test('a stored criterion with such a name is read all the same', () => {
  expect(SCORERS.bind(criterion).name).toBe(SPOOF)
  expect(SCORERS.bind({ ...criterion, input: '{{item.a' }).name).toBe(SPOOF)
})

test('line breaks of a payload become spaces of a name', () => {
  const run = { name: 'of {{payload.message}}', metadata: { message: '{{payload.message}}' } }
  const message = 'one\r\n\ntwo\n'
  expect(fillRun(run, { message })).toEqual({ name: 'of one two', metadata: { message } })
})
