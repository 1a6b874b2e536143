import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import { type PromptTemplate, promptTemplate } from '../../../src/contracts/prompt.ts'
import { checkTemplate, placeholdersOf, renderTemplate, renderText } from '../../../src/tasks/template.ts'

const image = { sha256: 'a'.repeat(64), media_type: 'image/png' as const, bytes: 1, width: 1, height: 1 }
const values = {
  item: { a: { b: 'deep' }, list: ['x', { y: 2 }], n: 3, yes: true, none: null, image, url: { url: 'https://e.org/a.png' } },
  sample: { output_text: 'out' },
}

function faultOf(work: () => unknown): { kind: string; errors: unknown } {
  try {
    work()
  } catch (error) {
    if (error instanceof Fault) return { errors: undefined, ...error.failure }
  }
  throw new Error('no fault')
}

test.each([
  ['{{item.a.b}}', 'deep'],
  ['{{ item.a.b }}-{{sample.output_text}}', 'deep-out'],
  ['{{item.list[0]}} {{item.list[1].y}} {{item.list.0}}', 'x 2 x'],
  ['{{item.n}} {{item.yes}} {{item.none}} {{item.a}}', '3 true null {"b":"deep"}'],
  ['{item.a.b} {{item.a.b} }} {{', '{item.a.b} {{item.a.b} }} {{'],
])('%j becomes %j', (template, text) => {
  expect(renderText(template, values)).toBe(text)
})

test.each([
  '{{item.a.c}}',
  '{{item.list[2]}}',
  '{{item.list.length}}',
  '{{item.a.b.0}}',
  '{{item.constructor}}',
  '{{item.__proto__}}',
  '{{toString}}',
  '{{}}',
  '{{item..a}}',
  '{{#if item.a}}',
])('%j has no value, which names the part of the template', (text) => {
  const template: PromptTemplate = [
    { role: 'system', content: 'hello' },
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'fine' },
        { type: 'input_text', text },
      ],
    },
  ]
  const { kind, errors } = faultOf(() => renderTemplate(template, values))
  expect(kind).toBe('invalid')
  expect(errors).toEqual([{ pointer: '/1/content/1/text', detail: expect.stringContaining('has no value') }])
})

test('messages keep their order, roles, parts and pictures', () => {
  const template = promptTemplate.parse([
    { role: 'developer', content: 'Be {{item.a.b}}.' },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_image', image_url: '{{ item.image }}', detail: 'low' },
        'Left is {{item.n}}',
        { type: 'input_image', image_url: '{{item.url}}' },
        { type: 'input_image', image_url: 'https://e.org/{{item.a.b}}.png' },
      ],
    },
    { role: 'assistant', content: { type: 'output_text', text: 'yes' } },
  ])
  expect(renderTemplate(template, values)).toEqual([
    { role: 'system', content: [{ type: 'text', text: 'Be deep.' }] },
    {
      role: 'user',
      content: [
        { type: 'image', image, detail: 'low' },
        { type: 'text', text: 'Left is 3' },
        { type: 'image', image: { url: 'https://e.org/a.png' } },
        { type: 'image', image: { url: 'https://e.org/deep.png' } },
      ],
    },
    { role: 'assistant', content: [{ type: 'text', text: 'yes' }] },
  ])
})

test.each([['{{item.n}}'], ['{{item.a.b}}'], ['ftp://e.org/a.png'], ['data:text/html,x'], ['{{item.a}}']])(
  '%j is not a picture',
  (image_url) => {
    const template: PromptTemplate = [{ role: 'user', content: { type: 'input_image', image_url } }]
    const { errors } = faultOf(() => renderTemplate(template, values))
    expect(errors).toEqual([{ pointer: '/0/content/image_url', detail: expect.stringContaining('is not a picture') }])
  },
)

test('a picture in a message of the assistant is refused', () => {
  const template: PromptTemplate = [{ role: 'assistant', content: [{ type: 'input_image', image_url: '{{item.image}}' }] }]
  expect(faultOf(() => checkTemplate(template, () => undefined)).errors).toMatchObject([{ pointer: '/0/role' }])
})

test('the first refused placeholder is named by its place', () => {
  const template: PromptTemplate = [{ role: 'user', content: ['{{item.n}}', '{{item.z}}', '{{item.q}}'] }]
  const refusal = ({ name }: { readonly name: string }) => (name === 'item.n' ? undefined : `no ${name}`)
  expect(faultOf(() => checkTemplate(template, refusal)).errors).toEqual([{ pointer: '/0/content/1', detail: 'no item.z' }])
})

test.each(['{{item.n', 'a {{item.n}', '{{item.{n}}}'])('a placeholder that does not close is refused: %j', (text) => {
  const template: PromptTemplate = [{ role: 'user', content: ['{{item.n}}', text] }]
  const { errors } = faultOf(() => checkTemplate(template, () => undefined))
  expect(errors).toMatchObject([{ pointer: '/0/content/1', detail: expect.stringContaining('as in {{item.answer}}') as string }])
  expect(() => checkTemplate(text, () => undefined)).toThrow('which is not a placeholder')
})

test('sizes are bounded: the template, its parts together, and the filled prompt', () => {
  expect(promptTemplate.safeParse('x'.repeat(32 * 1024 + 1)).success).toBe(false)
  expect(promptTemplate.safeParse([]).success).toBe(false)
  const half = 'x'.repeat(20_000)
  expect(() => checkTemplate([{ role: 'user', content: [half, half] }], () => undefined)).toThrow('at most 32768')
  const large = { item: { text: 'x'.repeat(100_000) } }
  const { kind } = faultOf(() => renderTemplate([{ role: 'user', content: Array(6).fill('{{item.text}}') }], large))
  expect(kind).toBe('too_large')
  expect(() => renderText('{{item.text}}'.repeat(2000), large)).toThrow('limit is 524288')
})

test('law: values are never interpreted, and texts without placeholders stay as they are', () => {
  const braces = fc.string({ unit: fc.constantFrom('{', '}', '{{item.n}}', 'item', '.', 'n', '$&', 'a') })
  fc.assert(
    fc.property(braces, (value) => {
      expect(renderText('<{{item.x}}>', { item: { x: value, n: 'filled' } })).toBe(`<${value}>`)
      if (placeholdersOf(value).length === 0) expect(renderText(value, {})).toBe(value)
    }),
  )
})
