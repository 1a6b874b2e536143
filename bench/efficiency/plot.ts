/**
 * Size against accuracy as a picture: one dot per form, with its interval.
 * @module
 */
import type { Measured } from './form.ts'

const WIDTH = 760
const PANEL = 200
const GAP = 56
const LEFT = 52
const RIGHT = 20
const TOP = 60

/** An SVG for light and dark: a panel per test, bytes across, accuracy up, dots numbered as in the legend. */
export function efficiencyPlot(forms: readonly Measured[]): string {
  const tests = Object.keys(forms[0]!.tests)
  const most = Math.max(...forms.map(({ bytes }) => bytes))
  const least = Math.min(...forms.flatMap((form) => Object.values(form.tests).map(({ low }) => low)))
  const floor = Math.max(0, Math.floor(least * 10) / 10)
  const x = (bytes: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * bytes) / (1.04 * most)
  const panels = tests.map((test, index) => {
    const bottom = TOP + PANEL + index * (PANEL + GAP)
    const y = (share: number): number => bottom - (PANEL * (share - floor)) / (1 - floor)
    const grid = [floor, (1 + floor) / 2, 1].map(
      (share) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${fixed(y(share))}" y2="${fixed(y(share))}"/>` +
        `<text class="axis" x="${LEFT - 8}" y="${fixed(y(share) + 4)}" text-anchor="end">${Math.round(100 * share)} %</text>`,
    )
    const dots = forms.map((form, number) => {
      const { accuracy, low, high } = form.tests[test]!
      const at = fixed(x(form.bytes))
      return (
        `<line class="${kindOf(form)}" x1="${at}" x2="${at}" y1="${fixed(y(low))}" y2="${fixed(y(high))}"/>` +
        `<circle class="${kindOf(form)}" cx="${at}" cy="${fixed(y(accuracy))}" r="4"/>` +
        `<text class="number" x="${fixed(x(form.bytes) + (number % 2 === 0 ? 6 : -6))}" y="${fixed(y(accuracy) + 4)}" text-anchor="${number % 2 === 0 ? 'start' : 'end'}">${number + 1}</text>`
      )
    })
    const sizes = [1, 2, 3, 4, 5]
      .filter((size) => size * 1e6 <= 1.04 * most)
      .map((size) => `<text class="axis" x="${fixed(x(size * 1e6))}" y="${bottom + 18}" text-anchor="middle">${size} MB</text>`)
    const { n } = forms[0]!.tests[test]!
    return [
      `<text class="title" x="${LEFT}" y="${bottom - PANEL - 10}">${escape(test)}, ${n} texts</text>`,
      ...grid,
      ...sizes,
      ...dots,
    ].join('')
  })
  const legend = TOP + tests.length * (PANEL + GAP)
  const names = forms.map(
    ({ name, webassembly_ms: time }, index) =>
      `<text x="${LEFT + (index % 2) * 350}" y="${legend + 18 * Math.floor(index / 2)}">${index + 1}  ${escape(name)}, ${time.toFixed(1)} ms</text>`,
  )
  const height = legend + 18 * Math.ceil(forms.length / 2) + 8
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Bytes and accuracy of every form of the transformer">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.axis,.number{fill:#59636e;font-size:11px}.grid{stroke:#d1d9e0}' +
      '.whole{fill:#0969da;stroke:#0969da}.cut{fill:#bf8700;stroke:#bf8700}.student{fill:#1a7f37;stroke:#1a7f37}' +
      '@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.axis,.number{fill:#9198a1}.grid{stroke:#3d444d}.whole{fill:#4493f8;stroke:#4493f8}.cut{fill:#d29922;stroke:#d29922}.student{fill:#3fb950;stroke:#3fb950}}</style>',
    `<text class="title" x="${LEFT}" y="18">Bytes of the transformer and accuracy, 95 % intervals. Blue: all weights. Yellow: cut. Green: students.</text>`,
    ...panels,
    ...names,
    '</svg>',
    '',
  ].join('\n')
}

const fixed = (value: number): string => value.toFixed(1)
const kindOf = ({ name }: Measured): string => (name.startsWith('student') ? 'student' : name.includes('cut') ? 'cut' : 'whole')
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
