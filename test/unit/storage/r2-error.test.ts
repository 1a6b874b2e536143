import { expect, test } from 'vitest'
import { R2_ERROR, r2ErrorCode } from '../../../src/storage/r2-error.ts'

test.each([
  ['put: The SHA-256 checksum you specified did not match what we received. (10037)', R2_ERROR.badDigest],
  ['completeMultipartUpload: The specified multipart upload does not exist. (10024)', R2_ERROR.noSuchUpload],
  ['the network failed after (10037) bytes', null],
  ['a checksum did not match', null],
])('the number of %j', (message, code) => {
  expect(r2ErrorCode(new Error(message))).toBe(code)
})

test('anything else has no number', () => {
  for (const thrown of ['(10037)', null, 10037]) expect(r2ErrorCode(thrown)).toBeNull()
})
