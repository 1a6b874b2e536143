/**
 * The answer: one list for both questions, best first, with the meaning of its numbers and their identity.
 * @module
 */
import { byId, element, say, wording } from './dom.js'
import { counted, formatNumber, formatShare, short } from './figures.js'

/** @typedef {import('./api.js').ScoreResponse} ScoreResponse */
/** @typedef {import('./api.js').ClassifyResponse} ClassifyResponse */
/** @typedef {ScoreResponse['warnings'][number]} Warning */

const HOW = {
  'clipscore-2.5': '2.5 × cosine, 0 where negative',
  'torchmetrics-100': '100 × cosine',
  cosine: 'the cosine',
}

/**
 * @typedef {object} Line
 * @property {number} rank
 * @property {string} text
 * @property {string} figure
 * @property {number} bar - from 0 to 1
 * @property {string} facts
 * @property {string[]} warnings
 */

/**
 * @typedef {object} View
 * @property {string} title
 * @property {Line[]} lines
 * @property {string} axisEnd
 * @property {string} answeredBy - the model, and why it
 * @property {string[]} warnings - about the picture
 * @property {string} meaning - the first sentence stands out
 * @property {string} explained
 * @property {string} made - how the labels were read
 * @property {readonly [mark: string, meaning: string][]} punches
 * @property {readonly [term: string, value: string][]} identity
 * @property {string} told - the answer in a sentence, for screen readers
 */

/**
 * Cosines of such models lie close together, so scores alone hardly separate captions. A softmax at the
 * model's own temperature does.
 * @param {ScoreResponse} answer
 * @returns {View}
 */
export function viewOfScores(answer) {
  const { variant, data, identity, temperature, calibrated, range } = answer
  const compared = data.length > 1
  const lines = data
    .map(({ index, text, score, cosine, probability, tokens }) => {
      const raw = `cosine ${formatNumber(cosine, 4)}, ${counted(tokens, 'token')}`
      return {
        rank: 1 + data.filter((other) => other.cosine > cosine).length,
        index,
        text,
        figure: compared ? formatShare(probability) : formatNumber(score, 3),
        bar: compared ? probability : (score - range.low) / (range.high - range.low),
        facts: compared ? `score ${formatNumber(score, 3)}, ${raw}` : raw,
        warnings: warningsOf(answer, index),
      }
    })
    .toSorted((a, b) => a.rank - b.rank || a.index - b.index)
  const best = lines[0]
  return {
    title: 'How well each caption fits',
    lines,
    axisEnd: compared ? '100 %' : `${range.high}, the most possible`,
    answeredBy: answeredBy(answer),
    warnings: warningsOf(answer, null),
    ...(compared
      ? {
          meaning: `Percentages compare these ${data.length} captions with one another.`,
          explained:
            `Softmax of cosine ÷ ${formatNumber(temperature, 4)}, a temperature ` +
            `${calibrated ? 'fitted on held-out pictures of this kind' : 'that was not fitted for pictures of this kind'}: ` +
            `which fits best, not whether any is true. Raw scores (${HOW[variant]}) often lie close together; ` +
            `their order says more than their size.`,
        }
      : {
          meaning: 'One caption has nothing to be compared with; add another.',
          explained: `A raw score (${HOW[variant]}) says little by itself.`,
        }),
    made: '',
    punches: [
      [answer.model, 'model'],
      [variant, 'measure'],
      [short(identity.model_digest), 'model digest'],
    ],
    identity: [
      ...identityRows(answer, `${answer.metric}, ${variant}`),
      ...(compared ? [row('Temperature of the percentages', String(temperature))] : []),
    ],
    told: `${counted(data.length, 'caption')} scored.${best ? ` Best: ${best.text}, ${best.figure}.` : ''}`,
  }
}

/**
 * @param {ClassifyResponse} answer
 * @param {readonly string[]} templates
 * @returns {View}
 */
export function viewOfClasses(answer, templates) {
  const { variant, data, identity, calibrated, temperature, calibration } = answer
  const best = data[0]
  const divided = `cosine ÷ ${formatNumber(temperature, 4)}`
  const prompts = templates.map((template) => `“${template.replaceAll('{}', () => best?.label ?? '')}”`)
  return {
    title: 'Which label it is',
    answeredBy: answeredBy(answer),
    warnings: warningsOf(answer, null),
    lines: data.map(({ rank, index, label, probability, cosine, prompts: read }) => ({
      rank,
      text: label,
      figure: formatShare(probability),
      bar: probability,
      facts: `cosine ${formatNumber(cosine, 4)}, ${counted(read, 'prompt')}`,
      warnings: warningsOf(answer, index),
    })),
    axisEnd: '100 %',
    meaning:
      variant === 'softmax'
        ? `Probabilities among these ${data.length} labels alone: they sum to 100 % even when none is right.`
        : 'Each label is judged by itself: the probabilities need not sum to 100 %.',
    explained:
      `${variant === 'softmax' ? 'Softmax' : 'Sigmoid'} of ${divided}. ` +
      (calibrated && calibration
        ? `That temperature was fitted on ${calibration.n} held-out pictures with ${calibration.labels} labels each, where the ` +
          `probabilities were off by ${formatNumber(100 * calibration.ece_after, 1)} points on average; elsewhere they may be off by more.`
        : 'That temperature was not fitted on held-out pictures: read a ranking, not a confidence.'),
    made:
      prompts.length === 1
        ? `Each label was read as one prompt: ${prompts[0]}.`
        : `Each label is the mean of ${prompts.length} prompts, the first one of ${prompts.join(', ')}.`,
    punches: [
      [answer.model, 'model'],
      [`zero-shot ${variant}`, 'measure'],
      [short(identity.classifier_digest), 'classifier digest'],
    ],
    identity: [
      ...identityRows(answer, `${answer.metric}, ${variant}`),
      row('Classifier digest', identity.classifier_digest),
      row('Temperature', String(temperature)),
    ],
    told: `${counted(data.length, 'label')} compared.${best ? ` Most probable: ${best.label}, ${formatShare(best.probability)}.` : ''}`,
  }
}

/**
 * The warnings about one text, or about the picture.
 * @param {{warnings: Warning[]}} answer
 * @param {number | null} index
 */
export function warningsOf({ warnings }, index) {
  return warnings
    .filter((warning) => ('index' in warning ? warning.index : null) === index)
    .map((warning) => ('read_as' in warning ? `${warning.message} It read “${warning.read_as}”.` : warning.message))
}

/** @param {ScoreResponse | ClassifyResponse} answer */
function answeredBy({ model, domain, model_choice: choice }) {
  const kind = `${KINDS[domain.kind]} (${formatShare(domain.probability)})`
  return choice === null
    ? `Answered by ${model}, as asked. The picture looks ${kind}.`
    : `Answered by ${model}: the picture looks ${kind}.`
}

const KINDS = {
  photograph: 'like a photograph',
  drawing: 'like a drawing',
  screenshot: 'like a screenshot',
  noise: 'like noise',
  blank: 'blank',
}

/**
 * @param {ScoreResponse | ClassifyResponse} answer
 * @param {string} metric
 */
function identityRows({ model, image, domain, identity }, metric) {
  return [
    row('Model', model),
    row('Metric', metric),
    row('Model digest', identity.model_digest),
    row('Preprocessing digest', identity.preprocessing_digest),
    row('Runtime', identity.runtime),
    row('Picture, SHA-256', image.sha256),
    pictureRow(image),
    row('Picture as decoded', `${image.decoded.width} × ${image.decoded.height} px`),
    row('Kind of the picture', `${domain.kind}, probability ${domain.probability}`),
    row('Detector digest', identity.detector_digest),
  ]
}

/**
 * @param {string} term
 * @param {string} value
 * @returns {[string, string]}
 */
export const row = (term, value) => [term, value]

/** @param {{width: number, height: number, bytes: number, media_type: string}} image */
export const pictureRow = ({ width, height, bytes, media_type: type }) =>
  row('Picture as received', `${width} × ${height} px, ${bytes.toLocaleString('en')} bytes, ${type}`)

/** @param {View} view */
export function show(view) {
  byId('results-title', HTMLHeadingElement).textContent = view.title
  byId('results-list', HTMLOListElement).replaceChildren(
    ...view.lines.map(({ rank, text, figure, bar, facts, warnings }) => {
      const streak = element('span')
      streak.style.setProperty('--share', `${100 * Math.min(1, Math.max(0, bar))}%`)
      const small = facts === '' ? [] : [element('span', { class: 'result-facts' }, facts)]
      return element(
        'li',
        { class: 'result' },
        element('span', { class: 'result-rank' }, `${rank}`),
        wording('span', { class: 'result-text' }, text),
        element('span', { class: 'result-figure' }, figure),
        element('span', { class: 'streak', 'aria-hidden': 'true' }, streak),
        ...small,
        ...warnings.map((warning) => element('span', { class: 'result-warning' }, wording('span', {}, warning))),
      )
    }),
  )
  byId('results-model', HTMLParagraphElement).textContent = view.answeredBy
  say(
    byId('results-warnings', HTMLParagraphElement),
    ...view.warnings.map((warning) => element('span', { class: 'warning' }, warning)),
  )
  byId('axis-end', HTMLSpanElement).textContent = view.axisEnd
  byId('results-explained', HTMLParagraphElement).replaceChildren(element('strong', {}, view.meaning), ` ${view.explained}`)
  const made = byId('results-made', HTMLParagraphElement)
  made.hidden = view.made === ''
  made.replaceChildren(wording('span', {}, view.made))
  byId('stamp', HTMLDivElement).replaceChildren(
    ...view.punches.map(([mark, meaning]) =>
      element('span', { class: 'punch' }, element('b', {}, mark), element('span', {}, meaning)),
    ),
  )
  byId('identity', HTMLDListElement).replaceChildren(
    ...view.identity.flatMap(([term, value]) => [element('dt', {}, term), element('dd', { class: 'digest' }, value)]),
  )
}
