/**
 * Pages of many kinds, made up from a seed: what a screen may show. Texts come from the README files of this
 * repository's packages.
 * @module
 */

/** Numbers below 1, the same for the same seed. */
export type Random = () => number

export interface Material {
  /** Paragraphs of running text. */
  readonly texts: readonly string[]
  /** `data:` URIs of photographs. */
  readonly photographs: readonly string[]
}

type Family = (r: Random, material: Material) => string

export const pick = <T>(r: Random, from: readonly T[]): T => from[Math.floor(r() * from.length)]!
const between = (r: Random, low: number, high: number) => Math.round(low + r() * (high - low))
const repeat = (count: number, make: (at: number) => string) => Array.from({ length: count }, (_, at) => make(at)).join('')
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const words = (r: Random, { texts }: Material, count: number) => {
  const all = pick(r, texts).split(/\s+/)
  const from = Math.floor(r() * Math.max(1, all.length - count))
  return escape(all.slice(from, from + count).join(' '))
}
const hue = (r: Random, saturation: number, light: number) => `hsl(${between(r, 0, 360)} ${saturation}% ${light}%)`

function theme(r: Random) {
  const dark = r() < 0.35
  const accent = hue(r, between(r, 40, 90), dark ? 60 : 45)
  const ground = dark ? `hsl(${between(r, 0, 360)} ${between(r, 0, 20)}% ${between(r, 5, 15)}%)` : pick(r, ['#fff', '#fff', '#fafafa', '#f4f6f8', '#fffdf5'])
  return dark
    ? { ground, ink: '#ddd', line: '#444', card: '#2a2a2e', accent }
    : { ground, ink: pick(r, ['#111', '#222', '#333']), line: '#ddd', card: pick(r, ['#fff', '#f3f3f3', '#eef3fa']), accent }
}

function page(r: Random, body: (colours: ReturnType<typeof theme>) => string, font?: string): string {
  const colours = theme(r)
  const family = font ?? pick(r, ['sans-serif', 'serif', 'Open Sans', 'sans-serif', 'monospace'])
  return `<!doctype html><style>*{box-sizing:border-box}body{margin:0;background:${colours.ground};color:${colours.ink};
    font:${between(r, 11, 19)}px/${1.2 + r() * 0.6} ${family}}a{color:${colours.accent}}table{border-collapse:collapse}
    td,th{border:1px solid ${colours.line};padding:${between(r, 2, 9)}px}</style><body>${body(colours)}`
}

const header = (r: Random, m: Material, accent: string) =>
  `<div style="background:${accent};color:#fff;padding:12px 20px;display:flex;gap:24px"><b>${words(r, m, 1)}</b>${repeat(between(r, 2, 6), () => `<span>${words(r, m, 1)}</span>`)}</div>`

const article: Family = (r, m) =>
  page(r, ({ accent }) => `${r() < 0.7 ? header(r, m, accent) : ''}<div style="max-width:${between(r, 400, 1100)}px;margin:${pick(r, ['0 auto', '0 30px'])};padding:20px">
    <h1>${words(r, m, 5)}</h1>${repeat(between(r, 4, 14), (at) => (at % 4 === 3 ? `<h2>${words(r, m, 3)}</h2>` : '') + `<p>${words(r, m, between(r, 20, 110))} <a href="#">${words(r, m, 2)}</a></p>`)}</div>`)

const code: Family = (r, m) => {
  const dark = r() < 0.6
  const [ground, ink] = dark ? [pick(r, ['#1e1e1e', '#282c34', '#002b36', '#0d1117', '#272822']), '#ccc'] : ['#fff', '#222']
  const colours = Array.from({ length: 5 }, () => hue(r, 60, dark ? 65 : 38))
  const files = `<div style="width:${between(r, 120, 240)}px;padding:10px;background:${dark ? '#0006' : '#0001'};font-family:sans-serif">${repeat(25, () => `<div>${words(r, m, 1)}.ts</div>`)}</div>`
  return `<!doctype html><body style="margin:0;background:${ground};color:${ink};display:flex;font:${between(r, 11, 17)}px/1.5 monospace">
    ${r() < 0.7 ? files : ''}
    <pre style="margin:8px">${repeat(60, (at) => `<span style="opacity:.4">${String(at + 1).padStart(3)} </span>${' '.repeat(between(r, 0, 4) * 2)}${repeat(between(r, 1, 9), () => `<span style="color:${pick(r, colours)}">${words(r, m, 1)}</span>${pick(r, [' ', '(', ') ', ' = ', '.', '; '])}`)}\n`)}</pre>`
}

const chart = (r: Random, accent: string, width: number, height: number) => {
  const points = Array.from({ length: between(r, 6, 24) }, () => r())
  const step = width / points.length
  const bars = points.map((y, at) => `<rect x="${at * step}" y="${height * (1 - y)}" width="${step * 0.7}" height="${height * y}" fill="${accent}"/>`).join('')
  const line = `<polyline fill="none" stroke="${accent}" stroke-width="2" points="${points.map((y, at) => `${at * step},${height * y}`).join(' ')}"/>`
  return `<svg width="${width}" height="${height}">${repeat(5, (at) => `<line x1="0" x2="${width}" y1="${(at * height) / 5}" y2="${(at * height) / 5}" stroke="#8884"/>`)}${r() < 0.5 ? bars : line}</svg>`
}

const dashboard: Family = (r, m) =>
  page(r, ({ card, line, accent }) => `${header(r, m, accent)}<div style="display:grid;grid-template-columns:repeat(${between(r, 2, 4)},1fr);gap:14px;padding:16px">${repeat(
    between(r, 4, 12),
    () => `<div style="background:${card};border:1px solid ${line};border-radius:${between(r, 0, 12)}px;padding:12px"><small>${words(r, m, 3)}</small><div style="font-size:2em">${between(r, 1, 9999)}</div>${r() < 0.7 ? chart(r, r() < 0.6 ? accent : hue(r, 60, 50), 220, 110) : words(r, m, 25)}</div>`,
  )}</div>`, 'sans-serif')

const table: Family = (r, m) =>
  page(r, ({ accent }) => `${r() < 0.5 ? header(r, m, accent) : ''}<table style="width:100%"><tr>${repeat(8, () => `<th>${words(r, m, 1)}</th>`)}</tr>${repeat(between(r, 12, 50), () => `<tr>${repeat(8, (at) => `<td>${at % 3 === 1 ? (r() * 1000).toFixed(2) : words(r, m, between(r, 1, 3))}</td>`)}</tr>`)}</table>`)

const form: Family = (r, m) =>
  page(r, ({ card, line, accent }) => `<div style="max-width:${between(r, 300, 700)}px;margin:40px auto;background:${card};border:1px solid ${line};padding:24px"><h2>${words(r, m, 3)}</h2>${repeat(
    between(r, 4, 10),
    () => `<p><label>${words(r, m, 2)}<br>${pick(r, [`<input value="${words(r, m, 2).replaceAll('"', '')}" style="width:100%">`, '<input type="checkbox" checked> yes', `<select><option>${words(r, m, 1)}</select>`, '<input type="range">', '<textarea rows="3" style="width:100%"></textarea>'])}</label></p>`,
  )}<button style="background:${accent};color:#fff;border:0;padding:8px 18px">${words(r, m, 1)}</button></div>`, 'sans-serif')

const chat: Family = (r, m) =>
  page(r, ({ card, accent }) => `${header(r, m, accent)}<div style="padding:12px">${repeat(between(r, 5, 16), () => {
    const mine = r() < 0.5
    return `<div style="max-width:70%;width:fit-content;margin:8px ${mine ? '0 8px auto' : 'auto 8px 0'};background:${mine ? accent : card};color:${mine ? '#fff' : 'inherit'};padding:9px 14px;border-radius:16px">${words(r, m, between(r, 2, 40))}</div>`
  })}</div>`, 'sans-serif')

const withPictures: Family = (r, m) =>
  page(r, ({ card, line, accent }) => `${header(r, m, accent)}<div style="display:grid;grid-template-columns:repeat(${between(r, 2, 5)},1fr);gap:16px;padding:16px">${repeat(between(r, 4, 12), () => `<div style="background:${card};border:1px solid ${line}"><img src="${pick(r, m.photographs)}" style="width:100%;height:${between(r, 70, 160)}px;object-fit:cover"><div style="padding:8px"><b>${words(r, m, 3)}</b><p>${words(r, m, between(r, 8, 30))}</p></div></div>`)}</div>`)

const landing: Family = (r, m) => {
  const picture = r() < 0.4 ? `url(${pick(r, m.photographs)}) center/cover` : `linear-gradient(${between(r, 0, 360)}deg, ${hue(r, between(r, 20, 90), between(r, 25, 75))}, ${hue(r, between(r, 20, 90), between(r, 25, 75))})`
  return `<!doctype html><body style="margin:0;min-height:100vh;background:${picture};color:#fff;font:${between(r, 13, 20)}px sans-serif;text-shadow:${r() < 0.5 ? '0 1px 3px #0008' : 'none'}">
    <div style="padding:14px 30px;display:flex;gap:26px"><b>${words(r, m, 1)}</b>${repeat(5, () => `<span>${words(r, m, 1)}</span>`)}</div>
    <div style="padding:${between(r, 20, 120)}px 40px"><h1>${words(r, m, between(r, 3, 8))}</h1><p style="max-width:520px">${words(r, m, between(r, 15, 60))}</p><button style="padding:12px 26px;border:0;border-radius:8px;background:#fff">${words(r, m, 2)}</button></div>
    <div style="display:flex;gap:18px;padding:30px">${repeat(between(r, 0, 4), () => `<div style="flex:1;background:#fffe;color:#333;padding:16px;border-radius:10px;text-shadow:none"><b>${words(r, m, 2)}</b><p>${words(r, m, between(r, 8, 30))}</p></div>`)}</div>`
}

const terminal: Family = (r, m) => {
  const [ground, ink] = pick(r, [['#000', '#ccc'], ['#300a24', '#eee'], ['#fff', '#111'], ['#000', '#3f3'], ['#1a1b26', '#a9b1d6']])
  return `<!doctype html><body style="margin:0;background:${ground};color:${ink};font:${between(r, 12, 18)}px/1.3 monospace"><pre style="margin:4px;white-space:pre-wrap">${repeat(between(r, 15, 70), () => (r() < 0.3 ? `<span style="color:${hue(r, 80, 55)}">user@host</span>:~$ ${words(r, m, between(r, 1, 5))}\n` : `${words(r, m, between(r, 3, 16))}\n`))}</pre>`
}

const mail: Family = (r, m) =>
  page(r, ({ line, card, accent }) => `<div style="display:flex;height:100vh"><div style="width:180px;background:${card};padding:12px">${repeat(9, (at) => `<p style="${at === 1 ? `color:${accent};font-weight:bold` : ''}">${words(r, m, 1)}</p>`)}</div><div style="width:300px;border-left:1px solid ${line};border-right:1px solid ${line}">${repeat(14, () => `<div style="border-bottom:1px solid ${line};padding:8px"><b>${words(r, m, 2)}</b><br>${words(r, m, 6)}</div>`)}</div><div style="padding:20px;flex:1"><h3>${words(r, m, 5)}</h3>${repeat(5, () => `<p>${words(r, m, 45)}</p>`)}</div></div>`, 'sans-serif')

const desktop: Family = (r, m) => {
  const ground = `linear-gradient(${between(r, 0, 360)}deg, ${hue(r, 60, 40)}, ${hue(r, 60, 60)})`
  const window = () => `<div style="position:absolute;left:${between(r, 2, 45)}%;top:${between(r, 4, 40)}%;width:${between(r, 35, 55)}%;height:${between(r, 35, 55)}%;background:${pick(r, ['#fff', '#f0f0f0', '#2b2b2b'])};color:#777;border:1px solid #888;box-shadow:0 4px 18px #0006;overflow:hidden"><div style="background:${pick(r, ['#ddd', '#3a6ea5', '#444'])};color:#000;padding:4px 8px">${words(r, m, 2)} <span style="float:right">– □ ×</span></div><div style="padding:10px">${repeat(6, () => `<p>${words(r, m, 18)}</p>`)}</div></div>`
  return `<!doctype html><body style="margin:0;height:100vh;background:${ground};font:13px sans-serif">${repeat(between(r, 1, 3), window)}<div style="position:absolute;bottom:0;width:100%;height:38px;background:#222;color:#eee;padding:9px">${words(r, m, 6)}</div>`
}

/** Families that the detector is fitted on, and families that it is measured on. */
export const FAMILIES: Readonly<Record<'train' | 'test', Readonly<Record<string, Family>>>> = {
  train: { article, code, dashboard, table, form, chat, withPictures, landing },
  test: { terminal, mail, desktop },
}
