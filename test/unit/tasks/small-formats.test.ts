import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readItemAnswers, readItemScores } from '../../../src/tasks/formats/item-answers.ts'
import { refuseUnstorable, refuseUnstorableIn } from '../../../src/files/json.ts'
import { Problems } from '../../../src/files/problems.ts'
import { readWhole } from '../../../src/tasks/format-reader.ts'
import { taskRegistry } from '../../../src/tasks/registry.ts'
import { readFiles } from '../../support/official-files.ts'

const items = taskRegistry.format('items-jsonl')
const itemsOf = (text: string) => readFiles(items, { annotations: text }).items

describe('a file that is not UTF-8 text', () => {
  const text = new TextEncoder().encode('[]')
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['gzip', gzipSync(text), 'is compressed by gzip; unpack it first'],
    ['ZIP', Uint8Array.of(0x50, 0x4b, 3, 4, ...text), 'is a ZIP archive; unpack it, and send the file inside'],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x5b, 0, 0x5d, 0), 'is UTF-16 text; save it as UTF-8'],
  ]

  test.each(cases)('%s is named, with what to do, by readers of lines, lists and members', (_, bytes, detail) => {
    for (const [name, called] of [
      ['items-jsonl', 'items'],
      ['karpathy', 'Karpathy split'],
      ['coco-captions', 'annotations'],
    ] as const) {
      const read = () => readWhole(taskRegistry.format(name), { annotations: bytes }, { split: 'test', withPictures: true })
      expect(read).toThrow(`${called} file: ${detail}`)
    }
  })
})

describe('items-jsonl', () => {
  test('reads questions and fills in what may be left out', () => {
    const text =
      '{"task":"vqa","id":1,"image":"a.b.png","question":"How many?","answers":["2"]}\n\n{"task":"vqa","id":"q2","cluster":"c","question":"Why?","answer_type":"other","answers":["so","no"]}\n'
    expect(itemsOf(text)).toEqual([
      {
        draft: {
          task: 'vqa',
          id: '1',
          cluster: '1',
          question: 'How many?',
          question_type: 'unspecified',
          answer_type: 'unspecified',
          answers: ['2'],
        },
        labels: ['unspecified', 'unspecified'],
        pictures: [['a.b.png', 'a.b']],
        index: 0,
      },
      {
        draft: {
          task: 'vqa',
          id: 'q2',
          cluster: 'c',
          question: 'Why?',
          question_type: 'unspecified',
          answer_type: 'other',
          answers: ['so', 'no'],
        },
        labels: ['other', 'unspecified'],
        pictures: [],
        index: 2,
      },
    ])
  })

  test('reads captions with and without ids', () => {
    const [item] = itemsOf('{"task":"retrieval","id":"x","image":"x.jpg","captions":["one",{"id":7,"text":"two"}]}')
    expect(item).toMatchObject({
      pictures: [['x.jpg', 'x']],
      draft: {
        captions: [
          { id: 'x#0', text: 'one' },
          { id: '7', text: 'two' },
        ],
      },
    })
  })

  test('takes the record of a line of OpenAI’s Evals', () => {
    const record = '{"task":"vqa","id":"a","question":"?","answers":["x"]}'
    expect(itemsOf(`{"item":${record}}`)).toEqual(itemsOf(record))
  })

  const vqa = '{"task":"vqa","id":"a","question":"?","answers":["x"]}'
  test.each([
    ['nothing', '\n', 'holds no item'],
    ['a line that is not JSON', 'x', '/0: is not JSON'],
    ['an unknown task', '{"task":"caption","id":"a"}', '/0/task'],
    ['no id', '{"task":"vqa","question":"?","answers":["x"]}', '/0/id'],
    ['no answers', '{"task":"vqa","id":"a","question":"?","answers":[]}', '/0/answers: is empty'],
    ['an answer that is not a string', '{"task":"vqa","id":"a","question":"?","answers":[1]}', '/0/answers/0'],
    ['a picture without a name', '{"task":"retrieval","id":"a","captions":["x"]}', '/0/image'],
    ['an id twice', `${vqa}\n${vqa}`, '/1/id: a was already used by line 1'],
    ['an id twice, once wrapped', `${vqa}\n{"item":${vqa}}`, '/1/item/id: a was already used by line 1'],
    ['an id three times', `${vqa}\n\n${vqa}\n${vqa}`, '/2/id: a was already used by line 1 (and 1 more)'],
    ['an item that is not an object', '{"item":[]}', '/0/item: must be an object'],
    ['a fault in a wrapped item', '{"item":{"task":"vqa","id":"a","question":5,"answers":["x"]}}', '/0/item/question'],
    ['a sample', `{"item":${vqa},"sample":{"output_text":"x"}}`, '/0/sample: is not read here: answers are a results file'],
    ['something beside item', `{"item":${vqa},"id":"a"}`, '/0/id: is not read beside item'],
    ['a misspelt cluster', '{"task":"vqa","id":"a","clutser":"c","question":"?","answers":["x"]}', '/0/clutser: is not a member'],
    [
      'another task’s member',
      '{"task":"vqa","id":"a","question":"?","answers":["x"],"captions":[]}',
      '/0/captions: is not a member',
    ],
    ['a picture outside its folder', '{"task":"vqa","id":"a","image":"../b.png","question":"?","answers":["x"]}', '/0/image'],
    ['a picture without any name', '{"task":"vqa","id":"a","image":"","question":"?","answers":["x"]}', '/0/image'],
    ['half of a surrogate pair', '{"task":"vqa","id":"a","question":"\\ud800","answers":["x"]}', '/0/question: holds half'],
    ['two tasks', `${vqa}\n{"task":"retrieval","id":"b","image":"b.png","captions":["x"]}`, '/1/task'],
  ])('refuses %s', (_, text, message) => {
    expect(() => itemsOf(text)).toThrow(message)
  })
})

describe('readItemAnswers', () => {
  test('gives the answers in the order of the items', () => {
    const text = '\uFEFF{"id":2,"answer":"no"}\r\n\n{"id":"q1","answer":"","score":0.5}'
    expect([...readItemAnswers(text, ['q1', '2'])]).toEqual([
      ['q1', ''],
      ['2', 'no'],
    ])
  })

  test.each([
    ['a line that is not JSON', '{"id":1,"answer":"x"}\n]', '/1: is not JSON'],
    ['a line that is not an object', '5', '/0: must be an object'],
    ['no answer', '{"id":1}', '/0/answer: must be a string, is missing'],
    ['an id of another kind', '{"id":1.5,"answer":"x"}', '/0/id: must be an integer id'],
    ['an id that no item has', '{"id":1,"answer":"x"}\n{"id":2,"answer":"x"}', '/1/id: the dataset has no item 2'],
    ['an id twice', '{"id":1,"answer":"x"}\n{"id":"1","answer":"y"}', '/1/id: 1 was already used by line 1'],
    ['half of a surrogate pair', '{"id":1,"answer":"\\ud800"}', '/0/answer: holds half'],
    ['nothing', '', 'has no answer for 1 of 1 items: 1'],
  ])('refuses %s', (_, text, message) => {
    expect(() => readItemAnswers(text, ['1'])).toThrow(message)
  })
})

describe('readItemScores', () => {
  test('needs a line for each of the first items, which may say that there is no score', () => {
    const text = '{"id":"c","score":1}\n{"id":"b","score":null}\n\n{"id":"a","score":0.30000000000000004}'
    expect([...readItemScores(text, ['a', 'b', 'c', 'd'], 3)]).toEqual([
      ['c', 1],
      ['b', null],
      ['a', 0.30000000000000004],
    ])
    expect(() => readItemScores(text, ['a', 'b', 'c', 'd'], 4)).toThrow('has no score for 1 of 4 items: d')
  })

  test.each([
    ['a line that is not JSON', '{', '/0: is not JSON'],
    ['a line without a score', '{"id":"a"}', '/0/score: must be a number from 0 to 1, or null, is missing'],
    ['a score as text', '{"id":"a","score":"1"}', '/0/score: must be a number from 0 to 1, or null, is "1"'],
    ['a score out of range', '{"id":"a","score":5}', '/0/score: must be a number from 0 to 1, or null, is 5'],
    ['a negative score', '{"id":"a","score":-0.1}', '/0/score'],
    ['an id that no item has', '{"id":"x","score":1}', '/0/id: the dataset has no item x'],
    ['an id twice', '{"id":"a","score":1}\n{"id":"a","score":1}', '/1/id: a was already used by line 1'],
  ])('refuses %s', (_, text, message) => {
    expect(() => readItemScores(text, ['a'], 1)).toThrow(message)
  })
})

test('half of a surrogate pair is found however deep it lies', () => {
  const deep = `${'['.repeat(100_000)}"\\ud800"${']'.repeat(100_000)}`
  const value: unknown = JSON.parse(deep)
  expect(() => refuseUnstorableIn(deep, value, '')).toThrow('holds half of a surrogate pair')
  expect(() => refuseUnstorable({ a: [{ 'b/c': '\ud800' }] }, '/x')).toThrow('/x/a/0/b~1c: holds half')
})

test.each(['1e309', '-1E+400', `1${'0'.repeat(400)}`, '17e308'])(
  'a number beyond the range of a double is refused: %s',
  (number) => {
    const text = `{"a":[0,${number}]}`
    expect(() => refuseUnstorableIn(text, JSON.parse(text), '/3')).toThrow('/3/a/1: is beyond the range of a number')
  },
)

test('an id that is not an integer says what it is instead', () => {
  const refusal = (id: unknown) => {
    const problems = new Problems('results')
    problems.integerId(id, '/0/question_id')
    return problems.errors[0]?.detail
  }
  expect(refusal(2 ** 64)).toBe(
    'must be an integer id, is too large: integers above 9007199254740991 cannot be distinguished in JSON',
  )
  expect(refusal(1.5)).toBe('must be an integer id, is the number 1.5')
  expect(refusal('7')).toBe('must be an integer id, is the string "7"')
  expect(refusal(null)).toBe('must be an integer id, is null')
})
