/**
 * Localization of steps in instructional videos.
 * @module
 */
import { createPrompt } from '../prompt.ts'
import type { Task } from '../task.ts'
import { coin } from './formats/coin.ts'
import { MOST_FRAMES, type StepItem, stepItem } from './item.ts'
import { readSteps } from './steps-reader.ts'

export const stepLocalization: Task<StepItem> = {
  id: 'step_localization',
  item: stepItem,
  pictures: 'frames',
  needsPictures: false,
  formats: { coin },
  ownLines: null,
  texts: () => [],
  locates: true,
  prompt: createPrompt<StepItem>({
    template:
      'The pictures are frames of a video, in order, at these seconds: {{item.times}}\n' +
      'Which of these steps does the video show, and when?\n{{item.steps}}\n' +
      'Answer with one line per step that is shown: its number, a colon, its start and its end in seconds, such as "12: 3.5 - 9".',
    name: null,
    question: () => null,
    values: {
      times: ({ frame_times: times = [] }) => times.join(', '),
      steps: ({ candidates = [] }) => candidates.map(({ label, prompts = [] }) => `${label}: ${prompts[0] ?? ''}`).join('\n'),
    },
    pictures: MOST_FRAMES,
    read: (text, { candidates }) => readSteps(text, candidates ? new Set(candidates.map(({ label }) => Number(label))) : null),
  }),
}
