/**
 * Reasons to trust an embedding less: the picture's kind and size, and the parts of a text that the model
 * does not know.
 * @module
 */
import type { DecodedPicture } from '../../contracts/edge-model.ts'
import { type ModelManifest, trainedKindsOf } from '../../contracts/model-manifest.ts'
import type { TextEmbedding } from '../../contracts/model.ts'
import type { TextWarning, Warning } from '../../contracts/warning.ts'
import { boundedSize } from '../../media/fit.ts'
import { foreignScripts } from '../../text/scripts.ts'

/** Members of a manifest of any kind that warnings read. */
type Described = Pick<ModelManifest, 'id' | 'domain' | 'image' | 'languages'> & {
  readonly tokenizer: Pick<ModelManifest['tokenizer'], 'max_length'>
}

/** A picture enlarged by more than this loses detail that the model was trained with. */
const MOST_ENLARGED = 2

/** A picture of fewer pixels along a side shows next to nothing to a model of 64 pixels or more. */
const LEAST_SEEN = 8

/** A picture of which the model reads a smaller part of the longer side is mostly unseen. */
const LEAST_READ = 1 / 2

/** Whether a model was trained on pictures of this kind; true where its manifest does not say. */
export function isInDomain(manifest: Pick<Described, 'domain'>, { kind }: DecodedPicture['domain']): boolean {
  const trained = trainedKindsOf(manifest)
  return trained === null || trained.some((one) => one === kind)
}

/** Warnings about a picture. */
export function pictureWarnings(manifest: Omit<Described, 'tokenizer' | 'languages'>, picture: DecodedPicture): Warning[] {
  const { width, height, decoded, domain, frames } = picture
  const warnings: Warning[] = []
  if (!isInDomain(manifest, domain)) {
    const trained = [...(trainedKindsOf(manifest) ?? [])]
    warnings.push({
      code: 'out_of_domain',
      message: `The picture looks ${NAMED[domain.kind]}, and ${manifest.id} was trained on ${trained.map((kind) => `${kind}s`).join(' and ')}.`,
      kind: domain.kind,
      trained_on: trained,
    })
  }
  const seen = fittedSides(manifest.image, width, height)
  const enlargement = Math.max(...seen) / Math.max(width, height)
  const isStrip = Math.min(...seen) < Math.min(LEAST_SEEN, manifest.image.size / LEAST_SEEN)
  if (enlargement > MOST_ENLARGED || isStrip)
    warnings.push({
      code: 'low_resolution',
      message: isStrip
        ? `The picture has ${width} × ${height} pixels, of which ${manifest.id} sees a strip of ${seen.map(oneDecimal).join(' × ')}.`
        : `The picture has ${width} × ${height} pixels and is enlarged ${enlargement.toFixed(1)} times for ${manifest.id}.`,
      width,
      height,
      model_size: manifest.image.size,
    })
  if (decoded.width !== width || decoded.height !== height)
    warnings.push({
      code: 'resized',
      message: `The picture of ${width} × ${height} pixels was decoded at ${decoded.width} × ${decoded.height} before it was fitted.`,
      from: { width, height },
      to: decoded,
    })
  const read = middleOf(manifest.image, width, height)
  if (Math.max(read.width, read.height) < LEAST_READ * Math.max(width, height))
    warnings.push({
      code: 'cropped',
      message: `The picture has ${width} × ${height} pixels, and ${manifest.id} read the ${read.width} × ${read.height} in its middle.`,
      from: { width, height },
      read,
    })
  if (frames !== undefined && frames > 1)
    warnings.push({
      code: 'first_frame',
      message: `The picture is an animation of ${frames} frames, of which the first was read.`,
      frames,
    })
  return warnings
}

/** Sides of the picture as it is fitted, before a crop, in pixels. */
function fittedSides(
  { size, fit, shortest_edge: shortest = size, longest_edge: longest = size }: Described['image'],
  width: number,
  height: number,
): readonly [number, number] {
  if (fit === 'bounded') {
    const bounded = boundedSize(width, height, size, longest)
    return [bounded.width, bounded.height]
  }
  const scale = fit === 'contain' ? size / Math.max(width, height) : shortest / Math.min(width, height)
  return [width * scale, height * scale]
}

/** `5.6`, `224`. */
const oneDecimal = (pixels: number): string => String(Math.round(pixels * 10) / 10)

/** The part of a picture that the model reads, in pixels of the picture. */
function middleOf({ size, fit, shortest_edge: shortest = size }: Described['image'], width: number, height: number) {
  if (fit !== 'cover') return { width, height }
  const side = Math.max(1, Math.round((Math.min(width, height) * size) / shortest))
  return { width: Math.min(width, side), height: Math.min(height, side) }
}

const NAMED = {
  photograph: 'like a photograph',
  drawing: 'like a drawing',
  screenshot: 'like a screenshot',
  noise: 'like noise',
  blank: 'blank',
} as const

/** Names of the shipped models' languages; the code of another stands for itself. */
const LANGUAGES = new Map([
  ['en', 'English'],
  ['zh', 'Chinese'],
])

/** Warnings about a text as the model reads it. */
export function textWarnings(
  { id, languages, tokenizer }: Omit<Described, 'image' | 'domain'>,
  text: string,
  { truncated, unknownTokens }: Pick<TextEmbedding, 'truncated' | 'unknownTokens'>,
): TextWarning[] {
  const warnings: TextWarning[] = []
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(text))
    warnings.push({ code: 'empty_text', message: 'The text is empty, so its score says nothing about the picture.' })
  if (unknownTokens > 0)
    warnings.push({
      code: 'unknown_tokens',
      message: `${id} does not know ${unknownTokens} of the text’s tokens; texts that differ only there have the same score.`,
      count: unknownTokens,
    })
  const scripts = foreignScripts(text, languages)
  if (scripts.length > 0)
    warnings.push({
      code: 'unknown_script',
      message: `The text has letters of ${scripts.join(', ')}, and ${id} was trained on ${languages.map((code) => LANGUAGES.get(code) ?? code).join(' and ')} only.`,
      scripts: [...scripts],
      languages: [...languages],
    })
  if (truncated)
    warnings.push({
      code: 'truncated',
      message: `The text is longer than ${tokenizer.max_length} tokens, and ${id} read only its beginning.`,
      count: 1,
      max_tokens: tokenizer.max_length,
    })
  return warnings
}

/** A text with emoji that were read as their names. */
export function emojiWarning(model: string, { text, count }: { readonly text: string; readonly count: number }): TextWarning {
  return {
    code: 'emoji_named',
    message: `${model} does not know the emoji, and read ${count === 1 ? 'its name' : 'their names'} instead.`,
    count,
    read_as: text,
  }
}
