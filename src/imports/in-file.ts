/**
 * Failures in official files, with the request's field: `questions#/questions/3` is a place in the file of
 * the field `questions`.
 * @module
 */
import { at } from '../contracts/failure-pointer.ts'
import type { InFile } from '../tasks/format-reader.ts'

export const inFile: InFile = (file, work) => at(`${file}#`, work)
