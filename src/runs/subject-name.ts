/**
 * What people call a subject.
 * @module
 */
import type { SubjectIdentity } from '../contracts/predictor.ts'

export function subjectName(subject: SubjectIdentity): string {
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
