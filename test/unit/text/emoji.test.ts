/** Emoji as their names. */
import { expect, test } from 'vitest'
import { nameEmoji } from '../../../src/text/emoji/name-emoji.ts'

test.each([
  ['a 🐕 runs', 'a dog runs', 1],
  ['🐕🐈', 'dog cat', 2],
  ['👍🏽', 'thumbs up', 1],
  ['❤️ and ❤', 'red heart and red heart', 2],
  ['🇫🇷', 'flag of France', 1],
  ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'flag of England', 1],
  ['3️⃣', 'keycap: 3', 1],
  ['👩‍🚒', 'woman firefighter', 1],
  // A joined emoji without a name of its own.
  ['🐕‍🍕', 'dog pizza', 1],
])('%s is %s', (text, named, count) => {
  expect(nameEmoji(text)).toEqual({ text: named, count })
})

test.each(['', 'a  dog', '3 # *', '© 2026 ™', '狗', '\u{1F3FB}', '\u{1F1EB}'])(
  '%j has no emoji with a name and stays as it is',
  (text) => {
    expect(nameEmoji(text)).toEqual({ text, count: 0 })
  },
)

test('replaces no more emoji than asked, so that a text grows by a bounded length', () => {
  const { text, count } = nameEmoji('🐕 🐈 🐕 🐈', 2)
  expect({ text, count }).toEqual({ text: 'dog cat 🐕 🐈', count: 2 })
})
