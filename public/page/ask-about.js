/** One question about the picture, by the API. @module */
import { viewOfClasses, viewOfScores } from './answer.js'
import { viewOfAnswer, viewOfCaption, viewOfVerdict } from './answer-of-text.js'
import { caption, classify, judge, Problem, question, score } from './api.js'
import { readable } from './picture.js'

/** @typedef {import('./picture-field.js').Taken} Taken */
/** @typedef {import('./question.js').Asked} Asked */

/** Refusals of a coding: the browser can encode the picture otherwise. */
const OF_CODING = /^(too_large|bad_image\.(too_many_(scans|chunks)|unsupported_(bit_depth|color)))$/

/**
 * Asks once more with a picture that the browser encoded, where the server refuses the picture's coding.
 * @param {{taken: () => Taken | null}} picture
 * @param {Asked} wanted
 * @returns {Promise<{view: import('./answer.js').View, taken: Taken}>} with the picture that was answered
 * @throws {Problem | import('./picture.js').UnusablePicture}
 */
export async function askAbout(picture, wanted) {
  const taken = /** @type {Taken} */ (picture.taken())
  const image = await readable(taken.blob)
  try {
    return { view: await answerOf(image, wanted), taken }
  } catch (error) {
    const encodes = error instanceof Problem && OF_CODING.test(error.code) && picture.taken() === taken
    if (!encodes || taken.again === null) throw error
    await taken.again()
    const encoded = picture.taken()
    if (encoded === null || encoded.again !== null) throw error
    return { view: await answerOf(encoded.blob, wanted), taken: encoded }
  }
}

/** @param {Blob} image @param {Asked} wanted */
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
