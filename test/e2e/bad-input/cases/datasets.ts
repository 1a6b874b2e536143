/**
 * Bad requests by hand: `/v1/datasets` as forms, and the versions stored.
 * @module
 */
import { type Case, type Class, conflict, DATASETS, invalid, unprocessable, type Request } from '../case.ts'
import { ascii } from '../../../unit/media/build.ts'
import { blob, changed, karpathyWith, vqaWith } from '../forms.ts'
import { samplePng } from '../../../support/png.ts'
import { retrievalForm, vqaForm } from '../../../support/tiny-datasets.ts'
import type { World } from '../world.ts'

export const datasetsCases = ({ ids }: World): Case[] => [
  // /v1/datasets
  ...(
    [
      ['syntax', 'no name', () => changed(retrievalForm('wrong'), { name: null }), 'name', invalid, /missing/],
      [
        'range',
        'a name with a slash',
        () => changed(retrievalForm('wrong'), { name: 'a/b' }),
        'name',
        invalid,
        /letters, digits/,
      ],
      [
        'range',
        'a name of 129 characters',
        () => changed(retrievalForm('wrong'), { name: 'x'.repeat(129) }),
        'name',
        invalid,
        /1–128/,
      ],
      [
        'range',
        'an unknown format',
        () => changed(retrievalForm('wrong'), { format: 'coco' }),
        'format',
        invalid,
        /karpathy, vqa-v2/,
      ],
      [
        'range',
        'a format called constructor',
        () => changed(retrievalForm('wrong'), { format: 'constructor' }),
        'format',
        invalid,
        /karpathy/,
      ],
      [
        'syntax',
        'no annotations',
        () => changed(retrievalForm('wrong'), { annotations: null }),
        'annotations',
        invalid,
        /missing/,
      ],
      [
        'type',
        'annotations as text',
        () => changed(retrievalForm('wrong'), { annotations: '{}' }),
        'annotations',
        invalid,
        /file/,
      ],
      ['syntax', 'no split', () => changed(retrievalForm('wrong'), { split: null }), 'split', invalid, /test/],
      [
        'syntax',
        'a split where none is read',
        () => changed(vqaForm('wrong'), { split: 'test' }),
        'split',
        invalid,
        /leave it out/,
      ],
      [
        'syntax',
        'questions where none are read',
        () => changed(retrievalForm('wrong'), { questions: blob(ascii('{}')) }),
        'questions',
        invalid,
        /leave it out/,
      ],
      ['syntax', 'VQA without questions', () => changed(vqaForm('wrong'), { questions: null }), 'questions', invalid, /missing/],
      [
        'reference',
        'a split that nothing is in',
        () => changed(retrievalForm('wrong'), { split: 'val' }),
        'annotations#/images',
        unprocessable,
        /the file has test \(4\)/,
      ],
      [
        'syntax',
        'annotations that are not JSON',
        () => changed(retrievalForm('wrong'), { annotations: blob(ascii('{"images": [')) }),
        'annotations#',
        unprocessable,
        /not JSON/,
      ],
      [
        'syntax',
        'questions that are not JSON',
        () => changed(vqaForm('wrong'), { questions: blob(ascii('[')) }),
        'questions#',
        unprocessable,
        /not JSON/,
      ],
      [
        'syntax',
        'annotations that are not UTF-8',
        () => changed(retrievalForm('wrong'), { annotations: blob(new Uint8Array([0x22, 0xe9, 0x22])) }),
        'annotations#',
        unprocessable,
        /UTF-8/,
      ],
      [
        'type',
        'annotations that are an array',
        () => changed(retrievalForm('wrong'), { annotations: blob(ascii('[]')) }),
        'annotations#',
        unprocessable,
        /object/,
      ],
      [
        'type',
        'questions that are an array',
        () => changed(vqaForm('wrong'), { questions: blob(ascii('[]')) }),
        'questions#',
        unprocessable,
        /object/,
      ],
      [
        'type',
        'a caption that is a number',
        karpathyWith((file) => Object.assign((file.images[1]!['sentences'] as object[])[2]!, { raw: 7 })),
        'annotations#/images/1/sentences/2/raw',
        unprocessable,
        /string/,
      ],
      [
        'range',
        'a caption with half of a surrogate pair',
        karpathyWith((file) => Object.assign((file.images[1]!['sentences'] as object[])[2]!, { raw: '\ud800' })),
        'annotations#/images/1/sentences/2/raw',
        unprocessable,
        /surrogate/,
      ],
      [
        'conflict',
        'an image id used twice',
        karpathyWith((file) => Object.assign(file.images[1]!, { imgid: 0 })),
        'annotations#/images/1/imgid',
        unprocessable,
        /already used/,
      ],
      [
        'reference',
        'a picture that was not sent',
        karpathyWith((file) => Object.assign(file.images[1]!, { filename: 'nowhere.png' })),
        'images',
        unprocessable,
        /nowhere/,
      ],
      [
        'range',
        'a head that is too long',
        karpathyWith((file) => Object.assign(file, { dataset: 'x'.repeat(129) })),
        'annotations#/dataset',
        unprocessable,
        /at most 128/,
      ],
      [
        'type',
        'a question id that is text',
        vqaWith(({ questions }) => Object.assign(questions.questions[1]!, { question_id: '1001' })),
        'questions#/questions/1/question_id',
        unprocessable,
        /integer/,
      ],
      [
        'reference',
        'an annotation without its question',
        vqaWith(({ annotations }) => Object.assign(annotations.annotations[1]!, { question_id: 5 })),
        'annotations#/annotations/1/question_id',
        unprocessable,
        /no question 5/,
      ],
      [
        'range',
        'an annotation without answers',
        vqaWith(({ annotations }) => Object.assign(annotations.annotations[0]!, { answers: [] })),
        'annotations#/annotations/0/answers',
        unprocessable,
        /empty/,
      ],
      [
        'size',
        'more question types than a report can break down by',
        vqaWith(
          ({ annotations }) => annotations.annotations.forEach((each, index) => (each.question_type = `type ${index}`)),
          257,
        ),
        'annotations#/annotations/*/question_type',
        unprocessable,
        /at most 256/,
      ],
      [
        'size',
        'a question type of 129 characters',
        vqaWith(({ annotations }) => (annotations.annotations[0]!.question_type = 'x'.repeat(129))),
        'annotations#/annotations/*/question_type',
        unprocessable,
        /128/,
      ],
      [
        'conflict',
        'two pictures of one path',
        () => {
          const form = retrievalForm('wrong', 2)
          form.append('images', blob(samplePng(9), './1.png'))
          return { body: form }
        },
        'images/2',
        unprocessable,
        /called 1\.png/,
      ],
      ['type', 'pictures as text', () => changed(retrievalForm('wrong'), { images: 'x' }), 'images', invalid, /file/],
      [
        'size',
        'more pictures than one request may bring',
        () => {
          const form = retrievalForm('wrong', 1)
          for (let index = 0; index < 5000; index++) form.append('images', blob(new Uint8Array([1]), `${index}.png`))
          return { body: form }
        },
        'images',
        { status: 413, code: 'too_large' },
        /limit is 5000 pictures/,
      ],
    ] as [Class, string, () => Request, string, { status: number; code: string }, RegExp][]
  ).map(([class_, what, request, pointer, answer, detail]): Case => ({
    route: DATASETS,
    class: class_,
    what,
    request,
    pointer,
    ...answer,
    detail,
  })),
  {
    route: 'DELETE /v1/datasets/{id}',
    class: 'conflict',
    what: 'while a run uses it',
    path: () => `/v1/datasets/${ids.vqa}`,
    ...conflict,
    detail: /cancel the run/,
  },
  {
    route: 'DELETE /v1/datasets/{id}',
    class: 'reference',
    what: 'a version',
    path: () => `/v1/datasets/${ids.retrieval}@${'0'.repeat(64)}`,
    status: 404,
    code: 'not_found',
  },
]
