/**
 * Every function over text from outside, with its inputs, for the tests of linear time.
 * @module
 */
import { readFileSync } from 'node:fs'
import { countWords, lengthProblem } from '../../src/contracts/text-limits.ts'
import { canonicalJson } from '../../src/contracts/canonical-json.ts'
import { csvLine } from '../../src/contracts/csv.ts'
import { withoutSlashesAtEnd } from '../../src/contracts/endpoint-address.ts'
import * as cocoCaptions from '../../src/tasks/caption/formats/coco-captions.ts'
import { readCoin, readCoinResults } from '../../src/tasks/step-localization/formats/coin.ts'
import * as flickr8k from '../../src/tasks/caption/formats/flickr8k.ts'
import * as itemAnswers from '../../src/tasks/formats/item-answers.ts'
import { resultsWriter } from '../../src/tasks/formats/official-results.ts'
import { resultsReader } from '../../src/tasks/formats/other-results.ts'
import { readWhole } from '../../src/tasks/format-reader.ts'
import { taskRegistry } from '../../src/tasks/registry.ts'
import * as nlvr2Categories from '../../src/tasks/nlvr2/formats/nlvr2-categories.ts'
import * as nlvr2Predictions from '../../src/tasks/nlvr2/formats/nlvr2-predictions.ts'
import { consistencyGroup, imageSet } from '../../src/contracts/nlvr2-identifier.ts'
import { refuseUnstorable } from '../../src/files/json.ts'
import { repeatedMember } from '../../src/files/whole-file-scanner.ts'
import * as spiceTuples from '../../src/metrics/resources/spice-tuples-file.ts'
import * as vqaResults from '../../src/tasks/vqa/formats/vqa-v2-results.ts'
import * as wordnet from '../../src/metrics/resources/wordnet-file.ts'
import { checkAddress } from '../../src/egress/address.ts'
import { retryAfterMilliseconds } from '../../src/egress/retry-after.ts'
import { parseKey } from '../../src/http/idempotency-key.ts'
import { bytesOfDataUri } from '../../src/http/body/data-uri.ts'
import { boundaryOf } from '../../src/http/body/multipart-headers.ts'
import { createFormScanner } from '../../src/http/body/multipart.ts'
import { networkOf } from '../../src/http/network.ts'
import { parseJson } from '../../src/http/body/parse-json.ts'
import { readChatBody } from '../../src/models/endpoint/chat/chat-response.ts'
import { readCaption, readShortAnswer, readVerdict } from '../../src/tasks/answers/reader.ts'
import { withoutBoilerplate, withoutReasoning } from '../../src/tasks/answers/strip.ts'
import { readLabelResults } from '../../src/tasks/classification/formats/label-results.ts'
import { readLabel } from '../../src/tasks/classification/label-reader.ts'
import { placeOfLetter } from '../../src/tasks/multiple-choice/item.ts'
import { readSteps } from '../../src/tasks/step-localization/steps-reader.ts'
import { readOption } from '../../src/tasks/multiple-choice/option-reader.ts'
import { readItemLines } from '../../src/tasks/custom/evals-jsonl.ts'
import { depthOf, itemProblem } from '../../src/tasks/custom/limits.ts'
import { bracesProblem, fillText, placeholdersIn, stepsOf } from '../../src/tasks/placeholder.ts'
import { renderText } from '../../src/tasks/template.ts'
import { matchesGlob } from '../../src/webhooks/glob.ts'
import { similarityOf } from '../../src/metrics/text-similarity/metrics.ts'
import { mtevalTokens } from '../../src/metrics/text-similarity/mteval-tokens.ts'
import { countNgrams } from '../../src/metrics/text-similarity/ngrams.ts'
import {
  fuzzyMatch,
  rougeLongest,
  rougeN,
  sentenceBleu,
  sentenceGleu,
  sentenceMeteor,
} from '../../src/metrics/text-similarity/sentence-scores.ts'
import { nameEmoji } from '../../src/text/emoji/name-emoji.ts'
import { foreignScripts } from '../../src/text/scripts.ts'
import { vqaPrompt } from '../../src/tasks/vqa/prompt.ts'
import * as bleu from '../../src/metrics/bleu.ts'
import { evaluateCaptions } from '../../src/metrics/caption-evaluation.ts'
import { cider } from '../../src/metrics/cider.ts'
import { countDocumentFrequencies } from '../../src/metrics/document-frequencies.ts'
import { javaLowerCase } from '../../src/metrics/java-lower-case.ts'
import { meteorTokens } from '../../src/metrics/meteor-normalizer.ts'
import { phrasesOf } from '../../src/metrics/meteor-paraphrases.ts'
import { meteorStatistics, meteorWords } from '../../src/metrics/meteor.ts'
import * as nlvr2 from '../../src/metrics/nlvr2.ts'
import { numberTexts } from '../../src/metrics/numbered-texts.ts'
import { porter2Stem } from '../../src/metrics/porter2-stemmer.ts'
import { ptbTokenize, tokenizeCaptions } from '../../src/metrics/ptb-tokenizer.ts'
import * as python from '../../src/metrics/python-semantics.ts'
import { rougeL } from '../../src/metrics/rouge-l.ts'
import { spice } from '../../src/metrics/spice.ts'
import { type ScoredSegment, stepLocalization } from '../../src/metrics/step-localization.ts'
import { vqaAccuracy, normalizePrediction } from '../../src/metrics/vqa-accuracy.ts'
import { processDigitArticle, processPunctuation } from '../../src/metrics/vqa-normalization.ts'
import { normalizeBert, splitBertWords } from '../../src/text/bert-words.ts'
import { createBpe } from '../../src/text/bpe.ts'
import { byteCharacters } from '../../src/text/byte-level.ts'
import { clustersOf } from '../../src/text/clusters.ts'
import { lowerCase } from '../../src/text/lower-case.ts'
import { normalForm } from '../../src/text/normal-form.ts'
import { referenceRegex } from '../../src/text/reference-regex.ts'
import { splitAt } from '../../src/text/splitting.ts'
import { createTokenizer } from '../../src/text/tokenizer.ts'
import { createUnigram } from '../../src/text/unigram.ts'
import { createWordPiece } from '../../src/text/wordpiece.ts'
import { decodeBase64, parseWebhookSecret } from '../../src/webhooks/webhook-secret.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const ADDRESS_RULES = { ownHosts: [], loopback: false }

/** By the function's name; a comma separates the kind of input. */
export const OVER_TEXT: Readonly<Record<string, (text: string) => unknown>> = {
  countWords,
  lengthProblem,
  canonicalJson,
  withoutSlashesAtEnd,
  checkAddress: (text) => checkAddress(`https://${text}`, ADDRESS_RULES),
  'checkAddress, the path': (text) => checkAddress(`https://a.org/${text}`, ADDRESS_RULES),
  retryAfterMilliseconds: (text) => retryAfterMilliseconds({ get: () => text } as unknown as Headers, 0),
  parseKey,
  networkOf,
  parseJson: (text) => parseJson(bytesOf(JSON.stringify({ text }))),
  'parseJson, as it is': (text) => parseJson(bytesOf(text)),
  bytesOfDataUri: (text) => bytesOfDataUri(`data:image/png;base64,${text}`),
  'bytesOfDataUri, as it is': bytesOfDataUri,
  'createFormScanner, a name': (text) =>
    createFormScanner('b').push(bytesOf(`--b\r\nContent-Disposition: form-data; name="x${text}\r\n\r\ny\r\n--b--\r\n`)),
  'createFormScanner, the headers': (text) =>
    createFormScanner('b').push(bytesOf(`--b\r\nContent-Disposition: form-data;${text}\r\n\r\ny\r\n--b--\r\n`)),
  'createFormScanner, a header': (text) =>
    createFormScanner('b').push(bytesOf(`--b\r\nContent-Type:${text}\r\n\r\ny\r\n--b--\r\n`)),
  'createFormScanner, a content': (text) =>
    createFormScanner('b').push(bytesOf(`--b\r\nContent-Disposition: form-data; name=x\r\n\r\n${text}`)),
  'createFormScanner, as it is': (text) => createFormScanner('b').push(bytesOf(text)),
  boundaryOf: (text) => boundaryOf(`multipart/form-data; ${text}`),
  readChatBody: (text) => readChatBody(bytesOf(JSON.stringify({ choices: [{ message: { content: text } }] }))),
  'readChatBody, as it is': (text) => readChatBody(bytesOf(text)),
  readShortAnswer,
  readVerdict,
  readCaption,
  resultsWriter: (text) =>
    ['vqa-v2', 'coco-captions', 'nlvr2', 'nlvr', 'items-jsonl'].map((format) =>
      resultsWriter(format, {}).item({ id: text, answer: text }),
    ),
  placeOfLetter,
  readSteps: (text) => readSteps(text, null),
  readOption: (text) => readOption(text, ['a cat', 'dog', text.slice(0, 50)]),
  readLabel: (text) => readLabel(text, [{ label: 'a cat' }, { label: 'dog', prompts: ['a dog', text.slice(0, 50)] }]),
  'readShortAnswer, tags': (text) => readShortAnswer(`<think>${text}</think>`),
  renderText: (text) => renderText(text, { item: text }),
  placeholdersIn,
  'placeholdersIn, openings': (text) => placeholdersIn(`{{${text}`),
  bracesProblem: (text) => bracesProblem(text),
  'bracesProblem, openings': (text) => bracesProblem(`{{${text}`),
  stepsOf,
  repeatedMember: (text) => repeatedMember(JSON.stringify({ [text]: text, '': [text] })),
  matchesGlob: (text) => matchesGlob('a*/**b?', text),
  fillText: (text) => fillText(text, { item: { a: text } }, Infinity),
  withoutReasoning,
  'withoutReasoning, tags': (text) => withoutReasoning(`<think>${text}</think>${text}`),
  withoutBoilerplate,
  'withoutBoilerplate, a fence': (text) => withoutBoilerplate(`\`\`\`\n${text}\n\`\`\``),
  itemProblem: (text) => itemProblem({ [text]: text }),
  depthOf: (text) => depthOf([text], 10),
  'similarityOf, of a short reference': (text) => similarityOf('bleu', text, 'a dog runs'),
  mtevalTokens,
  countNgrams: (text) => countNgrams(text.split(' '), text.split(' '), 4),
  'fuzzyMatch, of a short reference': (text) => fuzzyMatch(text, 'a dog runs'),
  sentenceBleu: (text) => sentenceBleu(text, text),
  sentenceGleu: (text) => sentenceGleu(text, text),
  'sentenceMeteor, of a short reference': (text) => sentenceMeteor(text, 'a dog runs'),
  rougeN: (text) => rougeN(text, text, 2),
  'rougeLongest, of a short reference': (text) => rougeLongest(text, 'a dog runs'),
  foreignScripts: (text) => foreignScripts(text, ['en']),
  nameEmoji,
  'createPrompt, check': (text) => vqaPrompt.check(text, '/prompt'),
  'createPrompt, render': (text) => vqaPrompt.render(text, { question: 'q' } as Parameters<typeof vqaPrompt.render>[1]),
  bleuStatistics: (text) => bleu.bleuStatistics(text, [text, 'a dog']),
  cider: (text) => cider(text, [text], countDocumentFrequencies([[text], ['a dog']])),
  countDocumentFrequencies: (text) => countDocumentFrequencies([[text], [text, 'a']]),
  evaluateCaptions: (text) => evaluateCaptions([{ id: '1', candidate: text, references: ['a dog', 'a cat'] }]),
  meteorTokens,
  meteorWords,
  'meteorStatistics, of a short reference': (text) => meteorStatistics(text, ['a dog runs']),
  phrasesOf: (text) => phrasesOf([text.split(' ')]),
  tokenizeCaptions: (text) => tokenizeCaptions([text, 'a dog']),
  'tokenizeCaptions, many lines': (text) => tokenizeCaptions(Array.from({ length: 100 }, () => text.slice(0, text.length / 100))),
  ptbTokenize: (text) => ptbTokenize([text]),
  'ptbTokenize, by the table alone': (text) => ptbTokenize([text], { shortcuts: false }),
  javaLowerCase,
  nlvr2Correct: (text) => nlvr2.nlvr2Correct(text, 'True'),
  consistencyGroup,
  imageSet,
  isReadable: nlvr2.isReadable,
  filteredAccuracy: (text) => nlvr2.filteredAccuracy([{ label: 'True', prediction: text }]),
  numberTexts: (text) => numberTexts([text]),
  porter2Stem,
  splitWhitespace: python.splitWhitespace,
  splitWhitespacePython2: python.splitWhitespacePython2,
  stripPython2: python.stripPython2,
  lowerCasePython2: python.lowerCasePython2,
  'rougeL, of a short reference': (text) => rougeL(text, ['a dog runs']),
  'spice, a word': (text) => spice([[text, text, text]], [[text], [text, text]]),
  vqaAccuracy: (text) => vqaAccuracy(text, [text, 'yes', 'no'], 'vqa-2021'),
  normalizePrediction,
  processPunctuation,
  processDigitArticle,
  normalizeBert: (text) =>
    normalizeBert(text, { clean_text: true, handle_chinese_chars: true, strip_accents: true, lowercase: true }),
  splitBertWords,
  byteCharacters,
  clustersOf: (text) => [...clustersOf(text)],
  lowerCase,
  normalForm: (text) => normalForm(text, 'NFKC'),
  'splitAt, the pattern of GPT-2': (text) => splitAt(text, GPT2, 'Isolated', false),
  'splitAt, the pattern of CLIP': (text) => splitAt(text, CLIP, 'Removed', true),
  createTokenizer: (text) => TOKENIZER.encode(text),
  createBpe: (text) => BPE(text),
  createUnigram: (text) => UNIGRAM(text),
  createWordPiece: (text) => WORD_PIECE(text),
  parseWebhookSecret,
  decodeBase64,
}

const TOKENIZER = createTokenizer(JSON.parse(readFileSync(new URL('../golden/text/tokenizer.json', import.meta.url), 'utf8')), {
  maxLength: 77,
})
const GPT2 = referenceRegex("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+")
const CLIP = referenceRegex("'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+")
const BPE = createBpe({
  type: 'BPE',
  vocab: { a: 0, b: 1, aa: 2, aaaa: 3, ab: 4, '<unk>': 5, '.': 6, '..': 7 },
  merges: [
    ['a', 'a'],
    ['aa', 'aa'],
    ['a', 'b'],
    ['.', '.'],
  ],
  unk_token: '<unk>',
} as unknown as Parameters<typeof createBpe>[0])
const UNIGRAM = createUnigram({
  type: 'Unigram',
  vocab: [
    ['<unk>', 0],
    ['a', -1],
    ['aa', -1.5],
    ['aaaaaaaa', -2],
    ['.', -1],
  ],
  unk_id: 0,
  byte_fallback: false,
} as unknown as Parameters<typeof createUnigram>[0])
const WORD_PIECE = createWordPiece({
  vocab: { '[UNK]': 0, a: 1, '##a': 2, '##aaaa': 3, '.': 4 },
  unk_token: '[UNK]',
  continuing_subword_prefix: '##',
  max_input_chars_per_word: Infinity,
})

/** Reads files of a format whole. */
const whole = (format: string) => (files: Parameters<typeof readWhole>[1]) =>
  readWhole(taskRegistry.format(format), files, { split: 'test', withPictures: true })

const lines = (texts: readonly string[]) => ({ annotations: bytesOf(texts.join('\n')) })

/** Files of many short texts, each from the piece. */
export const OVER_FILES: Readonly<Record<string, { file(texts: readonly string[]): unknown; read(file: never): unknown }>> = {
  'readWhole, coco-captions': {
    file: (texts) => ({
      annotations: bytesOf(
        JSON.stringify({
          images: texts.map((_, id) => ({ id })),
          annotations: texts.map((caption, id) => ({ id, image_id: id, caption })),
        }),
      ),
    }),
    read: whole('coco-captions'),
  },
  readCocoResults: {
    file: (texts) => ({
      ids: texts.map((_, id) => String(id)),
      results: JSON.stringify(texts.map((caption, id) => ({ image_id: id, caption }))),
    }),
    read: ({ results, ids }: { results: string; ids: string[] }) =>
      cocoCaptions.readCocoResults(results, { ids, idType: 'number' }),
  },
  readFlickr8kCaptions: {
    file: (texts) => texts.map((text, id) => `${id}.jpg#0\t${text}`).join('\n'),
    read: flickr8k.readFlickr8kCaptions,
  },
  'readWhole, classification': {
    file: (texts) => ({
      names: bytesOf(JSON.stringify(Object.fromEntries(texts.map((text, id) => [id, [text || 'x', `${id} ${text}`]])))),
      annotations: bytesOf(JSON.stringify(Object.fromEntries(texts.map((_, id) => [`${id}.jpg`, id])))),
    }),
    read: whole('classification'),
  },
  readLabelResults: {
    file: (texts) => ({
      results: texts.map((text, id) => JSON.stringify({ id, answer: `${id}${text}` })).join('\n'),
      ids: texts.map((_, id) => String(id)),
      candidates: texts.map((text, id) => ({ label: `${id}${text}` })),
    }),
    read: ({ results, ids, candidates }: { results: string; ids: string[]; candidates: { label: string }[] }) =>
      readLabelResults(results, ids, candidates),
  },
  'readWhole, items-jsonl': {
    file: (texts) => lines(texts.map((text, id) => JSON.stringify({ task: 'vqa', id, question: text, answers: [text] }))),
    read: whole('items-jsonl'),
  },
  'readWhole, items-csv': {
    file: (texts) => ({
      annotations: bytesOf(`id,question,answer\n${texts.map((text, id) => csvLine([`${id}`, text, text])).join('')}`),
    }),
    read: whole('items-csv'),
  },
  'readWhole, items-csv, as it is': {
    file: (texts) => ({ annotations: bytesOf(`image,caption\n${texts.join('\n')}`) }),
    read: whole('items-csv'),
  },
  readItemLines: {
    file: (texts) => texts.map((text) => JSON.stringify({ item: { text } })).join('\n'),
    read: readItemLines,
  },
  'readItemAnswers, a table': {
    file: (texts) => ({
      text: `id,answer\n${texts.map((answer, id) => csvLine([String(id), answer])).join('')}`,
      ids: texts.map((_, id) => String(id)),
    }),
    read: ({ text, ids }: { text: string; ids: string[] }) => itemAnswers.readItemAnswers(text, ids),
  },
  readItemAnswers: {
    file: (texts) => ({
      text: texts.map((answer, id) => JSON.stringify({ id, answer })).join('\n'),
      ids: texts.map((_, id) => String(id)),
    }),
    read: ({ text, ids }: { text: string; ids: string[] }) => itemAnswers.readItemAnswers(text, ids),
  },
  'resultsReader, a table': {
    file: (texts) => ({
      text: `question_id,answer\n${texts.map((answer, id) => csvLine([String(id), answer])).join('')}`,
      ids: texts.map((_, id) => String(id)),
    }),
    read: ({ text, ids }: { text: string; ids: string[] }) =>
      resultsReader('vqa-v2', (given, known) => vqaResults.readVqaResults(given, known))!(text, ids, {}),
  },
  'resultsReader, samples': {
    file: (texts) => ({
      text: texts
        .map((content, id) =>
          JSON.stringify({ object: 'eval.run.output_item', datasource_item: { id }, sample: { output: [{ content }] } }),
        )
        .join('\n'),
      ids: texts.map((_, id) => String(id)),
    }),
    read: ({ text, ids }: { text: string; ids: string[] }) =>
      resultsReader('vqa-v2', (given, known) => vqaResults.readVqaResults(given, known))!(text, ids, {}),
  },
  'readWhole, karpathy': {
    file: (texts) => ({
      annotations: bytesOf(
        JSON.stringify({
          images: texts.map((raw, imgid) => ({
            split: 'test',
            imgid,
            filename: `${raw}.jpg`,
            sentences: [{ raw, sentid: imgid }],
          })),
        }),
      ),
    }),
    read: whole('karpathy'),
  },
  'readWhole, msvd-captions': {
    file: (texts) => lines(texts.map((text, id) => `vid${id}\t${text}`)),
    read: whole('msvd-captions'),
  },
  'readWhole, nlvr2': {
    file: (texts) => lines(texts.map((sentence, id) => JSON.stringify({ identifier: `dev-${id}-0-0`, sentence, label: 'True' }))),
    read: whole('nlvr2'),
  },
  readNlvr2Predictions: {
    file: (texts) => texts.map((text, id) => `dev-${id}-0-0,${text}`).join('\n'),
    read: nlvr2Predictions.readNlvr2Predictions,
  },
  readNlvr2Categories: { file: (texts) => texts.join('\n'), read: nlvr2Categories.readNlvr2Categories },
  readSpiceInput: {
    file: (texts) => texts.map((text, image_id) => ({ image_id, test_tuples: [[text]], ref_tuples: [[text, text]] })),
    read: spiceTuples.readSpiceInput,
  },
  'readWhole, vqa-v2': {
    file: (texts) => ({
      questions: bytesOf(
        JSON.stringify({ questions: texts.map((question, id) => ({ question_id: id, image_id: id, question })) }),
      ),
      annotations: bytesOf(
        JSON.stringify({
          annotations: texts.map((answer, id) => ({
            question_id: id,
            image_id: id,
            question_type: answer,
            answer_type: answer,
            answers: [{ answer }],
          })),
        }),
      ),
    }),
    read: whole('vqa-v2'),
  },
  readVqaResults: {
    file: (texts) => texts.map((answer, id) => ({ question_id: id, answer })),
    read: (file: unknown[]) =>
      vqaResults.readVqaResults(
        file,
        file.map((_, id) => String(id)),
      ),
  },
  readMeteorSynonyms: {
    file: (texts) => texts.map((text) => `${text}\n1 2 ${text}`).join('\n'),
    read: (text: string) => wordnet.readMeteorSynonyms(text, text),
  },
  readCoin: {
    file: (texts) =>
      bytesOf(
        JSON.stringify({
          database: Object.fromEntries(
            texts.map((text, id) => [
              `${id}${text}`,
              { subset: 'testing', annotation: [{ id: '1', segment: [0, 1], label: text }] },
            ]),
          ),
        }),
      ),
    read: readCoin,
  },
  readCoinResults: {
    file: (texts) => ({
      results: Object.fromEntries(
        texts.map((text, id) => [`${id}${text}`, [{ label: `${text}1`, score: 0.5, segment: [0, 1] }]]),
      ),
    }),
    read: readCoinResults,
  },
  judgementKind: { file: (texts) => texts.map((text) => `${text}\t${text}\t1\t2\t3`).join('\n'), read: flickr8k.judgementKind },
  readSynsets: {
    file: (texts) => Object.fromEntries(texts.map((text, id) => [`${text}${id}`, [id]])),
    read: spiceTuples.readSynsets,
  },
  readWordNet: {
    file: (texts) => texts.map((text, id) => `${id} 03 n 01 ${text} 0 000 | x`).join('\n'),
    read: (text: string) => wordnet.readWordNet([text], [text]),
  },
  categoryAccuracy: {
    file: (texts) => texts.map((text, id) => ({ sentence: `${text}${id}`, correct: true, categories: [text] })),
    read: (rows: { sentence: string; correct: boolean; categories: string[] }[]) => nlvr2.categoryAccuracy(rows, rows),
  },
  refuseUnstorable: {
    file: (texts) => texts.reduce<unknown>((inner, text) => [text, inner], null),
    read: (file) => refuseUnstorable(file, ''),
  },
}

/** Functions over many small records, by their number. */
export const OVER_RECORDS: Readonly<Record<string, { records(count: number): unknown; run(records: never): unknown }>> = {
  'stepLocalization, one class': {
    records: (count) =>
      Array.from({ length: count }, (_, id) => ({
        video: String(id >> 6),
        step: 1,
        start: id,
        end: id + 1,
        score: 1 / (id + 1),
      })),
    run: (segments: ScoredSegment[]) => stepLocalization(segments, segments, { classes: 2 }),
  },
  'readWordNet, one form': {
    records: (count) => Array.from({ length: count }, (_, id) => `axes ax${id}`).join('\n'),
    run: (exceptions: string) => wordnet.readWordNet(['00000010 03 n 01 ax 0 000 | x'], [exceptions]),
  },
  'readMeteorSynonyms, one form': {
    records: (count) => Array.from({ length: count }, (_, id) => `ax${id}\naxes`).join('\n'),
    run: (exceptions: string) => wordnet.readMeteorSynonyms('ax\n1', exceptions),
  },
  readItemScores: {
    records: (count) => ({
      text: Array.from({ length: count }, (_, id) => JSON.stringify({ id, score: 0.5 })).join('\n'),
      ids: Array.from({ length: count }, (_, id) => String(id)),
    }),
    run: ({ text, ids }: { text: string; ids: string[] }) => itemAnswers.readItemScores(text, ids, ids.length),
  },
}

const within = (reason: string, names: string): Record<string, string> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, reason]),
  )

/** Functions over text that are not in the tables, with the reason. */
export const NOT_OVER_TEXT: Readonly<Record<string, string>> = {
  ...within(
    'reads one record, or streams records; the reader of the whole file is in the table and calls it',
    `streamJsonBatches vqaAnnotation vqaQuestion streamVqaAnswers readVqaAnswers matchVqaAnswers parseLine requireRecords quotedFacts
    readCocoCaptions readMsvdSentences readNlvr2 readKarpathySplit readCaptionResults readNames labelOf readItemValues
    isPlainWord isAbbreviation requirePredictions usedBefore readExpertAnnotations readCrowdFlowerAnnotations parseOfficialJson mayBeUnstorable
    refuseUnstorableIn isRecord typeName firstFew unprocessableFile otherEncoding csvRows textOfUpload
    idsOfPieces isAscii
    skipWhiteSpace skipWhiteSpaceBack utf8 byteFallback`,
  ),
  ...within(
    'reads what the code or an administrator brings: a pattern, a table, a taxonomy, a tokenizer',
    `readCoinTaxonomy readParaphrases tableOfFrequencies codePointRanges codePointSet
    createPrecompiled referenceRegex literalRegex readTokenizerJson createWordPieceDecoder`,
  ),
  ...within('reads numbers, and the names of two models', 'supervisedContrastive'),
  ...within('renames members of messages, and reads no text in them', 'evalsMessages'),
}
