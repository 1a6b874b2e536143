/**
 * Reasons to trust an embedding less: the picture's kind and size, and the parts of a text that the model
 * does not know.
 * @module
 */
import type { DecodedPicture } from '../../contracts/edge-model.ts'
import { type DualEncoderManifest, trainedKindsOf } from '../../contracts/model-manifest.ts'
import type { TextEmbedding } from '../../contracts/model.ts'
import type { TextWarning, Warning } from '../../contracts/warning.ts'
import { foreignScripts } from '../../text/scripts.ts'

/** A picture enlarged by more than this loses detail that the model was trained with. */
const MOST_ENLARGED = 2

/** Whether a model was trained on pictures of this kind; true where its manifest does not say. */
export function isInDomain(manifest: DualEncoderManifest, { kind }: DecodedPicture['domain']): boolean {
  const trained = trainedKindsOf(manifest)
  return trained === null || trained.some((one) => one === kind)
}

/** Warnings about a picture. */
export function pictureWarnings(manifest: DualEncoderManifest, picture: DecodedPicture): Warning[] {
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
  const { size, fit, shortest_edge: edge = size } = manifest.image
  const enlargement = fit === 'contain' ? size / Math.max(width, height) : edge / Math.min(width, height)
  if (enlargement > MOST_ENLARGED)
    warnings.push({
      code: 'low_resolution',
      message: `The picture has ${width} × ${height} pixels and is enlarged ${enlargement.toFixed(1)} times for ${manifest.id}.`,
      width,
      height,
      model_size: size,
    })
  if (decoded.width !== width || decoded.height !== height)
    warnings.push({
      code: 'resized',
      message: `The picture of ${width} × ${height} pixels was decoded at ${decoded.width} × ${decoded.height} before it was fitted.`,
      from: { width, height },
      to: decoded,
    })
  if (frames !== undefined && frames > 1)
    warnings.push({
      code: 'first_frame',
      message: `The picture is an animation of ${frames} frames, of which the first was read.`,
      frames,
    })
  return warnings
}

const NAMED = {
  photograph: 'like a photograph',
  drawing: 'like a drawing',
  screenshot: 'like a screenshot',
  noise: 'like noise',
  blank: 'blank',
} as const

/** Warnings about a text as the model reads it. */
export function textWarnings(
  { id, languages, tokenizer }: DualEncoderManifest,
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
      message: `The text has letters of ${scripts.join(', ')}, and ${id} was trained on ${languages.join(', ')} only.`,
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
