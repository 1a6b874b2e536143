/**
 * What people call a subject.
 * @module
 */
import type { ModelIdentity } from '../contracts/model.ts'

export function subjectName(subject: ModelIdentity): string {
  switch (subject.type) {
    case 'edge_model':
      return subject.model
    case 'results':
    case 'scores':
      return subject.name
    case 'endpoint':
      return `${subject.endpoint}/${subject.model}`
  }
}
