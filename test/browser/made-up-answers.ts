/**
 * What the API might say, in its shapes: checked against the contracts by the type checker.
 * @module
 */
import type { z } from '@hono/zod-openapi'
import type { leaderboardRow } from '../../src/contracts/wire/resources.ts'
import type { ScoreResponse } from '../../src/contracts/wire/score.ts'
import type { Answer } from './page-server.ts'

type LeaderboardRow = z.infer<typeof leaderboardRow>

const hex = (digit: string) => digit.repeat(8).concat('0123456789abcdef'.repeat(4)).slice(0, 64)

function row(given: Partial<LeaderboardRow>): LeaderboardRow {
  return {
    dataset: 'twemoji-retrieval',
    dataset_digest: hex('d'),
    model: 'assay-clip',
    criterion: 'retrieval',
    metric: 'R@1',
    variant: 'vse++/text-to-image',
    direction: 'higher_is_better',
    value: 0.613,
    low: 0.581,
    high: 0.644,
    level: 0.95,
    method: 'cluster-robust-t',
    n: 1040,
    errored: 0,
    unscored: 0,
    report_digest: hex('a'),
    run_id: 'evalrun_1',
    ...given,
  }
}

export const ROWS: readonly LeaderboardRow[] = [
  row({ metric: 'CLIPScore', variant: 'clipscore-2.5', criterion: 'clipscore', value: 1.0832, low: 1.0514, high: 1.115 }),
  row({}),
  row({ model: 'assay-clip-fp32', value: 0.609, low: 0.577, high: 0.641, report_digest: hex('c') }),
  row({
    model: 'gpu-lab/siglip-base-with-a-rather-long-name',
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

export function scored({ image, texts }: { image: string; texts: string[] }): Answer {
  const body: ScoreResponse = {
    object: 'score',
    model: 'assay-clip',
    metric: 'clipscore',
    variant: 'clipscore-2.5',
    image: {
      sha256: hex('5'),
      media_type: image.slice(5, image.indexOf(';')),
      bytes: Math.floor((image.length - image.indexOf(',')) * 0.75),
      width: 96,
      height: 96,
    },
    data: texts.map((text, index) => {
      const cosine = COSINES[index % COSINES.length]!
      return {
        index,
        text,
        score: 2.5 * Math.max(0, cosine),
        cosine,
        tokens: Math.min(text.length, 30),
        truncated: text.length > 60,
      }
    }),
    identity: { model_digest: hex('1'), preprocessing_digest: hex('2'), runtime: 'onnxruntime-web/1.30.0 wasm' },
  }
  return { body }
}

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
