/**
 * What a run measures: the criteria of an eval, with every parameter that can change a score made explicit.
 * @module
 */
import { z } from 'zod'

const name = z.string().min(1).max(128)

/** How well each caption of an item fits its picture, from embeddings of one model. */
export const imageTextSimilarityCriterion = z.strictObject({
  type: z.literal('image_text_similarity'),
  name,
  /**
   * `clipscore-2.5`: 2.5·max(cos, 0) a pair (Hessel et al. 2021). `torchmetrics-100`: 100·cos a pair, clamped at 0 after the mean.
   * `cosine`: the raw cosine.
   */
  variant: z.enum(['clipscore-2.5', 'torchmetrics-100', 'cosine']).default('clipscore-2.5'),
  /** A sample passes when its score is at least this. Affects pass counts only. */
  pass_threshold: z.number().default(0),
})

/** Image–text retrieval over the run's own gallery, by VSE++'s rules (first five captions, later index wins a tie). */
export const retrievalCriterion = z.strictObject({
  type: z.literal('retrieval'),
  name,
})

/** VQA accuracy by one of the two official scorers. */
export const vqaAccuracyCriterion = z.strictObject({
  type: z.literal('vqa_accuracy'),
  name,
  /** `vqa-2021`: the official scorer since 2021-03-11; `vqa-2015`: the one before. They differ (docs/metrics.md). */
  scorer: z.enum(['vqa-2021', 'vqa-2015']).default('vqa-2021'),
  /** A sample passes when its accuracy is at least this. Affects pass counts only. */
  pass_threshold: z.number().min(0).max(1).default(0.5),
})

/** Corpus caption metrics of COCO: BLEU-1..4, ROUGE-L, CIDEr-D, with document frequencies of the planned selection, and METEOR. */
export const captionCriterion = z.strictObject({
  type: z.literal('caption'),
  name,
  /** METEOR's modules; `none` leaves METEOR out. Those that match synonyms and paraphrases need tables that a Worker does not have. */
  meteor: z.enum(['none', 'exact', 'exact_stem']).default('exact_stem'),
})

/** NLVR2 accuracy and consistency. */
export const nlvr2Criterion = z.strictObject({ type: z.literal('nlvr2'), name })

/** COIN step localization: mAP over temporal IoU, recall, F1, mIoU. */
export const stepLocalizationCriterion = z.strictObject({
  type: z.literal('step_localization'),
  name,
  /** Step classes that mAP averages over, those without ground truth included; COIN has 778. */
  classes: z.int().min(1).max(10_000).default(778),
})

/** A number in [0, 1] that was uploaded for an item: what people, or anything else outside, judged it to be. */
export const uploadedScoreCriterion = z.strictObject({
  type: z.literal('uploaded_score'),
  name,
  /** A sample passes when its score is at least this. Affects pass counts only. */
  pass_threshold: z.number().min(0).max(1).default(0.5),
})

export const scorerSpec = z.discriminatedUnion('type', [
  imageTextSimilarityCriterion,
  retrievalCriterion,
  vqaAccuracyCriterion,
  captionCriterion,
  nlvr2Criterion,
  stepLocalizationCriterion,
  uploadedScoreCriterion,
])

export type ImageTextSimilarityCriterion = z.infer<typeof imageTextSimilarityCriterion>
export type RetrievalCriterion = z.infer<typeof retrievalCriterion>
export type VqaAccuracyCriterion = z.infer<typeof vqaAccuracyCriterion>
export type CaptionCriterion = z.infer<typeof captionCriterion>
export type Nlvr2Criterion = z.infer<typeof nlvr2Criterion>
export type StepLocalizationCriterion = z.infer<typeof stepLocalizationCriterion>
export type UploadedScoreCriterion = z.infer<typeof uploadedScoreCriterion>
export type ScorerSpec = z.infer<typeof scorerSpec>
