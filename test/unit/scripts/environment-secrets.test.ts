import { expect, test } from 'vitest'
import { environmentSecrets } from '../../../scripts/environment-secrets.ts'

test('only variables that an endpoint may name become secrets', () => {
  const environment = {
    ENDPOINT_SECRET_GPU: 'sk-1',
    ENDPOINT_SECRET_EMPTY: '',
    ENDPOINT_SECRET_: 'no name',
    ENDPOINT_SECRET_lower: 'no',
    MY_ENDPOINT_SECRET_GPU: 'no',
    SECRETS_KEY: 'no',
    PATH: '/bin',
  }
  expect(environmentSecrets(environment)).toEqual({ ENDPOINT_SECRET_GPU: 'sk-1' })
})
