/**
 * Faults in the words of a question, found before it is sent. Pure.
 * @module
 */

const MAX_LINES = 16
/** Each costs one prompt per label, of a budget that all visitors share. */
const MAX_TEMPLATES = 8

/** @typedef {'captions' | 'labels' | 'templates' | 'question' | 'statement'} Place */
/** @typedef {{place: Place, what: string, advice: string}} Fault */

/**
 * @param {import('./question.js').Asked} asked
 * @returns {Fault | null} the first fault
 */
export function faultOf({ mode, lines, templates }) {
  switch (mode) {
    case 'score':
      return faultOfCaptions(lines)
    case 'classify':
      return faultOfLabels(lines) ?? faultOfPrompts(templates)
    case 'question':
      return lines.length > 0 ? null : { place: 'question', what: 'There is no question yet.', advice: 'Type one.' }
    case 'statement':
      return lines.length > 0 ? null : { place: 'statement', what: 'There is no statement yet.', advice: 'Type one.' }
    case 'caption':
      return null
  }
}

/**
 * @param {readonly string[]} lines
 * @returns {Fault | null}
 */
function faultOfCaptions(lines) {
  const place = 'captions'
  if (lines.length === 0) return { place, what: 'There is no caption yet.', advice: 'Type at least one.' }
  if (lines.length <= MAX_LINES) return null
  return {
    place,
    what: `These are ${lines.length} captions; the page scores at most ${MAX_LINES} at once.`,
    advice: 'Take some away, or use the API for up to 64.',
  }
}

/**
 * @param {readonly string[]} lines
 * @returns {Fault | null}
 */
function faultOfLabels(lines) {
  const place = 'labels'
  const twice = repeated(lines)
  if (lines.length < 2)
    return {
      place,
      what: `There ${lines.length === 1 ? 'is one label' : 'are no labels'} yet.`,
      advice: 'Type two or more, one per line.',
    }
  if (twice !== undefined) return { place, what: `“${twice}” is there twice.`, advice: 'Labels must differ: take one away.' }
  if (lines.length <= MAX_LINES) return null
  return {
    place,
    what: `These are ${lines.length} labels; the page takes at most ${MAX_LINES} at once.`,
    advice: 'Take some away, or use the API for up to 1000.',
  }
}

/**
 * @param {readonly string[]} prompts
 * @returns {Fault | null}
 */
function faultOfPrompts(prompts) {
  const place = 'templates'
  const twice = repeated(prompts)
  const placeless = prompts.find((prompt) => !prompt.includes('{}'))
  if (prompts.length === 0)
    return { place, what: 'There is no prompt.', advice: 'Type {} alone to use each label as its own prompt.' }
  if (placeless !== undefined)
    return { place, what: `“${placeless}” has no {}.`, advice: 'Put {} where the label goes: a picture of {}' }
  if (twice !== undefined) return { place, what: `“${twice}” is there twice.`, advice: 'It would weigh twice: take one away.' }
  if (prompts.length <= MAX_TEMPLATES) return null
  return {
    place,
    what: `These are ${prompts.length} prompts; the page takes at most ${MAX_TEMPLATES}.`,
    advice: 'Take some away, or use the API for up to 100.',
  }
}

/** @param {readonly string[]} lines */
function repeated(lines) {
  return lines.find((line, index) => lines.indexOf(line) < index)
}
