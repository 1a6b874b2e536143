/** Use cases of one request, with a model of known embeddings: no HTTP, no runtime. */
import { describe, expect, test } from 'vitest'
import type { EdgeModel, LabelSet, Memory, PictureDomain } from '../../../src/contracts/edge-model.ts'
import { Fault, unprocessableField } from '../../../src/contracts/failure.ts'
import type { ModelManifest } from '../../../src/contracts/model-manifest.ts'
import { LABEL_SET_BYTES } from '../../../src/contracts/memory-budget.ts'
import { createLruCache } from '../../../src/models/edge/lru-cache.ts'
import { classify } from '../../../src/scoring/classify.ts'
import { type EmbeddedRequest, embedPicture } from '../../../src/scoring/embed-picture.ts'
import type { Asker, Question, ScoringPorts, ScoringRequest } from '../../../src/scoring/request.ts'
import { scoreTexts } from '../../../src/scoring/score-texts.ts'

/** Embeddings of texts, in two dimensions. Any other text is refused. */
const TEXTS: Record<string, readonly [number, number]> = {
  dog: [1, 0],
  cat: [0, 1],
  hound: [3, 0],
  anti: [-1, 0],
  far: [-1, 0.1],
}

const DOMAIN: PictureDomain = {
  kind: 'drawing',
  probability: 0.7,
  probabilities: { photograph: 0.2, drawing: 0.7, screenshot: 0.1, noise: 0, blank: 0 },
  detector: 'd',
}
const SEEN = { decoded: { width: 5, height: 4 }, domain: DOMAIN, inDomain: true, warnings: [] }
const CUT = { code: 'truncated', message: 'cut', count: 1, max_tokens: 3 } as const

const identity = {
  type: 'edge_model',
  model: 'tiny',
  version: '1',
  model_digest: 'm',
  preprocessing_digest: 'p',
  runtime: 'r',
} as const

/** Turns entered and not left. */
const turns = { inside: 0 }

function edgeModel(over: Partial<ModelManifest> = {}): EdgeModel & { readonly embedded: string[] } {
  const embedded: string[] = []
  return {
    embedded,
    manifest: {
      id: 'tiny',
      embedding: { dimensions: 2, normalized: true, logit_scale: 2 },
      scoring: { kind: 'softmax' },
      ...over,
    } as ModelManifest,
    identity,
    concurrency: 1,
    supports: () => true,
    run: () => Promise.reject(new Error('no item is asked about here')),
    enter: async () => {
      turns.inside++
      return { leave: () => turns.inside-- }
    },
    look: async () => ({
      domain: DOMAIN,
      embed: async () => ({
        vector: Float32Array.of(1, 0),
        header: { media_type: 'image/png', orientedWidth: 5, orientedHeight: 4 },
        sha256: 'abc',
        cache: 'miss',
        ...SEEN,
      }),
    }),
    embedText(text, onStage) {
      embedded.push(text)
      onStage?.('text', 2)
      const vector = TEXTS[text]
      if (vector === undefined) return Promise.reject(unprocessableField('', 'cannot be embedded'))
      return Promise.resolve({
        vector: Float32Array.from(vector),
        tokens: 3,
        truncated: text === 'cat',
        unknownTokens: 1,
        warnings: text === 'cat' ? [CUT] : [],
      })
    },
  }
}

const places = {
  image: '/image',
  model: '/model',
  classify: '/classify',
  text: (index: number) => `/texts/${index}`,
  label: (index: number) => `/classify/labels/${index}`,
}

function ports(model: EdgeModel | null, look = model?.look): ScoringPorts & { readonly kept: Map<string, LabelSet> } {
  const kept = new Map<string, LabelSet>()
  const labelSets: Memory<LabelSet> = { recall: (name) => kept.get(name), keep: (name, set) => void kept.set(name, set) }
  return {
    kept,
    labelSets,
    edgeModels: {
      shipped: () => Promise.resolve(model === null ? [] : [model]),
      find: (_tenant, id) => Promise.resolve(id === 'tiny' && model && look ? { ...model, look } : null),
    },
  }
}

function asker(spent: number[] = []): Asker {
  return { tenant: 'ten_1', scope: 'tenant ten_1', spend: (prompts) => Promise.resolve(void spent.push(prompts)) }
}

const asking = (question: Question, model = 'tiny'): ScoringRequest => ({ model, question, places })
const texts = (...of: string[]): Question => ({ kind: 'texts', texts: of, variant: 'clipscore-2.5' })
const labels = (...of: string[][]): Question & { kind: 'labels' } => ({
  kind: 'labels',
  labels: of.map((prompts) => ({ label: prompts[0]!, prompts })),
})

async function embedded(question: Question, model: EdgeModel): Promise<EmbeddedRequest> {
  return embedPicture(ports(model), asker(), asking(question), new Uint8Array(7))
}

const failureOf = async (work: Promise<unknown>) => ((await work.catch((error: unknown) => error)) as Fault).failure

describe('the picture', () => {
  test('is charged, embedded and released', async () => {
    const spent: number[] = []
    const bytes = new Uint8Array(7)
    const { vector, picture, cache, scope } = await embedPicture(
      ports(edgeModel()),
      asker(spent),
      asking(texts('dog', 'cat')),
      bytes,
    )
    expect([...vector]).toEqual([1, 0])
    expect(picture).toEqual({
      sha256: 'abc',
      mediaType: 'image/png',
      bytes: 7,
      width: 5,
      height: 4,
      decoded: { width: 5, height: 4 },
    })
    expect([cache, scope, spent, bytes.length]).toEqual(['miss', 'tenant ten_1', [2], 0])
  })

  test('is charged per prompt of every label', async () => {
    const spent: number[] = []
    await embedPicture(ports(edgeModel()), asker(spent), asking(labels(['dog', 'hound'], ['cat'])), new Uint8Array(1))
    expect(spent).toEqual([3])
  })

  test('of an unknown model is neither charged nor embedded, but released', async () => {
    const spent: number[] = []
    const bytes = new Uint8Array(7)
    const failure = await failureOf(embedPicture(ports(null), asker(spent), asking(texts('dog'), 'other'), bytes))
    expect(failure).toEqual({ kind: 'not_found', resource: 'model', id: 'other', pointer: '/model' })
    expect([spent, bytes.length]).toEqual([[], 0])
  })

  test('is not embedded when the budget is spent', async () => {
    const refusing: Asker = {
      ...asker(),
      spend: () => Promise.reject(new Fault({ kind: 'too_large', what: 'a', limit: 1, unit: 'prompts' })),
    }
    const never: EdgeModel['look'] = () => Promise.reject(new Error('embedded'))
    const failure = await failureOf(embedPicture(ports(edgeModel(), never), refusing, asking(texts('dog')), new Uint8Array(1)))
    expect(failure).toMatchObject({ kind: 'too_large', pointer: '/classify' })
  })

  test('that is refused is named, and released', async () => {
    const bytes = new Uint8Array(7)
    const before = turns.inside
    const refuse: EdgeModel['look'] = () => Promise.reject(new Fault({ kind: 'bad_image', reason: 'empty', detail: 'no bytes' }))
    const failure = await failureOf(embedPicture(ports(edgeModel(), refuse), asker(), asking(texts('dog')), bytes))
    expect([failure, bytes.length]).toEqual([{ kind: 'bad_image', reason: 'empty', detail: 'no bytes', pointer: '/image' }, 0])
    expect(turns.inside).toBe(before)
  })

  test('is embedded in the model’s turn, which goes on for its texts', async () => {
    const before = turns.inside
    const { turn } = await embedded(texts('dog'), edgeModel())
    expect(turns.inside).toBe(before + 1)
    turn.leave()
    expect(turns.inside).toBe(before)
  })
})

describe('texts', () => {
  test('are scored in order, each with its cosine and its tokens', async () => {
    const request = await embedded(texts(), edgeModel())
    const {
      scores,
      range,
      scoring,
      warnings,
      identity: who,
    } = await scoreTexts(request, {
      kind: 'texts',
      texts: ['dog', 'cat', 'anti'],
      variant: 'clipscore-2.5',
    })
    expect(scores).toEqual([
      {
        text: 'dog',
        score: 2.5,
        cosine: 1,
        probability: expect.closeTo(0.8668, 4),
        tokens: 3,
        truncated: false,
        unknownTokens: 1,
      },
      { text: 'cat', score: 0, cosine: 0, probability: expect.closeTo(0.1173, 4), tokens: 3, truncated: true, unknownTokens: 1 },
      {
        text: 'anti',
        score: 0,
        cosine: -1,
        probability: expect.closeTo(0.0159, 4),
        tokens: 3,
        truncated: false,
        unknownTokens: 1,
      },
    ])
    expect([range, scoring.temperature, warnings]).toEqual([[0, 2.5], 0.5, [{ ...CUT, index: 1 }]])
    expect(who).toBe(identity)
    expect(request.timings).toEqual(new Map([['text', 6]]))
  })

  test('that cannot be embedded are named', async () => {
    const request = await embedded(texts(), edgeModel())
    const failure = await failureOf(scoreTexts(request, { kind: 'texts', texts: ['dog', 'elk'], variant: 'cosine' }))
    expect(failure).toMatchObject({ kind: 'unprocessable', errors: [{ pointer: '/texts/1', detail: 'cannot be embedded' }] })
  })
})

describe('labels', () => {
  test('are ranked by probability, a label per mean of its unit prompts', async () => {
    const question = labels(['cat'], ['dog', 'hound'])
    const { labelSets } = ports(edgeModel())
    const result = await classify(await embedded(question, edgeModel()), question, labelSets)
    // cosines 1 and 0 at a scale of 2: 1 / (1 + e⁻²)
    expect(result.labels.map(({ label, rank, index, cosine }) => [label, rank, index, cosine])).toEqual([
      ['dog', 1, 1, 1],
      ['cat', 2, 0, 0],
    ])
    expect(result.labels[0]!.probability).toBeCloseTo(1 / (1 + Math.exp(-2)), 12)
    expect(result.labels.map(({ truncated, unknownTokens }) => [truncated, unknownTokens])).toEqual([
      [0, 2],
      [1, 1],
    ])
    expect([result.scoring.kind, result.scoring.temperature, result.calibration]).toEqual(['softmax', 0.5, null])
  })

  test('are embedded once per scope, model and set of labels', async () => {
    const model = edgeModel()
    const { labelSets, kept } = ports(model)
    const question = labels(['cat'], ['dog'])
    const request = await embedded(question, model)
    const first = await classify(request, question, labelSets)
    expect(model.embedded).toEqual(['cat', 'dog'])
    expect(await classify(request, question, labelSets)).toEqual(first)
    expect(model.embedded).toEqual(['cat', 'dog'])
    await classify({ ...request, scope: 'tenant ten_2' }, question, labelSets)
    await classify(request, labels(['dog'], ['cat']), labelSets)
    expect([model.embedded.length, kept.size]).toEqual([6, 3])
  })

  test('a thousand labels with warnings are embedded once in the memory that an isolate has for them', async () => {
    const model = edgeModel()
    let prompts = 0
    model.embedText = async () => {
      const vector = Float32Array.from({ length: 384 }, (_, at) => Math.sin(at + prompts))
      const about = prompts++ % 10 === 0 ? [CUT] : []
      return { vector, tokens: 3, truncated: false, unknownTokens: 0, warnings: about }
    }
    const thousand = labels(...Array.from({ length: 1000 }, (_, index) => [`label ${index}`]))
    const request = { ...(await embedded(thousand, model)), vector: new Float32Array(384).fill(1) }
    const labelSets = createLruCache<LabelSet>(LABEL_SET_BYTES)
    const first = await classify(request, thousand, labelSets)
    expect(await classify(request, thousand, labelSets)).toEqual(first)
    expect(prompts).toBe(1000)
  })

  test('whose prompts cancel out are named, and so are those that cannot be embedded', async () => {
    const model = edgeModel()
    const { labelSets, kept } = ports(model)
    const request = await embedded(texts(), model)
    expect(await failureOf(classify(request, labels(['dog'], ['hound', 'anti']), labelSets))).toMatchObject({
      errors: [{ pointer: '/classify/labels/1', detail: expect.stringContaining('cancel') as string }],
    })
    expect(await failureOf(classify(request, labels(['dog'], ['cat', 'elk']), labelSets))).toMatchObject({
      errors: [{ pointer: '/classify/labels/1', detail: 'cannot be embedded' }],
    })
    expect(kept.size).toBe(0)
  })
})
