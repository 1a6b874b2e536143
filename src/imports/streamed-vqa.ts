/**
 * VQA v2 as it streams past: questions and annotations in any order, joined by question id.
 * @module
 */
import { Problems } from '../files/problems.ts'
import { headerOf, vqaAnnotation, vqaQuestion } from '../tasks/vqa/formats/vqa-v2.ts'
import { facts } from './drafts.ts'
import { type StreamedFile, type StreamedFormat, unique } from './streamed-format.ts'

const VQA_HEADER = ['task_type', 'data_type', 'data_subtype'] as const

export const streamedVqa: StreamedFormat = {
  layout: 'arrays',
  lists: [
    { file: 'questions', key: 'questions' },
    { file: 'annotations', key: 'annotations' },
  ],

  read({ array, index, value }, _facts, problems) {
    if (array === 0) {
      const question = vqaQuestion(value, `/questions/${index}`, problems)
      return question && { id: question.question_id, data: [question.image_id, question.question] }
    }
    const annotation = vqaAnnotation(value, `/annotations/${index}`, problems)
    if (annotation === undefined) return undefined
    const { question_id, image_id, question_type, answer_type, answers } = annotation
    return { id: question_id, data: [image_id, question_type, answer_type, answers.map(({ answer }) => answer)] }
  },

  readHead(file, head, facts) {
    const header = headerOf(head)
    for (const name of VQA_HEADER) {
      const value = header[name]
      if (value !== null) facts[`${file}/${name}`] = value
    }
  },

  join(id, records, problems) {
    const of = (array: number) => unique(records, array, streamedVqa, 'question_id', problems)
    const question = of(0)
    const annotation = of(1)
    // The official scorer never looks at questions that have no annotation.
    if (annotation === undefined) return undefined
    const pointer = `/annotations/${annotation.index}`
    if (question === undefined) {
      problems.annotations.note(`${pointer}/question_id`, `the question file has no question ${id}`)
      return undefined
    }
    const [asked, text] = question.data as [string, string]
    const [cluster, question_type, answer_type, answers] = annotation.data as [string, string, string, string[]]
    if (asked !== cluster) {
      problems.annotations.note(`${pointer}/image_id`, `is ${cluster}, but the question file says ${asked} for question ${id}`)
      return undefined
    }
    return {
      draft: { task: 'vqa', id, cluster, question: text, question_type, answer_type, answers },
      labels: [answer_type, question_type],
    }
  },

  source(gathered, [questions, annotations]) {
    const problems = new Problems('annotations')
    if (annotations === 0) problems.note('/annotations', 'is empty')
    problems.throwIfAny()
    const first = (name: string, ...files: StreamedFile[]) =>
      files.map((file) => gathered[`${file}/${name}`]).find((value) => value !== undefined) ?? null
    return facts({
      task_type: first('task_type', 'questions', 'annotations'),
      data_type: first('data_type', 'annotations', 'questions'),
      data_subtype: first('data_subtype', 'annotations', 'questions'),
      unannotated_questions: questions! - annotations!,
    })
  },
}
