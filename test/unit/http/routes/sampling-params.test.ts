/**
 * Sampling parameters of runs: the two ways of OpenAI's clients to write them, and calls of functions.
 */
import { describe, expect, test } from 'vitest'
import { samplingOf, samplingParams } from '../../../../src/http/routes/runs/sources/sampling-params.ts'
import { encodeChatRequest } from '../../../../src/models/endpoint/chat/chat-request.ts'
import { answerOf, readChatBody } from '../../../../src/models/endpoint/chat/chat-response.ts'
import { fill, valuesOf } from '../../../../src/scorers/graders/template-values.ts'
import type { CustomItem } from '../../../../src/tasks/custom/item.ts'

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } }
const NAMED = { name: 'place', schema: SCHEMA, strict: true }
const FUNCTION = { name: 'lookUp', description: 'Looks up.', parameters: SCHEMA, strict: null }

describe('sampling parameters', () => {
  test('of completions and of responses are the same request', () => {
    const asCompletions = samplingParams.parse({
      temperature: 0,
      seed: null,
      reasoning_effort: 'low',
      response_format: { type: 'json_schema', json_schema: NAMED },
      tools: [{ type: 'function', function: FUNCTION }],
    })
    const asResponses = samplingParams.parse({
      temperature: 0,
      reasoning_effort: 'low',
      text: { format: { type: 'json_schema', ...NAMED } },
      tools: [{ type: 'function', ...FUNCTION }],
    })
    expect(samplingOf(asResponses)).toEqual(samplingOf(asCompletions))
    const body = encodeChatRequest({ model: 'm', messages: [], sampling: samplingOf(asResponses) })
    expect(JSON.parse(new TextDecoder().decode(body))).toEqual({
      model: 'm',
      messages: [],
      temperature: 0,
      reasoning_effort: 'low',
      response_format: { type: 'json_schema', json_schema: NAMED },
      tools: [{ type: 'function', function: FUNCTION }],
    })
  })

  test('without any, none is sent', () => {
    for (const none of [undefined, null, samplingParams.parse({ tools: [], text: {}, top_p: null })])
      expect(samplingOf(none)).toEqual({})
  })

  test.each([
    [{ tools: [{ type: 'web_search' }] }, '/tools/0'],
    [{ reasoning_effort: 'extreme' }, '/reasoning_effort'],
    [{ response_format: { type: 'text' }, text: { format: { type: 'text' } } }, '/text'],
    [{ response_format: { type: 'json_schema', json_schema: { schema: SCHEMA } } }, '/response_format/json_schema/name'],
    [
      { text: { format: { type: 'json_schema', name: 'n', schema: { description: 'x'.repeat(40_000) } } } },
      '/text/format/schema',
    ],
    [{ logit_bias: {} }, '/'],
  ])('%.80j is refused', (given, place) => {
    const issues = samplingParams.safeParse(given).error?.issues ?? []
    expect(issues.map(({ path }) => `/${path.join('/')}`)).toContain(place)
  })
})

test('a call of a function is judged by its members, and is not an answer in words', () => {
  const calls = [{ id: 'c', type: 'function', function: { name: 'lookUp', arguments: '{"city":"Rome"}' } }]
  const bytes = new TextEncoder().encode(
    JSON.stringify({ choices: [{ finish_reason: 'tool_calls', message: { content: null, tool_calls: calls } }] }),
  )
  const reading = readChatBody(bytes)
  const { output, evidence } = answerOf('answer' in reading ? reading.answer : expect.fail('an error'), 1)
  expect(evidence).toMatchObject({ tool_calls: calls, outcome: 'no_content' })
  if (output.kind !== 'text') throw new Error(output.kind)
  const item: CustomItem = { task: 'custom', id: 'i', cluster: 'i', image: null, item: {} }
  const values = valuesOf(item, output)
  expect(fill('{{sample.output_tools[0].function.name}}', values, output)).toEqual({ text: 'lookUp' })
  expect(fill('{{sample.output_text}}', values, output)).toEqual({ reason: expect.stringContaining('no content') })
})
