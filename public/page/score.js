/**
 * Score a picture: take one in, take captions, show what comes back and how it can be had again.
 * @module
 */
import { explain, Problem, score } from './api.js'
import { byId, counted, element, formatBytes, formatNumber, say } from './dom.js'
import { dataUri, formatType, preparePicture, UnusablePicture } from './picture.js'

const MAX_CAPTIONS = 16

/** The most that a pair can score, so that bars compare across pictures. */
const FULL_SCALE = { 'clipscore-2.5': 2.5, 'torchmetrics-100': 100, cosine: 1 }

const HOW = {
  'clipscore-2.5': 'A score is 2.5 × the cosine of the two embeddings, and 0 where that is negative.',
  'torchmetrics-100': 'A score is 100 × the cosine of the two embeddings.',
  cosine: 'A score is the cosine of the two embeddings.',
}

/** @type {Record<string, {file: string, alt: string, captions: readonly string[]}>} */
const SAMPLES = {
  fox: {
    file: 'fox.jpg',
    alt: 'The face of an orange fox',
    captions: ['a fox', 'a dog', 'a red apple', 'a sailboat on the water'],
  },
  apple: {
    file: 'red-apple.png',
    alt: 'A red apple with a green leaf',
    captions: ['a red apple', 'a green apple', 'a ripe tomato', 'a cartoon of a fox'],
  },
  boat: {
    file: 'sailboat.webp',
    alt: 'A sailboat with orange sails on blue water',
    captions: ['a sailboat on the water', 'an airplane', 'a clip art picture of a tent', 'an umbrella'],
  },
  octopus: {
    file: 'octopus.webp',
    alt: 'A purple octopus',
    captions: ['an octopus', 'a crab', 'an umbrella', 'a bunch of grapes'],
  },
}

export function startScore() {
  const form = byId('score-form', HTMLFormElement)
  const drop = byId('drop', HTMLDivElement)
  const file = byId('file', HTMLInputElement)
  const preview = byId('preview', HTMLImageElement)
  const facts = byId('picture-facts', HTMLParagraphElement)
  const notice = byId('picture-notice', HTMLParagraphElement)
  const captions = byId('captions', HTMLTextAreaElement)
  const count = byId('captions-count', HTMLSpanElement)
  const submit = byId('submit', HTMLButtonElement)
  const status = byId('score-status', HTMLParagraphElement)
  const problems = {
    picture: byId('picture-problem', HTMLParagraphElement),
    captions: byId('captions-problem', HTMLParagraphElement),
    score: byId('score-problem', HTMLParagraphElement),
  }
  const samples = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll('[data-sample]')])

  /** @type {import('./picture.js').Picture | null} */
  let picture = null
  let busy = false
  /** Counts choices, so that a slow one cannot overtake a later one. */
  let choice = 0
  /** Counts changes, so that scores can be called stale. */
  let version = 0
  let scoredVersion = -1

  const lines = () =>
    captions.value
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')

  function changed() {
    version++
    byId('results-stale', HTMLParagraphElement).hidden = scoredVersion === -1
    say(problems.score)
  }

  /**
   * @param {'picture' | 'captions' | 'score'} place
   * @param {string} what
   * @param {string} [advice]
   */
  function complain(place, what, advice = '') {
    const sentence = what.charAt(0).toUpperCase() + what.slice(1) + (/[.!?]$/.test(what) ? '' : '.')
    say(problems[place], element('strong', {}, sentence), advice && ` ${advice}`)
    const field = place === 'picture' ? file : place === 'captions' ? captions : null
    field?.setAttribute('aria-invalid', 'true')
    return field
  }

  /** @param {'picture' | 'captions' | 'score'} place */
  function settle(place) {
    say(problems[place])
    if (place === 'picture') file.removeAttribute('aria-invalid')
    if (place === 'captions') captions.removeAttribute('aria-invalid')
  }

  /**
   * @param {Blob} blob
   * @param {{name: string, alt: string, sample?: string}} about
   */
  async function take(blob, { name, alt, sample = '' }) {
    const mine = ++choice
    settle('picture')
    say(notice)
    facts.textContent = 'Reading the picture…'
    for (const button of samples) button.setAttribute('aria-pressed', String(button.dataset['sample'] === sample))
    picture = null
    changed()
    try {
      const prepared = await preparePicture(blob)
      if (mine !== choice) return
      picture = prepared
      if (preview.src) URL.revokeObjectURL(preview.src)
      preview.src = URL.createObjectURL(prepared.blob)
      preview.alt = alt
      preview.hidden = prepared.width === null
      const size = prepared.width === null ? 'this browser cannot show it' : `${prepared.width} × ${prepared.height} px`
      facts.textContent = `${name}: ${size}, ${formatBytes(prepared.blob.size)} ${formatType(prepared.blob.type)}`
      byId('choose-words', HTMLSpanElement).textContent = 'Choose another picture'
      if (prepared.notice) say(notice, prepared.notice)
    } catch (error) {
      if (mine !== choice) return
      preview.hidden = true
      facts.textContent = ''
      if (!(error instanceof UnusablePicture)) throw error
      complain('picture', error.message)
    }
  }

  /** @param {FileList | null | undefined} files */
  function takeFirst(files) {
    const [first] = files ?? []
    if (first)
      void take(first, { name: first.name || 'Pasted picture', alt: `Your picture${first.name ? `, ${first.name}` : ''}` })
  }

  file.addEventListener('change', () => {
    takeFirst(file.files)
    // So that choosing the same file again, after it was changed on disk, is a change.
    file.value = ''
  })

  const carriesFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') === true
  // The whole page takes a drop: a near miss would otherwise open the file and lose the captions.
  for (const kind of /** @type {const} */ (['dragenter', 'dragover']))
    document.addEventListener(kind, (event) => {
      if (!carriesFile(event)) return
      event.preventDefault()
      drop.classList.add('over')
    })
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.classList.remove('over')
  })
  document.addEventListener('drop', (event) => {
    drop.classList.remove('over')
    if (!carriesFile(event)) return
    event.preventDefault()
    takeFirst(event.dataTransfer?.files)
  })
  document.addEventListener('paste', (event) => {
    const data = event.clipboardData
    // A word processor's clipboard holds a picture of the text as well: in the captions, text is meant.
    if (!data || data.files.length === 0 || (event.target === captions && data.types.includes('text/plain'))) return
    event.preventDefault()
    takeFirst(data.files)
  })

  for (const button of samples)
    button.addEventListener('click', async () => {
      const sample = SAMPLES[button.dataset['sample'] ?? '']
      if (!sample) return
      // Captions that a person wrote stay; those of another sample go.
      const own = lines().join('\n')
      if (own === '' || Object.values(SAMPLES).some((other) => other.captions.join('\n') === own)) {
        captions.value = sample.captions.join('\n')
        counts()
        settle('captions')
      }
      const response = await fetch(`/samples/${sample.file}`).catch(() => null)
      if (!response?.ok) return void complain('picture', 'The sample could not be loaded.', 'Try again.')
      await take(await response.blob(), { name: sample.file, alt: sample.alt, sample: button.dataset['sample'] ?? '' })
    })

  function counts() {
    const { length } = lines()
    count.textContent = length === 0 ? '' : `Now ${length}.`
  }

  captions.addEventListener('input', () => {
    counts()
    settle('captions')
    changed()
  })
  captions.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    const texts = lines()
    settle('score')
    settle('captions')
    let field = null
    if (texts.length === 0) field = complain('captions', 'There is no caption yet.', 'Type at least one.')
    else if (texts.length > MAX_CAPTIONS)
      field = complain(
        'captions',
        `These are ${texts.length} captions; the page scores at most ${MAX_CAPTIONS} at once.`,
        'Take some away, or use the API for up to 64.',
      )
    if (picture === null)
      field = complain('picture', 'There is no picture yet.', 'Choose one, drop one on the page, or take a sample.')
    if (field !== null || picture === null) return void field?.focus()

    busy = true
    submit.setAttribute('aria-disabled', 'true')
    submit.textContent = 'Scoring…'
    status.textContent = 'Scoring…'
    const asked = version
    try {
      const answer = await score(await dataUri(picture.blob), texts)
      scoredVersion = asked
      show(answer)
      byId('results-stale', HTMLParagraphElement).hidden = version === asked
      const best = ranked(answer)[0]
      status.textContent = best
        ? `${counted(answer.data.length, 'caption')} scored. Best: ${best.text}, ${formatNumber(best.score, 3)}.`
        : 'No caption was scored.'
    } catch (error) {
      status.textContent = ''
      if (error instanceof Problem) {
        const { place, advice } = explain(error)
        complain(place, error.message, advice)?.focus()
      } else if (error instanceof UnusablePicture) complain('picture', error.message)
      else throw error
    } finally {
      busy = false
      submit.removeAttribute('aria-disabled')
      submit.textContent = 'Score'
    }
  })
}

/** @param {import('./api.js').ScoreResponse} answer */
function ranked({ data }) {
  return data.toSorted((a, b) => b.score - a.score || b.cosine - a.cosine || a.index - b.index)
}

/** @param {import('./api.js').ScoreResponse} answer */
function show(answer) {
  const { variant, model, metric, image, identity } = answer
  const full = FULL_SCALE[variant]
  byId('results-list', HTMLOListElement).replaceChildren(
    ...ranked(answer).map(({ text, score, cosine, tokens, truncated }) => {
      const bar = element('span')
      bar.style.setProperty('--share', `${Math.min(100, Math.max(0, (100 * score) / full))}%`)
      const facts = element('span', { class: 'result-facts' }, `cosine ${formatNumber(cosine, 4)}, ${counted(tokens, 'token')}`)
      if (truncated)
        facts.append(', ', element('strong', { class: 'result-cut' }, `cut: the model read only the first ${tokens} tokens`))
      return element(
        'li',
        { class: 'result' },
        element('span', { class: 'result-text' }, text),
        element('span', { class: 'result-score' }, formatNumber(score, 3)),
        element('span', { class: 'streak', 'aria-hidden': 'true' }, bar),
        facts,
      )
    }),
  )
  byId('axis-end', HTMLSpanElement).textContent = `${full}, the most possible`
  byId('results-explained', HTMLParagraphElement).textContent =
    `${HOW[variant]} Compare captions of one picture; a single number says little by itself.`
  byId('stamp', HTMLDivElement).replaceChildren(
    punch(model, 'model'),
    punch(variant, 'measure'),
    punch(identity.model_digest.replace(/^sha256:/, '').slice(0, 12), 'model digest'),
  )
  /** @type {[string, string][]} */
  const rows = [
    ['Model', model],
    ['Metric', `${metric}, ${variant}`],
    ['Model digest', identity.model_digest],
    ['Preprocessing digest', identity.preprocessing_digest],
    ['Runtime', identity.runtime],
    ['Picture, SHA-256', image.sha256],
    [
      'Picture as received',
      `${image.width} × ${image.height} px, ${image.bytes.toLocaleString('en')} bytes, ${image.media_type}`,
    ],
  ]
  byId('identity', HTMLDListElement).replaceChildren(
    ...rows.flatMap(([term, value]) => [element('dt', {}, term), element('dd', { class: 'digest' }, value)]),
  )
  byId('results', HTMLDivElement).hidden = false
}

/**
 * @param {string} mark
 * @param {string} meaning
 */
function punch(mark, meaning) {
  return element('span', { class: 'punch' }, element('b', {}, mark), element('span', {}, meaning))
}
