/** Timed steps of an answer, and the frames of videos that a model is asked about. */
import { describe, expect, test } from 'vitest'
import { prepareImport } from '../../../../src/imports/import-dataset.ts'
import { taskRegistry } from '../../../../src/tasks/registry.ts'
import type { StepItem } from '../../../../src/tasks/step-localization/item.ts'
import { readSteps } from '../../../../src/tasks/step-localization/steps-reader.ts'
import { stepLocalization } from '../../../../src/tasks/step-localization/task.ts'
import { pictures } from '../../../support/tiny-datasets.ts'

const KNOWN = new Set([7, 12, 212])
const read = (text: string) => {
  const reading = readSteps(text, KNOWN)
  return 'answer' in reading
    ? (JSON.parse(reading.answer) as { step: number; start: number; end: number; score: number }[]).map(
        ({ step, start, end, score }) => [step, start, end, score],
      )
    : reading.unreadable
}

test.each<[string, (readonly number[])[]]>([
  ['12: 3.5 - 9', [[12, 3.5, 9, 1]]],
  [
    '7: 0-2.25\n212: 2.25 – 1:05',
    [
      [7, 0, 2.25, 1],
      [212, 2.25, 65, 1],
    ],
  ],
  [
    'Sure! Here are the steps:\n- **12**: pour 2 cups, 3 s to 9 seconds\n- Step 7 (stir): 9 until 1:02:03.5.',
    [
      [12, 3, 9, 1],
      [7, 9, 3723.5, 1],
    ],
  ],
  ['<think>12: 1 - 2</think>12: 2 - 3', [[12, 2, 3, 1]]],
  [
    '```json\n[{"step": "7", "start": 1, "end": 2.5, "score": 0.25}, {"step": 12, "segment": [3, 4]}]\n```',
    [
      [7, 1, 2.5, 0.25],
      [12, 3, 4, 1],
    ],
  ],
  ['None of the steps is shown.', []],
  ['[]', []],
  // As official files do.
  ['12: 9 - 3', [[12, 9, 3, 1]]],
])('%j lists steps', (text, steps) => {
  expect(read(text)).toEqual(steps)
})

test.each([
  ['The video shows pouring.', 'lists no step with two times'],
  ['', 'lists no step'],
  ['12: at 3.5', 'lists no step'],
  ['13: 1 - 2', 'step 13, which is none of the 3'],
  ['[{"step": 12}]', 'lists no step'],
  ['<think>12: 1 - 2', 'never ended'],
  ['12: 1 - 2\n'.repeat(1001), 'at most 1000'],
])('%j has no steps to score', (text, reason) => {
  expect(read(text)).toContain(reason)
})

describe('videos with frames', () => {
  const video = (frames?: unknown) => ({
    subset: 'testing',
    class: 'Tea',
    annotation: [
      { id: '212', label: 'pour the water', segment: [1, 2] },
      { id: '7', label: 'boil', segment: [0, 1] },
    ],
    ...(frames !== undefined && { frames }),
  })
  const frame = (name: string, time: number) => ({ file: `${name}.png`, time })
  const importOf = (database: object, names: readonly string[]) =>
    prepareImport(
      {
        tenant: 't',
        name: 'set',
        format: 'coin',
        files: { annotations: new TextEncoder().encode(JSON.stringify({ database })) },
        images: pictures(names.length).map(({ bytes }, index) => ({
          filename: `${names[index]}.png`,
          read: async () => bytes.slice(),
        })),
      },
      taskRegistry,
    )

  test('have their pictures in order, and all steps of the file, of which a model is told the names', async () => {
    const database = { a: video([frame('a1', 0), frame('a2', 2.5)]), b: video([frame('b1', 1)]), c: video() }
    const { version, itemsWithoutImage } = await importOf(database, ['a1', 'a2', 'b1'])
    expect(version).toMatchObject({
      source: { frames: '2' },
      candidates: [
        { label: '7', prompts: ['boil'] },
        { label: '212', prompts: ['pour the water'] },
      ],
    })
    const items = version.orderedItems as readonly StepItem[]
    expect(Object.fromEntries(items.map(({ id, images, frame_times: times }) => [id, [images?.length, times]]))).toEqual({
      a: [2, [0, 2.5]],
      b: [1, [1]],
      c: [undefined, undefined],
    })
    expect(itemsWithoutImage).toBe(0)
    const asked = { ...items.find(({ id }) => id === 'a')!, candidates: version.candidates }
    const { content } = stepLocalization.prompt!.render(stepLocalization.prompt!.template, asked)[0]!
    expect(content.map(({ type }) => type)).toEqual(['image', 'image', 'text'])
    expect(content.at(-1)).toMatchObject({
      text: expect.stringMatching(/seconds: 0, 2\.5\n.*\n7: boil\n212: pour the water\n/) as string,
    })
    const [first] = stepLocalization.prompt!.render(
      [{ role: 'user', content: [{ type: 'input_image', image_url: '{{item.images[1]}}' }] }],
      asked,
    )
    expect(first!.content).toEqual([{ type: 'image', image: asked.images![1] }])
    expect(() => stepLocalization.prompt!.check('{{item.images[64]}}', '')).toThrow(
      '{{item.times}} and {{item.steps}} are known here',
    )
  })

  test('a file without frames gives the version that it gave before', async () => {
    const { version } = await importOf({ a: video() }, [])
    expect(version).not.toHaveProperty('candidates')
    expect(version.source).toEqual({})
    expect(Object.keys(version.orderedItems[0]!)).toEqual(['task', 'id', 'cluster', 'position', 'segments'])
  })

  test.each<[string, unknown, string]>([
    ['no list', 'a.png', 'a/frames: must be an array'],
    ['an empty list', [], 'a/frames: is empty'],
    ['a frame without time', [{ file: 'a.png' }], 'a/frames/0/time'],
    ['a frame without file', [{ time: 1 }], 'a/frames/0/file'],
    ['frames out of order', [frame('a', 1), frame('b', 1)], 'a/frames/1/time: must be after'],
    ['too many frames', Array.from({ length: 65 }, (_, time) => frame('a', time)), 'must have at most 64'],
  ])('%s is refused in its place', async (_case, frames, message) => {
    await expect(importOf({ a: video(frames) }, [])).rejects.toThrow(message)
  })
})
