/**
 * Pictures that the page lends, each with words whose order no small change of the model turns around: `page.test.ts` asks the real one.
 * Two show, on purpose, what such a model cannot do.
 * @module
 */

/** What a label goes into unless a person says otherwise. */
export const TEMPLATES = ['{}', 'a picture of {}', 'a drawing of {}']

/** The label as it stands. */
const ALONE = ['{}']

/**
 * @typedef {object} Sample
 * @property {string} file
 * @property {string} alt
 * @property {readonly string[]} captions - unless it fails on purpose, the first is the true one
 * @property {readonly string[]} labels - likewise
 * @property {readonly string[]} templates
 * @property {string} [failure] - what to see in it
 */

/** @type {Readonly<Record<string, Sample>>} */
export const SAMPLES = {
  boat: {
    file: 'sailboat.webp',
    alt: 'A sailboat with orange sails on blue water',
    captions: ['a sailboat', 'an airplane', 'a penguin', 'a guitar'],
    labels: ['sailboat', 'airplane', 'penguin', 'guitar'],
    templates: TEMPLATES,
  },
  umbrella: {
    file: 'umbrella.jpg',
    alt: 'An open purple umbrella',
    captions: ['雨伞', '彩虹', '企鹅', '吉他'],
    labels: ['雨伞', '彩虹', '企鹅', '吉他'],
    templates: ['{}', '{}的图片', '{}图标'],
  },
  peacocks: {
    file: 'peacocks.png',
    alt: 'Three peacocks, two yellow helicopters and a purple circle on yellow',
    captions: [
      'three peacocks, two helicopters and a purple circle',
      'four green hearts and a black star',
      'two red cars and a white square',
      'a cat and a snail',
    ],
    labels: [
      'three peacocks, two helicopters and a purple circle',
      'four green hearts and a black star',
      'two red cars and a white square',
      'a cat and a snail',
    ],
    templates: ALONE,
  },
  clock: {
    file: 'alarm-clock.jpg',
    alt: 'A red alarm clock',
    captions: ['an alarm clock', 'not an alarm clock', 'a rainbow', 'a guitar'],
    labels: ['an alarm clock', 'not an alarm clock', 'a rainbow', 'a guitar'],
    templates: ALONE,
    failure: 'It hardly reads “not”: it finds that “not an alarm clock” fits this alarm clock far better than “a rainbow” does.',
  },
  penguin: {
    file: 'penguin.png',
    alt: 'A penguin',
    captions: ['a pizza', 'a guitar', 'an umbrella', 'a sailboat'],
    labels: ['pizza', 'guitar', 'umbrella', 'sailboat'],
    templates: TEMPLATES,
    failure: 'None of these is right, and it cannot say so: percentages always sum to 100, so one of them looks like the answer.',
  },
}
