/**
 * Questions in Assay's own format.
 * @module
 */
import { MOST_ANSWERS } from '../../contracts/text-limits.ts'
import type { Draft } from '../draft.ts'
import type { OwnLines } from '../formats/own-lines.ts'
import type { VqaItem } from './item.ts'
import { VQA_STRATA } from './strata.ts'

/** Default question or answer type. */
const UNTYPED = 'unspecified'

export const vqaLines: OwnLines<Draft<VqaItem>> = {
  members: ['question', 'question_type', 'answer_type', 'answers'],
  columns: {
    tell: 'question',
    lists: { answer: 'answers' },
    id: ['image', 'question'],
    grows: {
      member: 'answers',
      join: (drafts) => ({ ...drafts[0]!, answers: drafts.flatMap(({ answers }) => answers) }),
    },
  },
  strata: VQA_STRATA.map((name) => ({ name, field: `annotations#/*/${name}`, sliced: true })),
  read(fields, { id, cluster }, at, problems) {
    const question = problems.text(fields['question'], `${at}/question`) ?? ''
    const list = problems.listOf(fields['answers'], `${at}/answers`, MOST_ANSWERS) ?? []
    if (Array.isArray(fields['answers']) && fields['answers'].length === 0) problems.note(`${at}/answers`, 'is empty')
    const answers = list.map((answer, index) => problems.text(answer, `${at}/answers/${index}`) ?? '')
    const typeOf = (key: string) => (fields[key] === undefined ? UNTYPED : (problems.string(fields[key], `${at}/${key}`) ?? ''))
    const [answer_type, question_type] = [typeOf('answer_type'), typeOf('question_type')]
    const draft = { task: 'vqa' as const, id, cluster, question, question_type, answer_type, answers }
    return { draft, labels: [answer_type, question_type] }
  },
}
