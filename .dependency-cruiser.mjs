export { CONFIGURATION as default } from './scripts/dependency-rules.ts'
