/**
 * A question as a command for a terminal, and as a link. Pure.
 * @module
 */

/** @typedef {'score' | 'classify' | 'question' | 'statement' | 'caption'} Mode */

/** @type {readonly Mode[]} */
const MODES = ['score', 'classify', 'question', 'statement', 'caption']

/**
 * @typedef {object} Asked
 * @property {Mode} mode
 * @property {readonly string[]} lines - captions, labels, one question or one statement; none for a caption
 * @property {readonly string[]} templates - of labels
 * @property {string} model - id of a model; empty to have one chosen by the picture
 * @property {string} sample - name of the sample; empty for another picture
 */

/**
 * A command for a POSIX shell that gets the same answer. `--form-string` sends words unchanged: `-F` would
 * read those that begin with `@` or `<` from a file, and cut them at a semicolon.
 * @param {string} origin
 * @param {{name: string, lent: boolean}} picture - a file of that name, or one of ours under `/samples/`
 * @param {Asked} asked
 */
export function curlOf(origin, { name, lent }, asked) {
  const { mode, lines, templates, model } = asked
  const words = wordsOf(mode, lines, templates)
  const fields = model ? [`-F model=${quoted(model)}`, ...words] : words
  // curl's own quotes, for a name with a comma or a semicolon.
  const file = /^[\w.-]+$/.test(name) ? name : `"${name.replaceAll(/[\\"]/g, '\\$&')}"`
  const call = [`curl -sS ${origin}/v1/score`, `-F image=@${quoted(file)}`, ...fields].join(' \\\n  ')
  return lent ? `curl -sSO ${origin}/samples/${name}\n${call}` : call
}

/**
 * @param {Mode} mode
 * @param {readonly string[]} lines
 * @param {readonly string[]} templates
 */
function wordsOf(mode, lines, templates) {
  if (mode === 'score') return lines.map((text) => `--form-string text=${quoted(text)}`)
  if (mode === 'classify') return [`--form-string classify=${quoted(JSON.stringify({ labels: lines, templates }))}`]
  if (mode === 'caption') return ['-F caption=true -F top=5']
  return [`--form-string ${mode}=${quoted(lines[0] ?? '')}${mode === 'question' ? ' -F top=5' : ''}`]
}

/**
 * Single quotes around text that a shell would interpret.
 * @param {string} text
 */
function quoted(text) {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/**
 * The question as a fragment, which is never sent to a server. Only a sample's name stands for a picture.
 * @param {Asked} asked
 */
export function fragmentOf({ mode, lines, templates, model, sample }) {
  const said = new URLSearchParams({ ask: mode })
  if (model) said.set('model', model)
  if (sample) said.set('sample', sample)
  for (const line of lines) said.append('line', line)
  if (mode === 'classify') for (const template of templates) said.append('prompt', template)
  return `#${said}`
}

/**
 * @param {string} fragment
 * @returns {Asked | null} null if it is not a question
 */
export function readFragment(fragment) {
  const said = new URLSearchParams(fragment.replace(/^#/, ''))
  const mode = MODES.find((one) => one === said.get('ask'))
  if (mode === undefined) return null
  return {
    mode,
    lines: said.getAll('line'),
    templates: said.getAll('prompt'),
    model: said.get('model') ?? '',
    sample: said.get('sample') ?? '',
  }
}
