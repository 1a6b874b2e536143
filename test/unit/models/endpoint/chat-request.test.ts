/** The body of a chat completion, as the other side parses it. */
import { expect, test } from 'vitest'
import { encodeChatRequest } from '../../../../src/models/endpoint/chat/chat-request.ts'

const png = (...bytes: number[]) => ({ type: 'image', image: { mediaType: 'image/png', bytes: Uint8Array.from(bytes) } }) as const
const text = (words: string) => ({ type: 'text', text: words }) as const

const parsed = (request: Parameters<typeof encodeChatRequest>[0]): unknown =>
  JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(encodeChatRequest(request)))

test('several pictures stay in their order among the texts, across messages', () => {
  const messages = [
    { role: 'system', content: [text('Be brief.'), text('Say "yes" or "no".')] },
    { role: 'user', content: [text('Left:'), png(1), text('Right:'), png(2, 3), text('ü <image> {}"\\')] },
    { role: 'assistant', content: [text('yes')] },
    { role: 'user', content: [png(4, 5, 6), png()] },
  ] as const
  const url = (base64: string) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${base64}` } })
  expect(parsed({ model: 'm', messages, sampling: { temperature: 0 } })).toEqual({
    messages: [
      { role: 'system', content: 'Be brief.\nSay "yes" or "no".' },
      { role: 'user', content: [text('Left:'), url('AQ=='), text('Right:'), url('AgM='), text('ü <image> {}"\\')] },
      { role: 'assistant', content: 'yes' },
      { role: 'user', content: [url('BAUG'), url('')] },
    ],
    model: 'm',
    temperature: 0,
  })
})

test('a picture outside a message of the user is a mistake of the caller', () => {
  const messages = [{ role: 'system', content: [png(1)] }] as const
  expect(() => encodeChatRequest({ model: 'm', messages, sampling: {} })).toThrow('only a message of the user')
})
