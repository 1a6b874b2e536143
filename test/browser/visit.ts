/**
 * A visit to the page that fails on a console error, a script error, or a request to another host.
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'

export interface Visit {
  readonly page: Page
  /**
   * Ends the visit and fails if something was noticed; `allow` matches console errors that this visit
   * provokes.
   */
  end(allow?: RegExp): Promise<void>
}

export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options)
  // Half a minute, which is usual, passes on a machine with a load of 20.
  context.setDefaultTimeout(120_000)
  const page = await context.newPage()
  const complaints: string[] = []
  const elsewhere: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('request', (request) => {
    const address = request.url()
    if (!address.startsWith(`${url}/`) && !/^(blob|data):/.test(address)) elsewhere.push(address)
  })
  await page.goto(`${url}/`)
  await page.locator('#boards[aria-busy="false"]').waitFor()
  return {
    page,
    async end(allow) {
      await context.close()
      expect(complaints.filter((text) => !allow?.test(text))).toEqual([])
      expect(elsewhere).toEqual([])
    },
  }
}

/** The browser itself logs failed answers. */
export const FAILED_ANSWER = /^Failed to load resource/

const AUDIT = readFile(new URL('audit.js', import.meta.url), 'utf8')

/** Faults that `audit.js` finds. */
export async function audit(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(await AUDIT)
}

/** Drags a file from outside the window and drops it on the page. */
export async function dropFile(page: Page, bytes: Uint8Array, name: string, type: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(carry(bytes, name, type))
  await page.dispatchEvent('body', 'dragover', { dataTransfer })
  expect(await page.locator('#drop').getAttribute('class')).toContain('over')
  await page.dispatchEvent('body', 'drop', { dataTransfer })
}

/** Pastes a file, with `text` beside it if given, like a word processor. Returns whether the page took it. */
export async function pasteFile(
  page: Page,
  bytes: Uint8Array,
  name: string,
  type: string,
  into = 'body',
  text?: string,
): Promise<boolean> {
  return page.evaluate<boolean>(`(() => {
    const clipboardData = ${carry(bytes, name, type)}
    const text = ${JSON.stringify(text ?? null)}
    if (text !== null) clipboardData.setData('text/plain', text)
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
    return !document.querySelector(${JSON.stringify(into)}).dispatchEvent(event)
  })()`)
}

/** An expression for a `DataTransfer` with one file. */
function carry(bytes: Uint8Array, name: string, type: string): string {
  const base64 = Buffer.from(bytes).toString('base64')
  return `(() => {
    const data = new DataTransfer()
    const bytes = Uint8Array.from(atob(${JSON.stringify(base64)}), (character) => character.charCodeAt(0))
    data.items.add(new File([bytes], ${JSON.stringify(name)}, { type: ${JSON.stringify(type)} }))
    return data
  })()`
}

/**
 * A picture drawn by the browser: flat, or as a JPEG a gradient with `noise` specks, which has a photograph's
 * size.
 */
export async function drawn(page: Page, width: number, height: number, type: string, noise = 0): Promise<Uint8Array> {
  const base64 = await page.evaluate<string>(`(async () => {
    const canvas = document.createElement('canvas')
    canvas.width = ${width}
    canvas.height = ${height}
    const context = canvas.getContext('2d')
    const gradient = context.createLinearGradient(0, 0, ${width}, ${height})
    gradient.addColorStop(0, '#135'); gradient.addColorStop(1, '#fc9')
    context.fillStyle = ${JSON.stringify(type)} === 'image/jpeg' ? gradient : '#fc9'
    context.fillRect(0, 0, ${width}, ${height})
    for (let i = 0; i < ${noise}; i++) {
      context.fillStyle = 'hsl(' + (i * 47) % 360 + ' 60% 50%)'
      context.fillRect((i * 7919) % ${width}, (i * 104729) % ${height}, 9, 9)
    }
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, ${JSON.stringify(type)}, 0.95))
    const bytes = new Uint8Array(await blob.arrayBuffer())
    let text = ''
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768))
    return btoa(text)
  })()`)
  return new Uint8Array(Buffer.from(base64, 'base64'))
}
