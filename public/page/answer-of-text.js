/**
 * Answers to questions, verdicts on statements and captions, as views of the same list.
 * @module
 */
import { pictureRow, row, warningsOf } from './answer.js'
import { counted, formatNumber, formatShare, short } from './figures.js'

/** @typedef {import('./answer.js').View} View */
/** @typedef {import('./api.js').AnswerResponse} AnswerResponse */
/** @typedef {import('./api.js').VerdictResponse} VerdictResponse */
/** @typedef {import('./api.js').CaptionResponse} CaptionResponse */

/**
 * @param {AnswerResponse} answer
 * @returns {View}
 */
export function viewOfAnswer(answer) {
  const { top, answers, tokens } = answer
  return {
    ...shared(answer, [answer.image]),
    title: 'What the model answers',
    warnings: [...warningsOf(answer, null), ...warningsOf(answer, 0)],
    lines: top.map(({ rank, answer: text, probability }) => line(rank, text, probability, '')),
    meaning: `The most probable of the ${answers} answers that the model knows.`,
    explained:
      `It read ${counted(tokens, 'token')} of the question. Its probabilities sum to 100 % over all it knows, ` +
      `so some answer is always the most probable, even where none is right.`,
    punches: punches(answer, 'question answering'),
    told: `Answer: ${answer.answer}, ${formatShare(answer.probability)}.`,
  }
}

/**
 * @param {VerdictResponse} answer
 * @returns {View}
 */
export function viewOfVerdict(answer) {
  const { verdict, probability, images, tokens } = answer
  const sides = [line(1, 'true', probability, ''), line(1, 'false', 1 - probability, '')].toSorted((a, b) => b.bar - a.bar)
  return {
    ...shared(answer, images),
    title: 'Is it true of the picture?',
    warnings: [...warningsOf(answer, null), ...warningsOf(answer, 0)],
    lines: sides.map((side, index) => ({ ...side, rank: index + 1 })),
    meaning: verdict ? 'More probably true than false.' : 'More probably false than true.',
    explained: `The model read ${counted(tokens, 'token')} of the statement. The API judges statements about two pictures, too.`,
    punches: punches(answer, 'statement'),
    told: `${verdict ? 'True' : 'False'}, ${formatShare(verdict ? probability : 1 - probability)}.`,
  }
}

/**
 * @param {CaptionResponse} answer
 * @returns {View}
 */
export function viewOfCaption(answer) {
  return {
    ...shared(answer, [answer.image]),
    title: 'What the model writes',
    lines: answer.top.map(({ rank, caption, log_probability: log, tokens }) =>
      line(rank, caption, Math.exp(log), `log-probability ${formatNumber(log, 2)}, ${counted(tokens, 'token')}`),
    ),
    meaning: 'The captions of its beam search, best first.',
    explained:
      'A percentage is the probability of all tokens of that sentence. Many sentences say the same, so each one is improbable; ' +
      'the order allows for their lengths.',
    punches: punches(answer, 'captioning'),
    told: `Caption: ${answer.caption}.`,
  }
}

/**
 * @param {AnswerResponse | VerdictResponse | CaptionResponse} answer
 * @param {readonly AnswerResponse['image'][]} images
 */
function shared(answer, images) {
  const { model, identity } = answer
  return {
    axisEnd: '100 %',
    answeredBy: `Answered by ${model}.`,
    warnings: warningsOf(answer, null),
    made: '',
    identity: [
      row('Model', model),
      row('Model digest', identity.model_digest),
      row('Preprocessing digest', identity.preprocessing_digest),
      row('Runtime', identity.runtime),
      ...images.flatMap((image) => [row('Picture, SHA-256', image.sha256), pictureRow(image)]),
      row('Detector digest', identity.detector_digest),
    ],
  }
}

/**
 * @param {AnswerResponse | VerdictResponse | CaptionResponse} answer
 * @param {string} measure
 * @returns {View['punches']}
 */
const punches = ({ model, identity }, measure) => [
  [model, 'model'],
  [measure, 'measure'],
  [short(identity.model_digest), 'model digest'],
]

/**
 * @param {number} rank
 * @param {string} text
 * @param {number} probability
 * @param {string} facts
 * @returns {import('./answer.js').Line}
 */
const line = (rank, text, probability, facts) => ({
  rank,
  text,
  figure: formatShare(probability),
  bar: probability,
  facts,
  warnings: [],
})
