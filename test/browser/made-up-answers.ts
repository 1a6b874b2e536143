/**
 * Possible answers of the API, checked against the contracts by the type checker.
 * @module
 */
import { createHash } from 'node:crypto'
import type { MetricValue, Report } from '../../src/contracts/report.ts'
import { labelPrompts } from '../../src/contracts/label-prompts.ts'
import type { ClassifyResponse } from '../../src/http/routes/score/classify-schema.ts'
import type { LeaderboardRow } from '../../src/http/routes/leaderboards/schema.ts'
import type { ScoreResponse } from '../../src/http/routes/score/schema.ts'
import type { Answer, Asked } from './page-server.ts'

export const hex = (digit: string) => digit.repeat(8).concat('0123456789abcdef'.repeat(4)).slice(0, 64)

function row(given: Partial<LeaderboardRow>): LeaderboardRow {
  return {
    dataset: 'twemoji-retrieval',
    dataset_digest: hex('d'),
    model: 'assay-clip',
    subject: { type: 'edge_model' },
    rank: 1,
    not_ranked: null,
    criterion: 'retrieval',
    metric: 'R@1',
    variant: 'vse++/text-to-image',
    direction: 'higher_is_better',
    value: 0.613,
    low: 0.581,
    high: 0.644,
    level: 0.95,
    method: 'bounded-bayesian-bootstrap',
    n: 1040,
    errored: 0,
    unscored: 0,
    used: 1040,
    items: 1040,
    report_digest: hex('a'),
    run_id: 'evalrun_1',
    ...given,
  }
}

export const ROWS: readonly LeaderboardRow[] = [
  row({ metric: 'CLIPScore', variant: 'clipscore-2.5', criterion: 'clipscore', value: 1.0832, low: 1.0514, high: 1.115 }),
  row({}),
  row({ model: 'assay-clip-fp32', rank: 2, value: 0.609, low: 0.577, high: 0.641, report_digest: hex('c') }),
  row({
    model: 'gpu-lab/siglip-base-with-a-rather-long-name',
    subject: { type: 'endpoint' },
    rank: null,
    not_ranked: 'errored',
    value: 0.587,
    low: 0.554,
    high: 0.62,
    errored: 3,
    n: 1037,
    report_digest: hex('b'),
  }),
  row({
    metric: 'median_rank',
    direction: 'lower_is_better',
    value: 1,
    low: 1,
    high: 2,
    method: 'cluster-bootstrap-percentile',
    report_digest: hex('e'),
  }),
  row({
    dataset: 'scenes-vqa',
    dataset_digest: hex('9'),
    model: 'scenes-strong',
    subject: { type: 'results' },
    used: 482,
    items: 482,
    rank: null,
    not_ranked: 'unscored',
    criterion: 'vqa',
    metric: 'vqa_accuracy',
    variant: 'vqa-2021',
    value: 0.842,
    low: 0.811,
    high: 0.873,
    n: 480,
    unscored: 2,
    report_digest: hex('7'),
  }),
  row({
    dataset: 'scenes-vqa',
    dataset_digest: hex('9'),
    model: 'scenes-weak',
    subject: { type: 'results' },
    used: 480,
    items: 482,
    rank: null,
    not_ranked: 'no_value',
    criterion: 'vqa',
    metric: 'vqa_accuracy',
    variant: 'vqa-2021',
    value: null,
    low: null,
    high: null,
    level: null,
    method: null,
    n: 0,
    errored: 480,
    report_digest: hex('6'),
  }),
]

export function list(rows: readonly LeaderboardRow[]): Answer {
  return { body: { object: 'list', data: rows } }
}

/** By position, so that the best caption is the second; texts over 60 characters are cut. */
const COSINES = [0.214, 0.4821, -0.061, 0.3307] as const

/** Cosine / temperature, so that the shares of the cosines above differ visibly. */
const TEMPERATURE = 0.1

const CALIBRATION = {
  temperature: TEMPERATURE,
  method: 'temperature-scaling',
  split: 'val',
  n: 427,
  labels: 20,
  ece_before: 0.05,
  ece_after: 0.024,
  bins: 15,
} satisfies NonNullable<ClassifyResponse['calibration']>

/** The part of `GET /v1/models` that the page reads. */
export function modelsSaying(
  languages: Readonly<Record<string, readonly string[]>> = { 'assay-clip': ['en', 'zh'], 'assay-photo': ['en'] },
  answering: Readonly<Record<string, readonly string[]>> = {},
): Answer {
  const domains: Record<string, string> = { 'assay-clip': 'drawing', 'assay-photo': 'photograph' }
  return {
    body: {
      object: 'list',
      data: [
        ...Object.entries(languages).map(([id, known]) => ({
          id,
          manifest: { languages: known, domain: { pictures: [domains[id]], description: 'd' } },
        })),
        ...Object.entries(answering).map(([id, skills]) => ({
          id,
          manifest: { languages: ['en'], skills, domain: { pictures: ['drawing'], description: 'd' } },
        })),
      ],
    },
  }
}

export function answered(asked: Asked): Answer {
  return asked.classify === undefined ? scored(asked) : classified(asked)
}

const CUT = {
  code: 'truncated',
  message: 'The text is longer than 30 tokens, and assay-clip read only its beginning.',
  count: 1,
  max_tokens: 30,
} as const

export const IDENTITY = {
  model_digest: hex('1'),
  preprocessing_digest: hex('2'),
  runtime: 'onnxruntime-web/1.30.0 wasm',
  detector_digest: hex('4'),
}

/** A drawing, for the model that the request named. */
const JUDGEMENT: Pick<ScoreResponse, 'domain' | 'model_choice' | 'warnings'> = {
  domain: {
    kind: 'drawing',
    probability: 0.99,
    probabilities: { photograph: 0.01, drawing: 0.99, screenshot: 0, noise: 0, blank: 0 },
  },
  model_choice: null,
  warnings: [],
}

export function scored({ image, texts = [], model = 'assay-clip' }: Asked, more: Partial<ScoreResponse> = {}): Answer {
  const cosines = texts.map((_, index) => COSINES[index % COSINES.length]!)
  const { parts, sum } = softmaxParts(cosines)
  const body: ScoreResponse = {
    object: 'score',
    model,
    metric: 'clipscore',
    variant: 'clipscore-2.5',
    image: described(image),
    ...JUDGEMENT,
    calibrated: true,
    temperature: TEMPERATURE,
    bias: 0,
    range: { low: 0, high: 2.5 },
    warnings: texts.flatMap((text, index) => (text.length > 60 ? [{ ...CUT, index }] : [])),
    data: texts.map((text, index) => {
      const cosine = cosines[index]!
      return {
        index,
        text,
        score: 2.5 * Math.max(0, cosine),
        cosine,
        probability: parts[index]! / sum,
        tokens: Math.min(text.length, 30),
        truncated: text.length > 60,
        unknown_tokens: 0,
      }
    }),
    identity: IDENTITY,
    ...more,
  }
  return { body }
}

export function classified({ image, classify }: Asked, more: Partial<ClassifyResponse> = {}): Answer {
  const labels = labelPrompts(classify!.labels, classify!.templates)
  const cosines = labels.map((_, index) => COSINES[index % COSINES.length]!)
  const { parts, sum } = softmaxParts(cosines)
  const body: ClassifyResponse = {
    object: 'classification',
    model: 'assay-clip',
    metric: 'zero_shot',
    variant: 'softmax',
    image: described(image),
    ...JUDGEMENT,
    warnings: labels.flatMap(({ label }, index) => (label.length > 60 ? [{ ...CUT, index }] : [])),
    calibrated: true,
    temperature: TEMPERATURE,
    bias: 0,
    calibration: CALIBRATION,
    data: labels
      .map(({ label, prompts }, index) => ({
        rank: 1 + cosines.filter((other) => other > cosines[index]!).length,
        index,
        label,
        probability: parts[index]! / sum,
        cosine: cosines[index]!,
        prompts: prompts.length,
        truncated: label.length > 60 ? 1 : 0,
        unknown_tokens: 0,
      }))
      .toSorted((a, b) => a.rank - b.rank),
    prompts: labels.reduce((total, { prompts }) => total + prompts.length, 0),
    truncated_prompts: 0,
    identity: {
      ...IDENTITY,
      classifier_digest: hex('3'),
    },
    ...more,
  }
  return { body }
}

function softmaxParts(cosines: readonly number[]) {
  const parts = cosines.map((cosine) => Math.exp(cosine / TEMPERATURE))
  return { parts, sum: parts.reduce((total, part) => total + part, 0) }
}

export function described(image: string): ScoreResponse['image'] {
  return {
    sha256: hex('5'),
    media_type: image.slice(5, image.indexOf(';')),
    bytes: Math.floor((image.length - image.indexOf(',')) * 0.75),
    width: 96,
    height: 96,
    decoded: { width: 96, height: 96 },
  }
}

const VALUE: MetricValue = {
  metric: 'vqa_accuracy',
  variant: 'vqa-2021',
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  value: 0.842,
  n: 480,
  errored: 3,
  unscored: 2,
  missing: 1,
  interval: {
    low: 0.811,
    high: 0.873,
    method: 'bounded-bayesian-bootstrap',
    level: 0.95,
    target: 'population',
    clusters: 120,
    notes: ['too_few_samples'],
  },
}

/** A report with all optional parts, and the digest of its bytes. */
export const REPORT: { readonly bytes: string; readonly digest: string } = (() => {
  const report: Report = {
    schema: 'assay.report/1',
    spec_digest: hex('8'),
    spec: {
      dataset: { digest: hex('9'), items: 486, task: 'vqa' },
      subject: { type: 'results', name: 'scenes-strong' },
      seed: 7,
    },
    counts: { planned: 486, used: 486, scored: 481, errored: 3, unscored: 2 },
    stopping: { tau: 486, rule_met: true, low: 0.79, high: 0.89 },
    criteria: [
      {
        name: 'vqa',
        type: 'vqa_accuracy',
        primary_metric: 'vqa_accuracy',
        metrics: [VALUE, { ...VALUE, slice: 'answer_type=number', value: null, n: 0, interval: null }],
      },
    ],
  }
  const bytes = JSON.stringify(report)
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') }
})()

export function problem(
  status: number,
  code: string,
  detail: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Answer {
  return {
    status,
    headers,
    body: { type: `/problems/${code}`, title: 'A title', status, detail, code, request_id: 'req_0123', ...more },
  }
}
