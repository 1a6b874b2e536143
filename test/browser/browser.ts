/**
 * Chromium from the npm package, unpacked under `.assay/`: a real browser without installation or download.
 * `ASSAY_CHROMIUM` names another one, which arm64 needs, since the package has x64 only.
 * @module
 */
import { inflate } from '@sparticuz/chromium'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser } from 'playwright-core'
import { WORK } from '../../scripts/paths.ts'

/** Launches a headless Chromium; the caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env['ASSAY_CHROMIUM']
  if (own) return chromium.launch({ executablePath: own, args: ['--no-sandbox'] })
  const home = await unpacked()
  return chromium.launch({
    executablePath: join(home, 'chromium'),
    // The sandbox needs privileges that containers lack; the only page opened is ours.
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
    env: {
      ...process.env,
      FONTCONFIG_FILE: await fontConfiguration(home),
      // The libraries that a bare container lacks (NSS and its kind) come with the package.
      LD_LIBRARY_PATH: [join(home, 'al2023', 'lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':'),
    },
  })
}

/**
 * The directory of the unpacked browser. It appears by a rename, so an interrupted unpacking is never used.
 */
async function unpacked(): Promise<string> {
  if (process.arch !== 'x64')
    throw new Error(`@sparticuz/chromium has no ${process.arch} build: set ASSAY_CHROMIUM to a Chromium`)
  const root = fileURLToPath(new URL('../../node_modules/@sparticuz/chromium/', import.meta.url))
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const home = join(WORK, `chromium-${version}`)
  if (existsSync(home)) return home

  const scratch = `${home}.${process.pid}.tmp`
  await mkdir(scratch, { recursive: true })
  // The package unpacks into the system's temporary directory and reuses any files there.
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = scratch
  try {
    for (const file of ['chromium.br', 'fonts.tar.br', 'al2023.tar.br']) await inflate(join(root, 'bin', file))
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
  await rename(scratch, home).catch(async (error: unknown) => {
    // Another process was faster.
    await rm(scratch, { recursive: true, force: true })
    if (!existsSync(home)) throw error
  })
  return home
}

/**
 * The package's own configuration names `/tmp/fonts`. Without fonts text is invisible and the first `<input>`
 * crashes the browser, so this configuration names the fonts' folder.
 */
async function fontConfiguration(home: string): Promise<string> {
  const file = join(home, 'fonts.conf')
  const text = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(home, 'fonts')}</dir><cachedir>${join(home, 'fonts-cache')}</cachedir></fontconfig>
`
  const scratch = `${file}.${process.pid}.tmp`
  await writeFile(scratch, text)
  await rename(scratch, file)
  return file
}
