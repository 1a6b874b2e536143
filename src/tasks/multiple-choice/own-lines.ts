/**
 * Questions with options in Assay's own format, and their results.
 * @module
 */
import type { Draft } from '../draft.ts'
import type { Problems } from '../../files/problems.ts'
import { readItemValues } from '../formats/item-answers.ts'
import type { OwnLines } from '../formats/own-lines.ts'
import { letterOf, MOST_OPTIONS, type MultipleChoiceItem, placeOfLetter } from './item.ts'

/** Default category. */
const UNTYPED = 'unspecified'

export const multipleChoiceLines: OwnLines<Draft<MultipleChoiceItem>> = {
  members: ['question', 'options', 'answer', 'category'],
  columns: { tell: 'option', lists: { option: 'options' }, id: ['image', 'question'] },
  strata: [{ name: 'category', field: 'annotations#/*/category', sliced: true }],
  read(fields, { id, cluster }, at, problems) {
    const question = problems.text(fields['question'], `${at}/question`) ?? ''
    if (fields['question'] === '') problems.note(`${at}/question`, 'is empty; ask which option fits the picture')
    const list = problems.listOf(fields['options'], `${at}/options`, MOST_OPTIONS) ?? []
    const options = list.map((option, place) => problems.text(option, `${at}/options/${place}`) ?? '')
    checkOptions(options, `${at}/options`, problems)
    const answer = placeOf(fields['answer'], list.length, `${at}/answer`, problems) ?? 0
    const given = fields['category']
    const category = given === undefined ? UNTYPED : (problems.string(given, `${at}/category`) ?? '')
    return { draft: { task: 'multiple_choice', id, cluster, question, options, answer, category }, labels: [category] }
  },
  readResults: (text, ids) =>
    readItemValues(text, ids, ({ answer }, pointer, problems) => {
      const isList = Array.isArray(answer)
      const list = isList ? problems.listOf(answer, `${pointer}/answer`, MOST_OPTIONS) : [answer]
      const places = list?.map((letter, index) =>
        placeOf(letter, MOST_OPTIONS, isList ? `${pointer}/answer/${index}` : `${pointer}/answer`, problems),
      )
      if (places?.length === 0) problems.note(`${pointer}/answer`, 'is empty; name an option')
      return places === undefined || places.length === 0 || places.includes(undefined) ? undefined : JSON.stringify(places)
    }),
}

function checkOptions(options: readonly string[], at: string, problems: Problems): void {
  if (options.length === 1) problems.note(at, 'has one option; at least two are needed to choose')
  const firsts = new Map<string, number>()
  for (const [place, option] of options.entries()) {
    const first = firsts.get(option)
    if (option.trim() === '') problems.note(`${at}/${place}`, 'is empty')
    else if (first !== undefined)
      problems.note(`${at}/${place}`, `is option ${letterOf(first)} again, so an answer could mean both`)
    firsts.set(option, first ?? place)
  }
}

/** An option by its letter, or by its place from 0. @returns undefined after recording a problem */
function placeOf(value: unknown, count: number, at: string, problems: Problems): number | undefined {
  const place = typeof value === 'string' ? placeOfLetter(value) : value
  if (typeof place === 'number' && Number.isInteger(place) && place >= 0 && place < count) return place
  if (count > 1)
    problems.note(
      at,
      `must be a letter from A to ${letterOf(count - 1)}, or a place from 0 to ${count - 1}; is ${JSON.stringify(value) ?? 'missing'}`,
    )
  else if (count === 0) problems.note(at, 'has no options to choose from')
  return undefined
}
