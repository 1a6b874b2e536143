/**
 * Multiple choice: which of its options answers a question about a picture.
 * @module
 */
import { createPrompt } from '../prompt.ts'
import type { Task } from '../task.ts'
import { letterOf, type MultipleChoiceItem, multipleChoiceItem, rotated } from './item.ts'
import { readOption } from './option-reader.ts'
import { multipleChoiceLines } from './own-lines.ts'

export const multipleChoice: Task<MultipleChoiceItem> = {
  id: 'multiple_choice',
  item: multipleChoiceItem,
  pictures: 1,
  needsPictures: false,
  formats: {},
  ownLines: multipleChoiceLines,
  texts: ({ options }) => options,
  chooses: true,
  rotated,
  prompt: createPrompt<MultipleChoiceItem>({
    // The wording of LLaVA-1.5 (Liu et al. 2023, table 7) for questions with options.
    template: "{{item.question}}\n{{item.options}}\nAnswer with the option's letter from the given choices directly.",
    name: 'item.question',
    question: ({ question }) => question,
    values: { options: ({ options }) => options.map((option, place) => `${letterOf(place)}. ${option}`).join('\n') },
    pictures: 1,
    read: (text, { options }) => readOption(text, options),
  }),
}
