/**
 * Sample pictures, each with words whose order is stable under small changes of the model (`page.test.ts`
 * asks the real one). Two demonstrate limits of such a model.
 * @module
 */

/** The default prompts. */
export const TEMPLATES = ['{}', 'a picture of {}', 'a drawing of {}']

const PHOTO_TEMPLATES = ['{}', 'a photo of a {}']

/** The label alone. */
const ALONE = ['{}']

/**
 * @typedef {object} Sample
 * @property {string} file
 * @property {string} alt
 * @property {readonly string[]} captions - the first is the true one, except in a sample that fails
 * @property {readonly string[]} labels - likewise
 * @property {readonly string[]} templates
 * @property {string} [question] - only for a scene, which is what the models that answer know
 * @property {string} [statement] - likewise; a true one
 * @property {string} [failure] - the limit that it demonstrates
 */

/** @type {Readonly<Record<string, Sample>>} */
export const SAMPLES = {
  otters: {
    file: 'otters.jpg',
    alt: 'Two otters on a rock',
    captions: ['an otter', 'a cat', 'a sailboat', 'a plate of food'],
    labels: ['otter', 'cat', 'sailboat', 'plate of food'],
    templates: PHOTO_TEMPLATES,
  },
  bee: {
    file: 'honey-bee.jpg',
    alt: 'A honey bee on a flower',
    captions: ['a bee on a flower', 'a dog on a beach', 'a bridge at night', 'a cup of coffee'],
    labels: ['bee', 'dog', 'bridge', 'cup of coffee'],
    templates: PHOTO_TEMPLATES,
  },
  tower: {
    file: 'leaning-tower.jpg',
    alt: 'The Leaning Tower of Pisa',
    captions: ['a tall white tower', 'a fish in the water', 'a man on a bicycle', 'a bowl of fruit'],
    labels: ['tower', 'fish', 'bicycle', 'bowl of fruit'],
    templates: PHOTO_TEMPLATES,
  },
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
    question: 'How many peacocks are there?',
    statement: 'There are three peacocks.',
  },
  clock: {
    file: 'alarm-clock.jpg',
    alt: 'A red alarm clock',
    captions: ['an alarm clock', 'not an alarm clock', 'a rainbow', 'a guitar'],
    labels: ['an alarm clock', 'not an alarm clock', 'a rainbow', 'a guitar'],
    templates: ALONE,
    failure: 'The model hardly reads “not”: it scores “not an alarm clock” far above “a rainbow” for this alarm clock.',
  },
  penguin: {
    file: 'penguin.png',
    alt: 'A penguin',
    captions: ['a pizza', 'a guitar', 'an umbrella', 'a sailboat'],
    labels: ['pizza', 'guitar', 'umbrella', 'sailboat'],
    templates: TEMPLATES,
    failure:
      'None of these is right, and the model cannot say so: the percentages always sum to 100, so one looks like the answer.',
  },
}
