/**
 * The picture field: a picture is chosen, dropped, pasted or a sample.
 * @module
 */
import { byId, problemPlace, say } from './dom.js'
import { formatBytes } from './figures.js'
import { formatType, preparePicture, UnusablePicture } from './picture.js'

/**
 * @typedef {object} Taken
 * @property {Blob} blob - sent as it is
 * @property {string} name - of a file with these bytes
 * @property {boolean} kept - whether the visitor has such a file
 * @property {string} sample - name of the sample; empty for another picture
 * @property {(() => Promise<void>) | null} again - has the browser encode it, unless it did or cannot
 */

/** @typedef {{name: string, alt: string, kept: boolean, sample?: string, aside?: string}} About */

/**
 * @param {object} page
 * @param {() => void} page.changed
 * @param {(target: EventTarget | null) => boolean} page.isWords - whether an element is a text field
 */
export function startPictureField({ changed, isWords }) {
  const drop = byId('drop', HTMLDivElement)
  const file = byId('file', HTMLInputElement)
  const preview = byId('preview', HTMLImageElement)
  const facts = byId('picture-facts', HTMLParagraphElement)
  const notice = byId('picture-notice', HTMLParagraphElement)
  const problem = problemPlace('picture-problem', file)

  /** @type {Taken | null} */
  let taken = null
  /** The reason why the last picture could not be taken. */
  let refusal = ''
  /** Counts choices, so that a slow one cannot overtake a later one. */
  let choice = 0
  /** @type {Promise<void>} */
  let reading = Promise.resolve()

  /**
   * @param {Blob | Promise<Blob | null>} given - null if it could not be loaded
   * @param {About} about - with `aside`, a remark that stays
   * @param {boolean} [refused] - whether the server refuses the file as it is
   */
  function take(given, about, refused) {
    reading = read(given, about, refused)
    return reading
  }

  /** Waits until no picture is being read. */
  async function settled() {
    for (let last = null; last !== reading;) {
      last = reading
      await last.catch(() => {})
    }
  }

  /** @type {typeof take} */
  async function read(given, { name, alt, kept, sample = '', aside = '' }, refused = false) {
    const mine = ++choice
    refusal = ''
    problem.clear()
    say(notice)
    facts.textContent = 'Reading the picture…'
    for (const button of document.querySelectorAll('[data-sample]'))
      button.setAttribute('aria-pressed', String(button.getAttribute('data-sample') === sample))
    taken = null
    changed()
    try {
      const blob = await given
      if (blob === null) throw new UnusablePicture('The sample could not be loaded. Try again.')
      const prepared = await preparePicture(blob, refused)
      if (mine !== choice) return
      taken = {
        blob: prepared.blob,
        name: prepared.notice === null ? name : sentName(name, prepared.blob.type),
        kept: kept && prepared.notice === null,
        sample,
        again:
          prepared.notice === null && prepared.width !== null ? () => take(blob, { name, alt, kept, sample, aside }, true) : null,
      }
      if (preview.src) URL.revokeObjectURL(preview.src)
      preview.src = URL.createObjectURL(prepared.blob)
      preview.alt = alt
      preview.hidden = prepared.width === null
      const size = prepared.width === null ? 'this browser cannot show it' : `${prepared.width} × ${prepared.height} px`
      facts.textContent = `${name}: ${size}, ${formatBytes(prepared.blob.size)} ${formatType(prepared.blob.type)}`
      byId('choose-words', HTMLSpanElement).textContent = 'Choose another picture'
      const remarks = [aside, prepared.notice ?? ''].filter(Boolean).join(' ')
      if (remarks) say(notice, remarks)
    } catch (error) {
      if (mine !== choice) return
      preview.hidden = true
      facts.textContent = ''
      if (!(error instanceof UnusablePicture)) throw error
      refusal = error.message
      problem.tell(refusal)
    }
  }

  /** Says why there is no picture to ask about. */
  function tellMissing() {
    if (refusal) problem.tell(refusal)
    else problem.tell('There is no picture yet.', 'Choose one, drop one on the page, or take a sample.')
  }

  /**
   * @param {FileList | null | undefined} files
   * @param {boolean} kept
   */
  function takeFirst(files, kept) {
    const [first, ...others] = files ?? []
    if (first === undefined) return
    const name = first.name || 'picture'
    const aside =
      others.length === 0 ? '' : `One picture is asked about at a time: of ${others.length + 1} files, this is ${name}.`
    void take(first, { name, alt: `Your picture${first.name && `, ${first.name}`}`, kept, aside })
  }

  file.addEventListener('change', () => {
    takeFirst(file.files, true)
    // Otherwise choosing the same file again, after it changed on disk, would not fire this event.
    file.value = ''
  })

  const carriesFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') === true
  // The whole page accepts a drop: otherwise a near miss would open the file and lose the words.
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
    takeFirst(event.dataTransfer?.files, true)
  })
  document.addEventListener('paste', (event) => {
    const data = event.clipboardData
    // A word processor's clipboard also holds a picture of the text; in a text field, the text is meant.
    if (!data || data.files.length === 0 || (isWords(event.target) && data.types.includes('text/plain'))) return
    event.preventDefault()
    takeFirst(data.files, false)
  })

  return { take, settled, tellMissing, problem, taken: () => taken }
}

/**
 * @param {string} name
 * @param {string} type
 */
function sentName(name, type) {
  return `${name.replace(/\.\w{1,5}$/, '')}-as-sent.${type.replace('image/', '').replace('jpeg', 'jpg')}`
}
