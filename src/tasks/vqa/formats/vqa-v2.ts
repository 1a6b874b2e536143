/**
 * VQA v2 (and v1): a question file and an annotation file, joined by question id.
 * @module
 */
import type { Draft } from '../../draft.ts'
import { type Format, type FormatFile, onlyRecord, quotedFacts, requireRecords, type SourceFacts } from '../../format.ts'
import type { VqaItem } from '../item.ts'
import { VQA_STRATA } from '../strata.ts'
import { headerOf, vqaAnnotation, vqaQuestion } from './vqa-v2-records.ts'
import { readVqaResults } from './vqa-v2-results.ts'

const QUESTIONS = 0
const ANNOTATIONS = 1

type Question = readonly [image: string, question: string]
type Annotation = readonly [image: string, questionType: string, answerType: string, answers: readonly string[]]

/** Heads of the files. */
type Heads = Record<FormatFile, ReturnType<typeof headerOf>>

export const vqaV2: Format<Question | Annotation, Heads, Draft<VqaItem>> = {
  task: 'vqa',
  layout: 'arrays',
  lists: [
    { file: 'questions', key: 'questions' },
    { file: 'annotations', key: 'annotations' },
  ],
  split: 'none',
  strata: VQA_STRATA.map((name) => ({ name, field: `annotations#/annotations/*/${name}`, sliced: true })),

  read({ list, index, value }, _gathered, problems) {
    if (list === QUESTIONS) {
      const question = vqaQuestion(value, `/questions/${index}`, problems)
      return question && { id: question.question_id, data: [question.image_id, question.question] }
    }
    const annotation = vqaAnnotation(value, `/annotations/${index}`, problems)
    if (annotation === undefined) return undefined
    const { question_id, image_id, question_type, answer_type, answers } = annotation
    return { id: question_id, data: [image_id, question_type, answer_type, answers.map(({ answer }) => answer)] }
  },

  readHead(file, head, gathered) {
    gathered[file] = headerOf(head)
  },

  source({ questions, annotations }, counts) {
    requireRecords(counts[ANNOTATIONS]!, 'annotations', '/annotations', 'is empty')
    return quotedFacts({
      task_type: questions?.task_type ?? annotations?.task_type ?? null,
      data_type: annotations?.data_type ?? questions?.data_type ?? null,
      data_subtype: annotations?.data_subtype ?? questions?.data_subtype ?? null,
      unannotated_questions: counts[QUESTIONS]! - counts[ANNOTATIONS]!,
    })
  },

  join(id, records, source, problems) {
    const question = onlyRecord(records, QUESTIONS, vqaV2, 'question_id', problems)
    const annotation = onlyRecord(records, ANNOTATIONS, vqaV2, 'question_id', problems)
    // The official scorer ignores questions without an annotation.
    if (annotation?.data.length !== 4) return undefined
    const pointer = `/annotations/${annotation.index}`
    if (question === undefined) {
      problems.annotations.note(`${pointer}/question_id`, `the question file has no question ${id}`)
      return undefined
    }
    const [asked, text] = question.data
    const [cluster, question_type, answer_type, answers] = annotation.data
    if (asked !== cluster) {
      problems.annotations.note(`${pointer}/image_id`, `is ${cluster}, but the question file says ${asked} for question ${id}`)
      return undefined
    }
    return {
      draft: { task: 'vqa', id, cluster, question: text, question_type, answer_type, answers: [...answers] },
      labels: [answer_type, question_type],
      // Worked out on demand: files by reference come without pictures.
      get pictures() {
        return [imageNames(cluster, source)]
      },
      index: annotation.index,
    }
  },

  readResults: (text, ids) => readVqaResults(text, ids),
}

/** Stems of an image's file name in COCO and the VQA sets, the most likely first. */
function imageNames(imageId: string, { data_type, data_subtype }: SourceFacts): string[] {
  const padded = imageId.padStart(12, '0')
  const names: string[] = []
  if (data_subtype !== undefined) {
    names.push(`COCO_${data_subtype}_${padded}`)
    if (data_type !== undefined) names.push(`${data_type}_${data_subtype}_${padded}`)
  }
  names.push(padded, imageId)
  return [...new Set(names)]
}
