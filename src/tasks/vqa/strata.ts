/**
 * The breakdowns of a question's score.
 * @module
 */

/** Members of an item by which reports break down scores. */
export const VQA_STRATA = ['answer_type', 'question_type'] as const
