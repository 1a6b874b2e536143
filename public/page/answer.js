/**
 * The answer: one list for both questions, best first, with the meaning of its numbers and their identity.
 * @module
 */
import { byId, element, wording } from './dom.js'
import { counted, formatNumber, formatShare, short } from './figures.js'

/** @typedef {import('./api.js').ScoreResponse} ScoreResponse */
/** @typedef {import('./api.js').ClassifyResponse} ClassifyResponse */
/** @typedef {import('./api.js').Model} Model */

/** The highest score of a pair. */
const FULL_SCALE = { 'clipscore-2.5': 2.5, 'torchmetrics-100': 100, cosine: 1 }

const HOW = {
  'clipscore-2.5': '2.5 × cosine, 0 where negative',
  'torchmetrics-100': '100 × cosine',
  cosine: 'the cosine',
}

/**
 * `bar` from 0 to 1.
 * @typedef {{rank: number, text: string, figure: string, bar: number, facts: string, cut: string}} Line
 */

/**
 * @typedef {object} View
 * @property {string} title
 * @property {Line[]} lines
 * @property {string} axisEnd
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
 * @param {Model | null} model
 * @returns {View}
 */
export function viewOfScores(answer, model) {
  const { variant, data, identity } = answer
  const full = FULL_SCALE[variant]
  // Another model's temperature would be worse than none.
  const temperature = model?.model_digest === identity.model_digest ? temperatureOf(model) : null
  const shares = temperature === null || data.length < 2 ? null : softmax(data.map(({ cosine }) => cosine / temperature))
  const lines = data
    .map(({ index, text, score, cosine, tokens, truncated }) => {
      const raw = `cosine ${formatNumber(cosine, 4)}, ${counted(tokens, 'token')}`
      const share = shares?.[index]
      return {
        rank: 1 + data.filter((other) => other.cosine > cosine).length,
        index,
        text,
        figure: share === undefined ? formatNumber(score, 3) : formatShare(share),
        bar: share ?? score / full,
        facts: share === undefined ? raw : `score ${formatNumber(score, 3)}, ${raw}`,
        cut: truncated ? `cut: the model read only the first ${tokens} tokens` : '',
      }
    })
    .toSorted((a, b) => a.rank - b.rank || a.index - b.index)
  const best = lines[0]
  return {
    title: 'How well each caption fits',
    lines,
    axisEnd: shares === null ? `${full}, the most possible` : '100 %',
    ...(shares !== null && temperature !== null
      ? {
          meaning: `Percentages compare these ${data.length} captions with one another.`,
          explained:
            `Softmax of cosine ÷ ${formatNumber(temperature, 4)}, the model's ${model?.manifest.calibration ? 'fitted' : 'learned'} ` +
            `temperature: which fits best, not whether any is true. Raw scores (${HOW[variant]}) often lie close together; ` +
            `their order says more than their size.`,
        }
      : {
          meaning:
            data.length < 2
              ? 'One caption has nothing to be compared with; add another.'
              : 'The model’s temperature could not be loaded, so there are no percentages.',
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
      ...(temperature === null ? [] : [row('Temperature of the percentages', String(temperature))]),
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
    lines: data.map(({ rank, label, probability, cosine, prompts: read, truncated }) => ({
      rank,
      text: label,
      figure: formatShare(probability),
      bar: probability,
      facts: `cosine ${formatNumber(cosine, 4)}, ${counted(read, 'prompt')}`,
      cut:
        truncated > 0 ? `cut: the model read only the beginning of ${truncated === read ? 'each' : `${truncated} of them`}` : '',
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

/** @param {Model} model */
function temperatureOf({ manifest: { calibration, embedding } }) {
  return calibration?.temperature ?? 1 / embedding.logit_scale
}

/** @param {readonly number[]} logits */
function softmax(logits) {
  const top = Math.max(...logits)
  const parts = logits.map((logit) => Math.exp(logit - top))
  const sum = parts.reduce((total, part) => total + part, 0)
  return parts.map((part) => part / sum)
}

/**
 * @param {ScoreResponse | ClassifyResponse} answer
 * @param {string} metric
 */
function identityRows({ model, image, identity }, metric) {
  return [
    row('Model', model),
    row('Metric', metric),
    row('Model digest', identity.model_digest),
    row('Preprocessing digest', identity.preprocessing_digest),
    row('Runtime', identity.runtime),
    row('Picture, SHA-256', image.sha256),
    row(
      'Picture as received',
      `${image.width} × ${image.height} px, ${image.bytes.toLocaleString('en')} bytes, ${image.media_type}`,
    ),
  ]
}

/**
 * @param {string} term
 * @param {string} value
 * @returns {[string, string]}
 */
const row = (term, value) => [term, value]

/** @param {View} view */
export function show(view) {
  byId('results-title', HTMLHeadingElement).textContent = view.title
  byId('results-list', HTMLOListElement).replaceChildren(
    ...view.lines.map(({ rank, text, figure, bar, facts, cut }) => {
      const streak = element('span')
      streak.style.setProperty('--share', `${100 * Math.min(1, Math.max(0, bar))}%`)
      const small = element('span', { class: 'result-facts' }, facts)
      if (cut) small.append(', ', element('strong', { class: 'result-cut' }, cut))
      return element(
        'li',
        { class: 'result' },
        element('span', { class: 'result-rank' }, `${rank}`),
        wording('span', { class: 'result-text' }, text),
        element('span', { class: 'result-figure' }, figure),
        element('span', { class: 'streak', 'aria-hidden': 'true' }, streak),
        small,
      )
    }),
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
