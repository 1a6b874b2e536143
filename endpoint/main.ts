/**
 * `npm run endpoint`: starts the reference endpoint and prints its address.
 * @module
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { dialChange } from './dial.ts'
import { modelNames } from './model.ts'
import { startReferenceEndpoint } from './server.ts'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '9100' }, 'api-key': { type: 'string' }, dial: { type: 'string', default: '{}' } },
})
const endpoint = await startReferenceEndpoint({
  port: Number(values.port),
  apiKey: values['api-key'] ?? process.env['REFERENCE_ENDPOINT_KEY'],
  dial: dialChange.parse(JSON.parse(values.dial)),
})
console.log(`${endpoint.url}/v1 serves ${modelNames().join(', ')}`)
