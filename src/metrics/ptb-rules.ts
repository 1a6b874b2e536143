/**
 * Token shapes of the Penn Treebank lexer of Stanford CoreNLP 3.4.1, as an ordered table.
 *
 * Our own description of the behaviour that `test/golden/ptb-tokenizer` records and
 * `npm run bench -- conformance` measures. At each position the longest shape wins, including its required
 * continuation; in a tie the first in the table.
 * @module
 */
import { LongestMatch, type LongestMatchRule } from './longest-match.ts'
import { ptbUnits } from './ptb-letters.ts'

export interface TokenRule extends LongestMatchRule {
  /** Units at the token's end to return to the scanner, e.g. `can|not`. */
  readonly giveBack: number
  /**
   * The returned characters also stay in the token: an abbreviation whose period ends the sentence.
   */
  readonly doubled: boolean
  /** Replacement for the token. null drops it: the match is white space. */
  readonly normalize: ((token: string) => string) | null
}

/** Letters beyond ASCII that are an ASCII letter in another case. */
const OTHER_CASES: Readonly<Record<string, string>> = { i: '\u0130\u0131', k: '\u212A', s: '\u017F' }

/** One unit that counts as a letter within words; some character entities do. */
const LETTER = String.raw`(?:\p{letter}|&[aeiouAEIOU](?:${anyCase('acute|grave|uml')});)`
const DIGIT = String.raw`\p{digit}`
const ALPHANUMERIC = String.raw`[\p{alphabetic}\p{digit}]`
const APOSTROPHE = String.raw`(?:['\u0092\u2019]|&${anyCase('apos')};)`
/** Also marks that replace an apostrophe inside a word. */
const INNER_APOSTROPHE = String.raw`(?:['` + '`' + String.raw`\u0092\u2019\u0091\u2018\u201B]|&${anyCase('apos')};)`
const SPACE = String.raw`[ \t\u00A0\u2000-\u200A\u3000]`
const BLANK = String.raw`[ \t\u00A0\u2000-\u200A\u3000\r\n\u2028\u2029\u000B\u000C\u0085]`
const NAME = String.raw`[A-Za-z][A-Za-z0-9_:.\-]*`
const MARKUP = String.raw`<(?:[!?][A-Za-z\-][^>\r\n]*|${NAME}(?: +${NAME}(?: *= *(?:'[^']*'|"[^"]*"))?)* *\/?|\/${NAME}) *>`

const WORD_PART = `(?:${LETTER}|${DIGIT})`
const WORD = `${LETTER}${WORD_PART}*(?:[.!?]${LETTER}${WORD_PART}*)*`
const NEGATION = `[nN]${INNER_APOSTROPHE}[tT]`
const CLITIC = `${APOSTROPHE}(?:[rR][eE]|[vV][eE]|[lL][lL]|[msdMSD])`
const NUMERAL = String.raw`(?:${DIGIT}+(?:[.:,\u00AD\u066B\u066C]${DIGIT}+)*|${DIGIT}*(?:[.:,\u00AD\u066B\u066C]${DIGIT}+)+)`
const HYPHEN = String.raw`[\-_\u058A\u2010\u2011]`
const ELIDED = `(?:[dDoOlL]${INNER_APOSTROPHE}${ALPHANUMERIC})?`
const COMPOUND = `${ELIDED}${ALPHANUMERIC}+(?:${HYPHEN}${ELIDED}${ALPHANUMERIC}+)*`
const SLASHED_PART = '[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}'
const GRAVE = '`'
const AMPERSAND = `(?:&|&${anyCase('amp')};)`
const URL_PATH = String.raw`(?:\/[^ \t\n\f\r"<>\|\(\)]+[^ \t\n\f\r"<>\|.!?\(\)\{\},\-])?`
const INNER_PUNCTUATION = String.raw`[,;:\u3001]`

const ONE_LETTER = '[A-Za-z]'
/** Two letters or more. */
const LONG_ACRONYM = String.raw`(?:${anyCase('Canada|Sino|Korean|EU|Japan|non')}-${anyCase('U\\.S')}|${anyCase('U\\.S\\.-U\\.S\\.S\\.R|U\\.S\\.-U\\.K')}|[A-Za-z](?:\.[A-Za-z])+)`
const ACRONYM = `(?:${ONE_LETTER}|${LONG_ACRONYM})`
const HYPHENATED_ACRONYM = String.raw`[A-Za-z](?:\.[A-Za-z])+\.`
const HYPHENATED = String.raw`[A-Za-z0-9][A-Za-z0-9.,\u00AD]*(?:-(?:${HYPHENATED_ACRONYM}|[A-Za-z0-9\u00AD]+))+`
const FILE_EXTENSION =
  'bat|bmp|c|cgi|class|cpp|dll|docx?|exe|gif|gz|h|html?|jar|java|jpe?g|mov|mp3|pdf|php|pl|png|ppt|ps|py|sql|tar|txt|wav|x|xml|zip'
const FILE_NAME = String.raw`${WORD_PART}+(?:\.${WORD_PART}+)*\.${anyCase(FILE_EXTENSION)}`

/**
 * Abbreviations after which a capital starts a sentence, so that their period counts twice. States that are
 * also words (`Mass`, `Ore`) need their capital.
 */
const SENTENCE_FINAL_ABBREVIATION = String.raw`(?:${anyCase(
  'Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|' +
    'Mon|Tues|Tue|Wed|Thurs|Thu|Fri|' +
    'Ala|Ariz|Calif|Colo|Conn|Ct|Dak|Fla|Ga|Ind|Kans|Kan|Ky|Md|Mich|Minn|Mo|Mont|Neb|Nev|Okla|Penn|Tenn|Va|Vt|Wisc|Wis|Wyo|' +
    'Inc|Cos|Co|Corp|Ltd|Plc|Rt|Bancorp|Bhd|Assn|Univ|Intl|Sys|' +
    'tel|est|ext|sq|bldg|' +
    'Jr|Sr|Bros|Ed\\.D|Ph\\.D|Blvd|Rd|Esq|etc|al|seq',
)}|[pP]?[pP][tT][ey]${anyCase('s')}?|A${anyCase('z')}|A${anyCase('rk')}|D${anyCase('el')}|I${anyCase('ll')}|L${anyCase('a')}|M${anyCase('ass')}|M${anyCase('iss')}|O${anyCase('re')}|P${anyCase('a')}|T${anyCase('ex')}|W${anyCase('ash')})\.`

/** Abbreviations that never end a sentence. */
const INNER_ABBREVIATION = String.raw`(?:${anyCase(
  'Mr|Mrs|Ms|Drs|Dr|Profs|Prof|Sens|Sen|Reps|Rep|Attys|Atty|Lt|Col|Gen|Messrs|Govs|Gov|Adm|Rev|Maj|Sgt|Cpl|Pvt|Capt|Ste|St|' +
    'Ave|Pres|Lieut|Hon|Brig|Comdr|Cmdr|Pfc|Spc|Supts|Supt|Det|Mt|Ft|Adj|Adv|Asst|Assoc|Ens|Insp|Mlle|Mme|Msgr|Sfc|' +
    'vs|Alex|Wm|Jos|Cie|a\\.k\\.a|cf|TREAS|Ph|Invt|Elec|Natl|Dept',
)}|[mM][ft][gG]|M${anyCase('iss')}|${ACRONYM})`

/** Abbreviations only before a number. */
const NUMBER_ABBREVIATION = String.raw`(?:${anyCase('ca|figs|fig|prop|nos|no|art|pp|op')})\.`

/** Words before which an acronym ends its sentence; only the case of their first letter matters. */
const SENTENCE_STARTER = capitalised(
  'A|About|According|Additionally|After|An|As|At|But|Earlier|He|Her|Here|However|If|In|It|Last|Many|More|Mr\\.|Ms\\.|Now|' +
    'Once|One|Other|Our|She|Since|So|Some|Such|That|The|Their|Then|There|These|They|This|We|What|When|While|Yet|You',
)
/** Continuation of an acronym that ends its sentence. */
const NEW_SENTENCE = `${BLANK}+(?:${SENTENCE_STARTER}|${MARKUP})${BLANK}`

const APOSTROPHE_WORDS = [
  `${APOSTROPHE}[nN]${APOSTROPHE}?`,
  `[lLdDjJ]${APOSTROPHE}`,
  `(?:${anyCase('Dunkin|somethin|ol')})${APOSTROPHE}`,
  `${APOSTROPHE}(?:${anyCase('em|till|til|cause')})`,
  `${APOSTROPHE}[2-9]0${anyCase('s')}`,
  `[A-HJ-XZn]${INNER_APOSTROPHE}\\p{alphabetic}{2,}`,
  `\\p{alphabetic}+[aeiouyAEIOUY]${INNER_APOSTROPHE}[aeiouA-Z]\\p{alphabetic}*`,
  `[oO]${INNER_APOSTROPHE}[oO]`,
  anyCase("cont'd\\.|cont'd|nor'easter|c'mon|e'er|s'mores|ev'ry|li'l|nat'l"),
]

const same = (token: string) => token
const withoutSoftHyphens = (token: string) => token.replaceAll('\u00AD', '') || '-'
const leftQuotes = (token: string) => latexQuotes(token, '`', '``')
const rightQuotes = (token: string) => latexQuotes(token, "'", "''")
const plainAmpersand = (token: string) => token.replace(/&amp;/gi, '&')
const unbreakable = (token: string) => token.replaceAll(' ', '\u00A0')
const bracketed = (token: string) => token.replaceAll('(', '-LRB-').replaceAll(')', '-RRB-')

/**
 * In order of preference. Each entry: the token's shape, its required continuation, its replacement.
 * @internal
 */
export const TOKEN_RULES: readonly TokenRule[] = [
  rule('[cC]\\+\\+|[cCfF]#'),
  rule(`${anyCase('cannot')}|'${anyCase('twas')}`, { giveBack: 3 }),
  rule(`'${anyCase('tis')}|${anyCase('gonna|gotta|lemme|gimme|wanna')}`, { giveBack: 2 }),
  rule(MARKUP, { normalize: (token) => token.replaceAll(' ', '\u00A0') }),
  rule(String.raw`&${anyCase('MD|mdash|ndash')};|[\u0096\u0097\u2013\u2014\u2015]`, { normalize: () => '--' }),
  rule(`&${anyCase('amp')};`, { normalize: plainAmpersand }),
  rule(`&(?:${anyCase('HT|TL|UR|LR|QC|QL|QR|odq|cdq')}|#[0-9]+);`),
  rule(WORD, { before: CLITIC, normalize: withoutSoftHyphens }),
  rule(String.raw`[A-Za-z\u00AD]*[A-MO-Za-mo-z]\u00AD*`, { before: NEGATION, normalize: withoutSoftHyphens }),
  rule(WORD, { normalize: withoutSoftHyphens }),
  ...APOSTROPHE_WORDS.map((shape) => rule(shape)),
  rule(`[yY]${APOSTROPHE}`, { before: '\\p{alphabetic}' }),
  rule(String.raw`${anyCase('https?')}:\/\/[^ \t\n\f\r"<>\|\(\)\{\}]+[^ \t\n\f\r"<>\|.!?\(\)\{\},\-]`),
  rule(String.raw`[wW][wW][wW]\.(?:[^ \t\n\f\r"<>\|.!?\(\)\{\},]+\.)+[a-zA-Z]{2,4}${URL_PATH}`),
  // In the lexer's class an unescaped hyphen spans U+002C to U+005F: such a host name has no digits and no
  // capitals.
  rule(String.raw`(?:[^ \t\n\f\r"${GRAVE}'<>\|.!?\(\)\{\}\u002C-\u005F$]+\.)+${anyCase('com|net|org|edu')}${URL_PATH}`),
  rule(
    String.raw`(?:<|&${anyCase('lt')};)?[a-zA-Z0-9][^ \t\n\f\r"<>\|\(\)\u00A0\{\}]*@(?:[^ \t\n\f\r"<>\|\(\)\{\}.\u00A0]+\.)*[^ \t\n\f\r"<>\|\(\)\{\}.\u00A0]+(?:>|&${anyCase('gt')};)?`,
  ),
  rule(`@[a-zA-Z_][a-zA-Z_0-9]*|#${LETTER}+`),
  rule(CLITIC, { before: '[^A-Za-z]', normalize: rightQuotes }),
  rule(String.raw`${DIGIT}{1,2}[\-\/]${DIGIT}{1,2}[\-\/]${DIGIT}{2,4}`),
  rule(`[\\-+]?${NUMERAL}`, { normalize: withoutSoftHyphens }),
  rule(String.raw`[\u207A\u207B\u208A\u208B]?(?:[\u2070\u00B9\u00B2\u00B3\u2074-\u2079]+|[\u2080-\u2089]+)`),
  rule(String.raw`(?:${DIGIT}{1,4}[\- \u00A0])?${DIGIT}{1,4}(?:\\?\/|\u2044)${DIGIT}{1,4}`, { normalize: unbreakable }),
  rule(String.raw`[\u00BC-\u00BE\u2153-\u215E]`, { normalize: spelledFraction }),
  rule(
    `-(?:${anyCase('RRB|LRB|RCB|LCB|RSB|LSB')})-|${anyCase('C\\.D\\.s|pro-|anti-')}|${anyCase('s')}${AMPERSAND}${anyCase('P-500|Ls')}|${anyCase('Cap')}${APOSTROPHE}[nN]|[cC]${APOSTROPHE}${anyCase('est')}`,
    { normalize: plainAmpersand },
  ),
  rule(String.raw`${SLASHED_PART}(?:\\?\/${SLASHED_PART}){1,2}`),
  rule('[A-Z]*\\$|#'),
  rule(String.raw`[\u00A2-\u00A5\u0080\u20A0\u20AC\u060B\u0E3F\u20A4\uFFE0\uFFE1\uFFE5\uFFE6]`, { normalize: currency }),
  rule(`${ONE_LETTER}\\.`, { before: NEW_SENTENCE, giveBack: 1 }),
  rule(`${LONG_ACRONYM}\\.`, { before: NEW_SENTENCE, giveBack: 1, doubled: true }),
  rule(NUMBER_ABBREVIATION, { before: `${BLANK}?${DIGIT}` }),
  rule(`(?:[pP][tT][eyEY]|[cC][oO])\\.`, { before: `${SPACE}(?:${anyCase('ltd|lim')})` }),
  rule(SENTENCE_FINAL_ABBREVIATION, { before: `${BLANK}(?:${BLANK}|\\p{capital}|${MARKUP})`, giveBack: 1, doubled: true }),
  rule(SENTENCE_FINAL_ABBREVIATION, { before: '\\p{any}{2}' }),
  rule(SENTENCE_FINAL_ABBREVIATION, { giveBack: 1, doubled: true }),
  rule(`${INNER_ABBREVIATION}\\.`),
  rule(ACRONYM, { before: BLANK }),
  rule(FILE_NAME, { before: `(?:${BLANK}|[.?!,])` }),
  rule(`${APOSTROPHE}[0-9]{2}`, { before: BLANK }),
  rule(`${WORD}\\.`, { before: INNER_PUNCTUATION, normalize: withoutSoftHyphens }),
  rule(
    String.raw`(?:\([0-9]{2,3}\)[ \u00A0]?|(?:\+\+?)?(?:[0-9]{2,4}[\- \u00A0])?[0-9]{2,4}[\- \u00A0])[0-9]{3,4}[\- \u00A0]?[0-9]{3,5}|(?:(?:\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}`,
    { normalize: (token) => bracketed(unbreakable(token)) },
  ),
  rule(`"|&${anyCase('quot')};`, { before: '[A-Za-z0-9$]', normalize: leftQuotes }),
  rule(`"|&${anyCase('quot')};`, { normalize: rightQuotes }),
  rule(`<|&${anyCase('lt')};`, { normalize: () => '<' }),
  rule(`>|&${anyCase('gt')};`, { normalize: () => '>' }),
  rule(String.raw`[<>]?[:;=][\-o*']?[\(\)DPdpO\\\{@\|\[\]]`, { before: '[^A-Za-z0-9]', normalize: bracketed }),
  rule(String.raw`x\.\[\^x=~<>\]|[\-\^x=~<>']_[\-\^x=~<>']|\([\-\^x=~<>'][_.]?[\-\^x=~<>']\)|\([\^x=~<>']-[\^x=~<>'${GRAVE}]\)`, {
    normalize: bracketed,
  }),
  rule('\\{', { normalize: () => '-LCB-' }),
  rule('\\}', { normalize: () => '-RCB-' }),
  rule('\\[', { normalize: () => '-LSB-' }),
  rule('\\]', { normalize: () => '-RSB-' }),
  rule('\\(', { normalize: () => '-LRB-' }),
  rule('\\)', { normalize: () => '-RRB-' }),
  rule('-+', { normalize: (token) => (token.length === 3 || token.length === 4 ? '--' : token) }),
  rule(String.raw`\.{3,5}|(?:\.[ \u00A0]){2,4}\.|[\u0085\u2026]`, { normalize: () => '...' }),
  rule(String.raw`@+|#+|_+`),
  rule(String.raw`\*+|(?:\\\*){1,3}`),
  rule(INNER_PUNCTUATION),
  rule('[?!]+'),
  rule(String.raw`[.\u00A1\u00BF\u037E\u0589\u061F\u06D4\u0700-\u0702\u07FA\u3002]`),
  rule('='),
  rule('\\/'),
  rule(`${HYPHENATED}\\.`, { before: INNER_PUNCTUATION, normalize: withoutSoftHyphens }),
  rule(HYPHENATED, { normalize: withoutSoftHyphens }),
  rule(`${COMPOUND}\\.`, { before: INNER_PUNCTUATION }),
  rule(COMPOUND),
  rule(`[A-Z]+(?:(?:\\+|${AMPERSAND})[A-Z]+)+\\.`, { before: INNER_PUNCTUATION, normalize: plainAmpersand }),
  rule(`[A-Z]+(?:(?:\\+|${AMPERSAND})[A-Z]+)+`, { normalize: plainAmpersand }),
  rule("'", { before: String.raw`[A-Za-z][^ \t\n\r\u00A0]`, normalize: leftQuotes }),
  rule(CLITIC, { normalize: rightQuotes }),
  rule(NEGATION, { normalize: rightQuotes }),
  rule(String.raw`''|[${GRAVE}\u2018-\u201F\u0091-\u0094\u2039\u203A\u00AB\u00BB]{1,2}|${APOSTROPHE}`, {
    normalize: rightQuotes,
  }),
  rule('<<|>>'),
  rule(
    String.raw`[+%&~\^\|\\\u00A6\u00A7\u00A8\u00A9\u00AC\u00AE\u00AF\u00B0-\u00BA\u00D7\u00F7\u0387\u05BE\u05C0\u05C3\u05C6\u05F3\u05F4\u0600-\u0603\u0606-\u060A\u060C\u0614\u061B\u061E\u066A\u066D\u0703-\u070D\u07F6-\u07F8\u0964\u0965\u0E4F\u1FBD\u2016\u2017\u2020-\u2023\u2030-\u2038\u203B\u203E-\u2042\u2044\u207A-\u207F\u208A-\u208E\u2100-\u214F\u2190-\u2BFF\u3012\u30FB\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]`,
  ),
  rule(String.raw`\0|${SPACE}+|[\u200B\u200E\u200F\uFEFF]|&${anyCase('nbsp')};`, { normalize: null }),
]

interface RuleOptions {
  readonly before?: string
  readonly normalize?: TokenRule['normalize']
  readonly giveBack?: number
  /** The returned character also stays in the token. */
  readonly doubled?: boolean
}

function rule(token: string, { before, normalize = same, giveBack = 0, doubled = false }: RuleOptions = {}): TokenRule {
  return { token, ...(before === undefined ? {} : { before }), giveBack, doubled, normalize }
}

/** A compiled table of rules. */
export interface Lexer {
  readonly rules: readonly TokenRule[]
  readonly automaton: LongestMatch
}

/** @internal */
export function lexerOf(rules: readonly TokenRule[]): Lexer {
  return { rules, automaton: new LongestMatch(rules, ptbUnits()) }
}

let made: Lexer | undefined

/** Compiled {@link TOKEN_RULES}, created on first use: a Worker that scores no captions does not need it. */
export function ptbLexer(): Lexer {
  return (made ??= lexerOf(TOKEN_RULES))
}

/** `ab|c` → `[aA][bB]|[cC]`: in this lexer only literals ignore case, character classes do not. */
function anyCase(literals: string): string {
  const spelled = literals.replace(/\\?[A-Za-z]/g, (letter) => {
    if (letter.startsWith('\\')) return letter
    const lower = letter.toLowerCase()
    return `[${lower}${letter.toUpperCase()}${OTHER_CASES[lower] ?? ''}]`
  })
  return `(?:${spelled})`
}

/** `The|Mr\\.` → `T[hH][eE]|M[rR]\\.` */
function capitalised(words: string): string {
  return words
    .split('|')
    .map((word) => word.charAt(0) + (word.length > 1 ? anyCase(word.slice(1)) : ''))
    .join('|')
}

function latexQuotes(token: string, single: string, double: string): string {
  return token
    .replace(/&apos;|'/g, single)
    .replace(/"|&quot;/g, double)
    .replace(/[\u0091\u2018\u201B\u2039]/g, '`')
    .replace(/[\u0092\u2019\u203A]/g, "'")
    .replace(/[\u0093\u201C\u00AB]/g, '``')
    .replace(/[\u0094\u201D\u00BB]/g, "''")
}

function spelledFraction(token: string): string {
  const spelled: Record<string, string> = { '\u00BC': '1/4', '\u00BD': '1/2', '\u00BE': '3/4', '\u2153': '1/3', '\u2154': '2/3' }
  return spelled[token] ?? token
}

function currency(token: string): string {
  const spelled: Record<string, string> = {
    '\u00A2': 'cents',
    '\u00A3': '#',
    '\u0080': '$',
    '\u00A4': '$',
    '\u20A0': '$',
    '\u20AC': '$',
  }
  return spelled[token] ?? token
}

const ABBREVIATION = new RegExp(`^(?:${SENTENCE_FINAL_ABBREVIATION}|${NUMBER_ABBREVIATION}|${INNER_ABBREVIATION}\\.)$`)
const ASSIMILATED_WORDS = ['cannot', 'gonna', 'gotta', 'lemme', 'gimme', 'wanna']
const ASSIMILATED = new RegExp(`^${anyCase(ASSIMILATED_WORDS.join('|'))}$`)
/** Lengths and lower-case initials, one bit each: they rule out most words. */
const ASSIMILATED_LENGTHS = ASSIMILATED_WORDS.reduce((bits, word) => bits | (1 << word.length), 0)
const ASSIMILATED_INITIALS = ASSIMILATED_WORDS.reduce((bits, word) => bits | (1 << (word.charCodeAt(0) & 31)), 0)

/** Whether ASCII letters before a blank, `text` between two positions, are one token without change. */
export function isPlainWord(text: string, from: number, to: number): boolean {
  if (to - from > 31 || (ASSIMILATED_LENGTHS & (1 << (to - from))) === 0) return true
  if ((ASSIMILATED_INITIALS & (1 << (text.charCodeAt(from) & 31))) === 0) return true
  return !ASSIMILATED.test(text.slice(from, to))
}

/** Whether ASCII letters and a period at the end of a sentence may be one token. */
export function isAbbreviation(word: string): boolean {
  return ABBREVIATION.test(`${word}.`)
}
