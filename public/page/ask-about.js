/**
 * One question about the picture, by the API.
 * @module
 */
import { viewOfClasses, viewOfScores } from './answer.js'
import { viewOfAnswer, viewOfCaption, viewOfVerdict } from './answer-of-text.js'
import { caption, classify, judge, Problem, question, score } from './api.js'
import { readable } from './picture.js'

/** @typedef {import('./answer.js').View} View */
/** @typedef {import('./picture-field.js').Taken} Taken */
/** @typedef {import('./question.js').Asked} Asked */

/** Refusals of a picture's coding. A browser that can show the picture can encode it otherwise. */
const OF_CODING = new Set([
  'too_large',
  'bad_image.too_many_scans',
  'bad_image.too_many_chunks',
  'bad_image.unsupported_bit_depth',
  'bad_image.unsupported_color',
])

/**
 * Asks about a picture. If the server refuses its coding, the browser encodes it again, and it is asked about
 * once more.
 * @param {{taken: () => Taken | null}} picture
 * @param {Asked} wanted
 * @returns {Promise<{view: View, taken: Taken}>} with the picture that was answered
 * @throws {Problem}
 * @throws {import('./picture.js').UnusablePicture}
 */
export async function askAbout(picture, wanted) {
  const taken = /** @type {Taken} */ (picture.taken())
  const image = await readable(taken.blob)
  try {
    return { view: await answerOf(image, wanted), taken }
  } catch (error) {
    const encodes = error instanceof Problem && OF_CODING.has(error.code) && picture.taken() === taken
    if (!encodes || taken.again === null) throw error
    await taken.again()
    const encoded = picture.taken()
    if (encoded === null || encoded.again !== null) throw error
    return { view: await answerOf(encoded.blob, wanted), taken: encoded }
  }
}

/**
 * @param {Blob} image
 * @param {Asked} wanted
 * @returns {Promise<View>}
 */
async function answerOf(image, { mode, model, lines, templates }) {
  const [text = ''] = lines
  switch (mode) {
    case 'score':
      return viewOfScores(await score(image, model, lines))
    case 'classify':
      return viewOfClasses(await classify(image, model, lines, templates), templates)
    case 'question':
      return viewOfAnswer(await question(image, model, text))
    case 'statement':
      return viewOfVerdict(await judge(image, model, text))
    case 'caption':
      return viewOfCaption(await caption(image, model))
  }
}
