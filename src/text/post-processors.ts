/**
 * The special tokens around a text: the `post_processor` of `tokenizer.json`.
 * @module
 */
import type { PostProcessorJson } from './tokenizer-json.ts'

/** Ids before and after a text's own ids. */
export interface Surroundings {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** @throws {Error} for a special token without ids. */
export function surroundings(processor: PostProcessorJson | null): Surroundings {
  if (!processor) return { before: [], after: [] }
  switch (processor.type) {
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [processor.cls[1]], after: [processor.sep[1]] }
    case 'ByteLevel':
      return { before: [], after: [] }
    case 'Sequence':
      return processor.processors
        .map(surroundings)
        .reduce((inner, outer) => ({ before: [...outer.before, ...inner.before], after: [...inner.after, ...outer.after] }))
    case 'TemplateProcessing': {
      const at = processor.single.findIndex((part) => 'Sequence' in part)
      const ids = processor.single.map((part) => {
        if ('Sequence' in part) return []
        const special = processor.special_tokens[part.SpecialToken.id]
        if (!special) throw new Error(`tokenizer: special token ${JSON.stringify(part.SpecialToken.id)} has no ids`)
        return special.ids
      })
      return { before: ids.slice(0, at).flat(), after: ids.slice(at + 1).flat() }
    }
  }
}
