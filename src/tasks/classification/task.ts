/**
 * Classification: which of a dataset's labels a picture has.
 * @module
 */
import type { Candidate } from '../../contracts/item.ts'
import { createPrompt } from '../prompt.ts'
import type { Task } from '../task.ts'
import { labelsJson } from './formats/labels-json.ts'
import { type ClassificationItem, classificationItem } from './item.ts'
import { readLabel } from './label-reader.ts'
import { classificationLines } from './own-lines.ts'

export const classification: Task<ClassificationItem> = {
  id: 'classification',
  item: classificationItem,
  pictures: 1,
  needsPictures: false,
  formats: { classification: labelsJson },
  ownLines: classificationLines,
  texts: () => [],
  chooses: true,
  prompt: createPrompt<ClassificationItem>({
    template: 'Which of these labels fits the picture best?\n{{item.labels}}\nAnswer with the label alone.',
    name: null,
    question: () => null,
    values: { labels: ({ candidates = [] }) => candidates.map(shownAs).join('\n') },
    pictures: 1,
    read: (text, { candidates = [] }) => readLabel(text, candidates),
  }),
}

/** The label in words: a label may be a code, such as `n02123045`. */
const shownAs = ({ label, prompts }: Candidate): string => prompts?.[0] ?? label
