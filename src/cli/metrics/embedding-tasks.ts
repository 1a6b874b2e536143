/**
 * `metrics retrieval`, `metrics text-video-retrieval` and `metrics clipscore`.
 * @module
 */
import { readKarpathySplit } from '../../tasks/retrieval/formats/karpathy-split.ts'
import { mean } from '../../metrics/averages.ts'
import { bestReferenceCosine, clipScore, clipScoreMean, harmonicMean } from '../../metrics/clipscore.ts'
import { alignment, ntXent, supervisedContrastive, uniformity } from '../../metrics/contrastive.ts'
import { foldedRetrieval, imageTextRanks, summarizeRetrieval } from '../../metrics/retrieval.ts'
import { clip4clipRetrieval, collaborativeExpertsRetrieval } from '../../metrics/text-video-retrieval.ts'
import { UsageError } from '../arguments.ts'
import { EXAMPLE } from '../example.ts'
import { type MetricsTask, readBytes, readJson, requireVector, vectorsOf } from './task.ts'

export const retrieval: MetricsTask = {
  usage: 'metrics retrieval --split dataset.json --embeddings E.json [--split-name test] [--folds 5]',
  examples: [
    `${EXAMPLE} metrics retrieval --split test/golden/retrieval-image-text/dataset.json --embeddings test/golden/retrieval-image-text/embeddings.json`,
  ],
  options: { split: true, embeddings: true, 'split-name': false, folds: false },
  async run(options, io) {
    const split = options.find('split-name') ?? 'test'
    const drafts = readKarpathySplit(await readBytes(options.get('split'), io), { split })
    const path = options.get('embeddings')
    const file = await readJson(path, io)
    const imageVectors = vectorsOf(file, 'image', path)
    const captionVectors = vectorsOf(file, 'caption', path)
    const row = (vectors: readonly number[][], key: string, id: string): number[] => {
      const vector = vectors[Number(id)]
      if (vector === undefined) throw new UsageError(`${path}: /${key} has no row ${id} (${vectors.length} rows)`)
      return vector
    }
    const images = drafts.map(({ id }) => row(imageVectors, 'image', id))
    const captions = drafts.map((draft) => draft.captions.map(({ id }) => row(captionVectors, 'caption', id)))
    const folds = options.positiveInteger('folds') ?? 1
    const summary =
      folds === 1 ? summarizeRetrieval(imageTextRanks(images, captions)) : foldedRetrieval(images, captions, folds).mean
    io.stderr(`ranked ${images.length} images${folds === 1 ? '' : ` in ${folds} folds`}\n`)
    return summary
  },
}

export const textVideoRetrieval: MetricsTask = {
  usage: 'metrics text-video-retrieval --captions C.json --embeddings E.json --rules clip4clip|collaborative-experts',
  examples: [
    `${EXAMPLE} metrics text-video-retrieval --captions test/golden/retrieval-text-video/captions.json --embeddings test/golden/retrieval-text-video/embeddings.json --rules clip4clip`,
  ],
  options: { captions: true, embeddings: true, rules: true },
  async run(options, io) {
    const rules = options.choose('rules', ['clip4clip', 'collaborative-experts'])
    const captionsPath = options.get('captions')
    const path = options.get('embeddings')
    const sentences = videoSentences(await readJson(captionsPath, io), captionsPath)
    const file = await readJson(path, io)
    const ids = (file as { video_ids?: unknown }).video_ids
    const videoVectors = vectorsOf(file, 'video', path)
    const captionVectors = vectorsOf(file, 'caption', path)
    if (!Array.isArray(ids) || ids.length !== videoVectors.length)
      throw new UsageError(`${path}: /video_ids must name the ${videoVectors.length} rows of /video`)
    const videos: number[][] = []
    const captions: number[][][] = []
    let from = 0
    for (const [index, id] of ids.entries()) {
      const count = sentences.get(String(id))
      if (count === undefined) throw new UsageError(`${captionsPath}: no captions of video ${id}`)
      videos.push(videoVectors[index]!)
      captions.push(captionVectors.slice(from, (from += count)))
    }
    if (from !== captionVectors.length)
      throw new UsageError(
        `${path}: /caption has ${captionVectors.length} rows, but ${captionsPath} has ${from} sentences of these videos`,
      )
    io.stderr(`ranking ${videos.length} videos and ${from} sentences by ${rules} rules\n`)
    const { t2v, v2t } =
      rules === 'clip4clip' ? clip4clipRetrieval(videos, captions) : collaborativeExpertsRetrieval(videos, captions)
    return { t2v, v2t }
  },
}

export const clipscore: MetricsTask = {
  usage: 'metrics clipscore --embeddings E.json',
  examples: [`${EXAMPLE} metrics clipscore --embeddings test/golden/clipscore/embeddings.json`],
  options: { embeddings: true },
  async run(options, io) {
    const path = options.get('embeddings')
    const file = await readJson(path, io)
    const images = vectorsOf(file, 'image', path)
    const candidates = vectorsOf(file, 'candidate', path)
    if (images.length !== candidates.length)
      throw new UsageError(`${path}: ${images.length} rows of /image, ${candidates.length} of /candidate`)
    const dimensions = images[0]?.length
    const check = (row: readonly number[], pointer: string) => {
      if (row.length !== dimensions)
        throw new UsageError(`${path}: ${pointer} has ${row.length} numbers, /image/0 has ${dimensions}`)
    }
    images.forEach((row, index) => check(row, `/image/${index}`))
    candidates.forEach((row, index) => check(row, `/candidate/${index}`))
    const CLIPScore = images.map((image, index) => clipScore(image, candidates[index]!))
    const scores = { CLIPScore_mean: clipScoreMean(CLIPScore, 'clipscore-2.5'), CLIPScore }
    const pools = (file as { references?: unknown }).references
    if (pools === undefined) return scores
    if (!Array.isArray(pools) || pools.length !== images.length)
      throw new UsageError(`${path}: /references must have ${images.length} lists of vectors`)
    const text_text_max_cosine = candidates.map((candidate, index) => {
      const pool: unknown = pools[index]
      if (!Array.isArray(pool) || pool.length === 0)
        throw new UsageError(`${path}: /references/${index} must be a list of vectors`)
      pool.forEach((row: unknown, position) => {
        requireVector(row, `/references/${index}/${position}`, path)
        check(row, `/references/${index}/${position}`)
      })
      return bestReferenceCosine(candidate, pool as number[][])
    })
    const RefCLIPScore = CLIPScore.map((score, index) => harmonicMean(score, text_text_max_cosine[index]!))
    return { ...scores, text_text_max_cosine, RefCLIPScore, RefCLIPScore_mean: mean(RefCLIPScore) }
  },
}

export const contrastive: MetricsTask = {
  usage: 'metrics contrastive --embeddings E.json --temperature 0.07',
  examples: [`${EXAMPLE} metrics contrastive --embeddings test/golden/clipscore/embeddings.json --temperature 0.07`],
  options: { embeddings: true, temperature: true },
  async run(options, io) {
    const path = options.get('embeddings')
    const temperature = options.positiveNumber('temperature')
    const file = await readJson(path, io)
    const images = vectorsOf(file, 'image', path)
    const texts = vectorsOf(file, 'candidate', path)
    const { labels } = file as { labels?: unknown }
    return {
      n: images.length,
      nt_xent: ntXent(images, texts, temperature),
      ...(labels !== undefined && {
        supcon: { image: supervisedContrastive(images, labelsOf(labels, images.length, path), temperature) },
      }),
      alignment: alignment(images, texts),
      uniformity: { image: uniformity(images), text: uniformity(texts) },
    }
  },
}

function labelsOf(labels: unknown, count: number, path: string): (string | number)[] {
  if (!Array.isArray(labels) || labels.length !== count)
    throw new UsageError(`${path}: /labels must have ${count} entries, one per row of /image`)
  return labels as (string | number)[]
}

/** `[[video id, [sentence, …]], …]` → number of sentences by id. */
function videoSentences(file: unknown, path: string): Map<string, number> {
  if (!Array.isArray(file)) throw new UsageError(`${path} must be a list of [video id, sentences]`)
  return new Map(
    file.map((entry: unknown, index) => {
      if (!Array.isArray(entry) || !Array.isArray(entry[1]))
        throw new UsageError(`${path}: /${index} must be [video id, sentences]`)
      return [String(entry[0]), entry[1].length]
    }),
  )
}
