/**
 * Formats of numbers, and names of metrics and methods.
 * @module
 */

/**
 * `812 KB`, `5.2 MB`; decimal units, as file managers on phones show them.
 * @param {number} bytes
 */
export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 999_500) return `${(bytes / 1000).toFixed(bytes < 9950 ? 1 : 0)} KB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/**
 * With a real minus sign, and never `−0.000`.
 * @param {number} value
 * @param {number} digits
 */
export function formatNumber(value, digits) {
  const text = value.toFixed(digits)
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−')
}

/**
 * A probability. Never `100.0 %` or `0.0 %`, which a softmax never reaches.
 * @param {number} share
 */
export function formatShare(share) {
  if (share >= 0.9995) return '> 99.9 %'
  if (share < 0.0005) return '< 0.1 %'
  return `${formatNumber(100 * share, 1)} %`
}

/**
 * `1 040`
 * @param {number} number
 */
export function formatCount(number) {
  return number.toLocaleString('en').replaceAll(',', ' ')
}

/**
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/**
 * @param {string} digest
 */
export function short(digest) {
  return digest.replace(/^sha256:/, '').slice(0, 12)
}

/** @typedef {'fraction' | 'rank' | 'score'} Unit */

/**
 * The format of a unit's values; `end` for the ends of an axis.
 * @param {Unit} unit
 * @returns {(value: number, end?: boolean) => string}
 */
export function formatOf(unit) {
  switch (unit) {
    case 'fraction':
      return (value, end) => `${formatNumber(100 * value, end ? 0 : 1)} %`
    case 'rank':
      return (value) => String(Number(value.toFixed(1)))
    case 'score':
      return (value, end) => (end ? String(Number(value.toPrecision(3))) : formatNumber(value, 3))
  }
}

/**
 * `58.1 % to 64.4 % (95 %)`
 * @param {{low: number | null, high: number | null, level: number | null} | null} interval
 * @param {(value: number) => string} format
 */
export function formatInterval(interval, format) {
  if (interval === null || interval.low === null || interval.high === null) return 'no interval'
  const { low, high, level } = interval
  return `${format(low)} to ${format(high)}${level === null ? '' : ` (${Number((100 * level).toFixed(2))} %)`}`
}

/**
 * A metric's name in a heading.
 * @param {{metric: string, variant: string}} of
 */
export function metricName({ metric, variant }) {
  const direction = variant.endsWith('text-to-image')
    ? ', text to image'
    : variant.endsWith('image-to-text')
      ? ', image to text'
      : ''
  /** @type {Record<string, string>} */
  const names = { vqa_accuracy: 'VQA accuracy', median_rank: 'Median rank', accuracy: 'Accuracy', consistency: 'Consistency' }
  return `${names[metric] ?? metric}${direction}`
}

/** Words of method names that are written with capitals. */
const NAMES = {
  bayesian: 'Bayesian',
  wilson: 'Wilson',
  clopper: 'Clopper',
  pearson: 'Pearson',
  bonett: 'Bonett',
  price: 'Price',
  bca: 'BCa',
}

/**
 * An interval's method in words: `bounded Bayesian bootstrap` for `bounded-bayesian-bootstrap`.
 * @param {string} method
 */
export function methodName(method) {
  return method
    .split(/[-_]/)
    .map((word) => (word in NAMES ? NAMES[/** @type {keyof typeof NAMES} */ (word)] : word))
    .join(' ')
}
