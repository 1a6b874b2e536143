/**
 * `/v1/score`: path, bodies and answers.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { classifyResponse } from './classify-schema.ts'
import { answerResponse, captionResponse, verdictResponse } from './question-schema.ts'
import { askRequest, scoreForm, scoreRequest, scoreResponse } from './schema.ts'

const IMAGE = 'c8bb1ec1e1c4a5a7a6a4d9c3d2b1f0e9c8b7a6958473625140f1e2d3c4b5a697'

export const scorePicture = operation({
  method: 'post',
  path: '/v1/score',
  operationId: 'scorePicture',
  summary: 'Score texts against a picture, classify it, or ask about it',
  description:
    'Scores how well texts fit one picture, ranks labels by how probable each is, or, with a model that answers, answers a `question`, ' +
    'judges a `statement`, or says a `caption`. Without `model`, texts and labels go to the shipped model for the kind of the picture. ' +
    'A picture is sent as a file of a multipart form ' +
    '(at most 8 MiB), by the id of a stored picture, or as a `data:` URI in JSON. A JSON body may have at most 1 MiB (1048576 bytes), ' +
    'hence a picture of about 760 KiB; a larger one is refused with 413.',
  tag: 'score',
  access: 'visitor',
  anyOrigin: true,
  json: jsonBody(z.union([scoreRequest, askRequest]), {
    image: { id: `img_${IMAGE}` },
    texts: ['a dog on grass', 'a red car'],
  }),
  form: scoreForm,
  answers: {
    200: jsonAnswer(
      z.union([scoreResponse, classifyResponse, answerResponse, verdictResponse, captionResponse]),
      'A score per text, a probability per label, an answer, a verdict, or a caption.',
      {
        object: 'score',
        model: 'assay-photo',
        metric: 'clipscore',
        variant: 'clipscore-2.5',
        image: {
          sha256: IMAGE,
          media_type: 'image/jpeg',
          bytes: 48_231,
          width: 640,
          height: 480,
          decoded: { width: 640, height: 480 },
        },
        domain: {
          kind: 'photograph',
          probability: 0.9987,
          probabilities: { photograph: 0.9987, drawing: 0.0009, screenshot: 0.0003, noise: 0.0001, blank: 0 },
        },
        model_choice: {
          kind: 'photograph',
          probability: 0.9987,
          among: ['assay-clip', 'assay-photo'],
          reason: 'the picture is of the kind photograph with probability 0.9987, and assay-photo was trained on such pictures',
        },
        warnings: [],
        calibrated: true,
        temperature: 0.05,
        bias: 0,
        range: { low: 0, high: 2.5 },
        data: [
          {
            index: 0,
            text: 'a dog on grass',
            score: 0.71,
            cosine: 0.284,
            probability: 0.9577,
            tokens: 6,
            truncated: false,
            unknown_tokens: 0,
          },
          {
            index: 1,
            text: 'a red car',
            score: 0.32,
            cosine: 0.128,
            probability: 0.0423,
            tokens: 5,
            truncated: false,
            unknown_tokens: 0,
          },
        ],
        identity: {
          model_digest: '7d1f0c9b8a796857463524131201f0e9d8c7b6a5948372615040f1e2d3c4b5a6',
          preprocessing_digest: '2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c',
          runtime: 'onnxruntime-web 1.30.0',
          detector_digest: '5c1e0d9f8b7a6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d',
        },
      },
    ),
  },
  refuses: [404, 422],
})
