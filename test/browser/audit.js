/**
 * Runs inside the page, as text for `page.evaluate`: returns one sentence per obstacle. Covers the computable
 * part of accessibility: names, labels, headings, ids, contrast (WCAG 2.2 AA), target sizes, overflow.
 */
;(() => {
  /** @type {string[]} */
  const found = []
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('body *')])
  const name = (/** @type {Element} */ element) =>
    `<${element.tagName.toLowerCase()}${element.id && `#${element.id}`}${element.classList.length > 0 ? `.${[...element.classList].join('.')}` : ''}>`
  const shown = (/** @type {HTMLElement} */ element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0
  const hiddenFromSight = (/** @type {HTMLElement} */ element) => element.closest('.visually-hidden, .file, .skip') !== null

  if (!document.documentElement.lang) found.push('<html> has no lang')
  if (document.querySelectorAll('main').length !== 1) found.push('there is not one <main>')
  if (document.querySelectorAll('h1').length !== 1) found.push('there is not one <h1>')

  const ids = all.map(({ id }) => id).filter(Boolean)
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) found.push(`#${id} is there twice`)
  for (const element of all)
    for (const attribute of ['aria-describedby', 'aria-labelledby', 'for'])
      for (const id of (element.getAttribute(attribute) ?? '').split(/\s+/).filter(Boolean))
        if (document.getElementById(id) === null) found.push(`${name(element)} ${attribute} names #${id}, which is not there`)

  let level = 0
  for (const heading of all.filter((element) => /^H[1-6]$/.test(element.tagName) && shown(element))) {
    const next = Number(heading.tagName[1])
    if (next > level + 1) found.push(`heading "${heading.textContent}" jumps from level ${level} to ${next}`)
    level = next
  }

  for (const image of document.images) if (image.getAttribute('alt') === null) found.push(`${name(image)} has no alt`)
  for (const control of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input, textarea, select')))
    if ((control.labels?.length ?? 0) === 0 && !control.ariaLabel) found.push(`${name(control)} has no label`)
  for (const control of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('button, a[href], summary')))
    if (shown(control) && !(control.ariaLabel || control.textContent?.trim())) found.push(`${name(control)} has no name`)
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption?.textContent) found.push(`${name(table)} has no caption`)
    const columns = table.tHead?.rows[0]?.cells.length
    for (const row of table.tBodies[0]?.rows ?? [])
      if (row.cells.length !== columns) found.push(`${name(table)} has a ragged row`)
    for (const cell of table.querySelectorAll('tr, th, td'))
      if (!cell.getAttribute('role')) found.push(`${name(cell)} of a table has no role`)
  }

  /** @typedef {[number, number, number, number]} Colour */
  /** @param {string} text @returns {Colour} */
  const parse = (text) => {
    const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number)
    return [r, g, b, a]
  }
  /** @param {Colour} over @param {Colour} under @returns {Colour} */
  const blend = ([r, g, b, a], [r2, g2, b2]) => [r * a + r2 * (1 - a), g * a + g2 * (1 - a), b * a + b2 * (1 - a), 1]
  /** @param {Colour} colour */
  const luminance = (colour) => {
    const [r = 0, g = 0, b = 0] = colour.slice(0, 3).map((part) => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  /** @param {Colour} a @param {Colour} b */
  const contrast = (a, b) => {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }
  /** @param {Element | null} element @returns {Colour} */
  const ground = (element) => {
    if (element === null) return [255, 255, 255, 1]
    const own = parse(getComputedStyle(element).backgroundColor)
    return own[3] === 1 ? own : blend(own, ground(element.parentElement))
  }
  /** @param {string} what @param {Colour} colour @param {Colour} under @param {number} least */
  const demand = (what, colour, under, least) => {
    const ratio = contrast(blend(colour, under), under)
    if (ratio < least) found.push(`${what}: contrast ${ratio.toFixed(2)}, needs ${least}`)
  }

  for (const element of all) {
    if (!shown(element) || hiddenFromSight(element)) continue
    const style = getComputedStyle(element)
    if ([...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim())) {
      const size = Number.parseFloat(style.fontSize)
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
      demand(
        `${name(element)} "${element.textContent?.trim().slice(0, 30)}"`,
        parse(style.color),
        ground(element),
        large ? 3 : 4.5,
      )
    }
    if (element.matches('.button, .sample, .mode, textarea, select, .drop'))
      demand(`${name(element)} border`, parse(style.borderTopColor), ground(element.parentElement), 3)
    if (element.matches('textarea'))
      demand('placeholder', parse(getComputedStyle(element, '::placeholder').color), ground(element), 4.5)
    if (element.matches('.results-list li:first-child .streak span'))
      demand('first bar', parse(style.backgroundColor), ground(element.parentElement), 3)
    if (element.matches('.whisker-value')) demand('value tick', parse(style.fill), ground(element.parentElement), 3)
    // Links inside sentences are exempt, by WCAG 2.5.8.
    if (element.matches('button, .button, summary, nav a, textarea, select, .mode')) {
      const { width, height } = element.getBoundingClientRect()
      if (width < 24 || height < 24) found.push(`${name(element)} is ${width} × ${height} px, needs 24 × 24`)
    }
    if (element.matches('svg *')) continue
    const { left, right } = element.getBoundingClientRect()
    if ((left < -0.5 || right > innerWidth + 0.5) && element.closest('pre, .scroll') === null)
      found.push(`${name(element)} reaches beyond the window`)
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways')
  return found
})()
