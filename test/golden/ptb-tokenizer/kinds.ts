/**
 * Kinds of rules in which a tokenizer written from examples can differ from the lexer, with small captions for each: our words.
 * `generate.ts` beside gives them to the lexer.
 * @module
 */

export interface Kind {
  readonly kind: number
  readonly rule: string
  /** Captions that are tokenised together. */
  readonly texts: readonly (readonly string[])[]
}

const STARTERS =
  'A About According Additionally After An As At But Earlier He Her Here However If In It Last Many More Mr. Ms. Now Once One Other Our She Since So Some Such That The Their Then There These They This We What When While Yet You'.split(
    ' ',
  )
const ALONE = (lines: readonly string[]): string[][] => lines.map((line) => [line])

export const KINDS: readonly Kind[] = [
  kind(1, 'one letter before a sentence starter gives its period back', [
    ...ALONE([
      'seat I. The step',
      'a. The ',
      'A row of B. There it is',
      'x.\u00A0He sat',
      'A.B. The end',
      'a.b. the end',
      'plan A.  The end',
    ]),
    ['the corner of 12th Ave S.', 'A dog runs'],
    ['a.', 'A '],
    ['U.S.', 'A flag'],
    ...STARTERS.flatMap((word) => ALONE([`a. ${word} b`, `a.b. ${word} b`])),
  ]),
  kind(2, 'U+201B is a left single quote', ALONE(['\u201B', 'n\u201Bt', 'do n\u201BT \u201Ba', 'don\u201Bt', '\u201Bn\u201Bt'])),
  kind(3, 'letters are those of Unicode 6 and the lexer\u2019s own', [
    ...ALONE([
      '\u0C34',
      'a\u0CBEb',
      '\u1C90 a',
      'x\uAB70y',
      '\u4DB6',
      '\u0528',
      '\u2C2F',
      '\u0375',
      'a\u0378b',
      '\u0A43\u06DD',
      '1\u1885',
      '\u0DE6',
      'a\uA9F0',
    ]),
    ...ALONE(['Inc. \u13A0 a', 'Inc. \u2160 a', 'Inc. \u24B6 a', 'a\u0614b']),
  ]),
  kind(
    4,
    'guillemets are quotes',
    ALONE(['\u00ABa b\u00BB', '\u2039a\u203A', '\u00BB\u00BB', '\u00AB\u00AB \u2039\u2039', '\u00AB5\u00BB.']),
  ),
  kind(
    5,
    'no smiley has a dot within',
    ALONE(['^.^', '>.<', '=.= ~.~', 'x.x', 'x.[^x=~<>]', '(^.^)', '(x.x)', '^_^ -_-', '(^_^)', 'x.>', "('-`)"]),
  ),
  kind(6, 'an address may stand in angle brackets, and its host may hold marks', [
    ...ALONE([
      '<a@b.c>',
      '&lt;a@b.c&gt;',
      'a.b@c,d',
      'a@:',
      'b@, c',
      'a@;',
      'a@[b]',
      '<a@b.c',
      'a@b.c>',
      '&LT;a@b.c&GT; d',
      'a@b.',
      'a@b..c',
      '(a@b)',
    ]),
  ]),
  kind(7, 'markup begins a sentence', [
    ...ALONE(['a.b. <i> c', 'a. <i> c', 'a. <a b="c"> d', 'a. <!-> b', 'Inc. <i> a', 'a.b. <i>c']),
    ['a.b. <i>', ''],
    ['a.', '<i> b'],
  ]),
  kind(
    8,
    'Did, During, How, Who and Why begin none',
    ALONE(['a. Did b', 'a. During b', 'a.b. How b', 'a.b. Who b', 'a. Why b', 'a. Its b', 'a. My b']),
  ),
  kind(9, 'entities ignore case', [
    ...ALONE([
      'a&NBSP;b',
      '&LT; &GT;',
      '&QUOT;a&QUOT;',
      'N&APOS;T',
      'a&Apos;s',
      '&quot;a&quot;',
      'it&apos;s',
      'caf&EACUTE;',
      'na&iuml;ve',
      'a &MDASH; b',
      'a &Ndash; b &md; c',
    ]),
    ...ALONE(['&HT; &ht;', '&ODQ; &cdQ;', '&#39; &#x27;', 'a &AMP; b', '&hellip;']),
  ]),
  kind(
    10,
    'a back-tick is an apostrophe within words',
    ALONE(['don`t', 'l`amour', 'ba`a', 'Xi`an', 'n`t', 'it`s', 'd`or-l`eau', '`a`', 'o`b-c']),
  ),
  kind(
    11,
    'hyphenated parts have no decimals',
    ALONE(['a-1.1', 'a-1.1.1', 'x-1.5-y', 'a-b.1', 'a-1a.1', '1.5-inch', 'a,b-c', 'a-1.']),
  ),
  kind(
    12,
    'values of attributes are quoted',
    ALONE(['<a b=c>', '<a b="c">', "<a b='c d'/>", '<a b = "c" d>', '<a b c>', '</a b>', 'Va. <a b=c>', '<a b="c"d>']),
  ),
  kind(13, 'U+20A4 stays', ALONE(['\u20A45', '5 \u20A4', '\u00A35', '\u20AC5 \u00A4 \u00A2'])),
  kind(
    14,
    'white space has to follow a sentence starter',
    ALONE(['a. The?', 'a. The!', 'a.b. He!', 'a. A, b', 'a. The\tb', 'a. The']),
  ),
  kind(15, 'bldg. is an abbreviation everywhere', [
    ...ALONE(['bldg.', 'bldg. a', 'Bldg. A', 'BLDG. 5', 'bldg..a']),
    ['the bldg.', 'A dog'],
  ]),
  kind(16, 'y, e, f and t of some abbreviations are lower case', [
    ...ALONE([
      'Ptes.',
      'ptes. a',
      'Pptes. a',
      'pty. a',
      'PTY. a',
      'PTY.',
      'PTE. a',
      'PTe. a',
      'Ppty. A',
      'PPTY. a',
      'Ptys. a',
      'PTYS. a',
      'Pty. Ltd. a',
      'PTY. LTD. a',
      'Co. Ltd a',
    ]),
    ...ALONE(['Mtg. a', 'MTG. a', 'Mfg. a', 'MFG. a', 'mtG. a', 'MtG. 5']),
  ]),
  kind(17, 'file names', [
    ...ALONE([
      '1.gif,',
      '7.jpg zz',
      '1a.C.',
      '1.a.a.X.',
      '2.docx a',
      '3.jpeg!',
      '1.jpx a',
      '1.gif;',
      '\u00AD.zip a',
      '\uFF12.htm a',
      '5\u00E9.py a',
      '1.PNG?',
    ]),
    ...'bat bmp c cgi class cpp dll doc exe gif gz h htm html jar java jpg mov mp3 pdf php pl png ppt ps py sql tar txt wav x xml zip'
      .split(' ')
      .map((extension) => [`7.${extension} a`]),
    ['1.gif', ''],
  ]),
  kind(18, 'dunno stays whole', ALONE(['dunno', 'Dunno a', 'cannot', 'gonna gotta', 'lemme gimme wanna', 'Cannot.', 'a dunno.'])),
  kind(19, 'O and o around an apostrophe are one word', ALONE(["O'o", 'o\u2019o', "O'O a", 'o\u2018o', 'O`o'])),
  kind(20, 'sec., sect. and arts. are no abbreviations before numbers', [
    ...ALONE([
      'sec. 1',
      'secs. 1',
      'sect. 1',
      'sects. 1',
      'arts. 1',
      'art. 1',
      'ca. 5',
      'fig. 1',
      'figs. 1',
      'prop. 1',
      'no. 5',
      'nos. 5',
      'pp. 5',
      'op. 5',
      'no. a',
      'fig.1',
    ]),
    ['a piece of art.', '5 dogs'],
    ['a piece of art.', 'five dogs'],
  ]),
  kind(21, 'a soft hyphen alone is a hyphen', ALONE(['\u00AD', 'a \u00AD b', '\u00AD\u00AD', 'self\u00ADmade', '1\u00AD000'])),
  kind(
    22,
    "only the ASCII apostrophe splits 'tis",
    ALONE(['\u2019tis', "'tis", "'Tis a", '\u0092tis', "'twas", '\u2019twas', '&apos;tis']),
  ),
  kind(
    23,
    'of a sentence starter only the first letter\u2019s case counts',
    ALONE(['a.b. HE b', 'a. THE b', 'a. ThE b', 'a. the b', 'a.b. AT b', 'a. MR. b', 'a. mr. b']),
  ),
  kind(24, 'no abbreviation before places', [
    ...ALONE(['no. Cal', 'So. Africa', 'No. Korea', 'so. Cal. a']),
    ['they say so.', 'Africa'],
    ['they say so.', 'Asia'],
  ]),
  kind(
    25,
    'braces end a URL',
    ALONE(['http://a/b{c', 'http://a.b}c', 'http://{a', 'Http://a{1', 'https://a.b/c?d=e&f=g{h', 'http://a.b/(c)']),
  ),
  kind(26, 'units beyond the basic plane stay in addresses', [
    ...ALONE([
      'a@\u{1F600}',
      'http://a\u{1F600}',
      'a@\u{20BB7}b',
      'a \u{1F600} b',
      'a\u{1F600}b',
      '\u{1F600}.com',
      '\uE000 a',
      'a\u{1D49C}',
    ]),
  ]),
  kind(
    27,
    'the longest match with an ampersand',
    ALONE(['A&AMP;A', 'AT&amp;T', 'AT&T', 'R&B.,', 'A&amp;B&C', 'S&amp;P-500 s&Ls', 'A+B']),
  ),
  kind(
    28,
    'the longest acronym',
    ALONE(['a.k.a.a.', 'a.k.a. b', 'a.k.a', 'u.s.-u.k.', 'non-U.S. a', 'U.S.-U.S.S.R. a', 'Canada-U.S. a', 'a.b.c d']),
  ),
  kind(
    29,
    'the longest address',
    ALONE(['www.a-b.com/x.open-mouthed', 'www.a.com', 'www.a', 'a.b.org/c.d', 'FOO.COM', 'x-y.com', 'www.a.co.uk/b,c', 'a.comb']),
  ),
  kind(30, 'a final sigma is final in Java\u2019s words', [
    ...ALONE([
      'a-\u03A3',
      '\u0391\u03A3',
      '\u0391\u03A3-b',
      '\u03A3',
      'a\u0301-\u03A3',
      '\u05D0\u03A3',
      'a\u05D0\u03A3',
      '\u03A3\uAC00g',
      'a\uFF76\u03A3',
      'a\u30AB\u03A3',
      'a\u4E00\u03A3',
      'a1\u03A3',
      'a-1-\u03A3',
      '\u039F\u0394\u039F\u03A3 \u03A3A',
    ]),
  ]),
  kind(31, 'a quoted attribute may run across captions', [
    ['a <b c="', '"> d', 'e'],
    ['a dog <b c="runs', 'a dog', 'a cat"> sits', 'a cat sits', 'a bird flies'],
    ["a <b c='x", '', '. y', ' ', "'/> z", 'w'],
    ['a <b c="', 'd', 'e'],
    ['<b c="', '" d="', '">', 'U.S. The a'],
  ]),
  kind(32, 'U+0130, U+0131, U+017F and U+212A are i, s and k in words that ignore case', [
    ...ALONE([
      '\u017Fept. a',
      '\u212Aan. a',
      'w\u0131s. a',
      'W\u0130s. a',
      'mr\u017F. a',
      'a&apo\u017F;s',
      '\u2019t\u0131ll a',
      'a. Th\u0131s a',
      'g\u0131mme',
      'dun\u212Ain\u2019 a',
    ]),
    ...ALONE([
      'no\u017F. 5',
      'a.\u212A.a. b',
      '\u017F&amp;l\u017F',
      '1.z\u0131p a',
      'M\u0131ss. a',
      '-r\u017Fb-',
      'non-u.\u017F. a',
      "'90\u017F",
      "c'e\u017Ft",
      'http\u017F://a.b',
      'a\u2019\u017F',
      'U.\u017F. a',
    ]),
  ]),
  kind(33, 'further shapes, each of one rule', [
    ...ALONE([
      "a man'd",
      'n\u2019re',
      "T've",
      "l'd",
      'we\u2019re',
      "l'",
      "d' a",
      "T'\u00E9O",
      'N\u2018mos',
      "e'er",
      "li'l",
      "cont'd.",
      "nor'easter",
      "y'all",
      "y'",
    ]),
    ...ALONE(['1/2/2014', '1-2/2014', '\u0661/\u0662/\u0663\u0664', '1\u20442', '1-1/2', '12 1/2 a', '12\u00A01/2', '1\\/2']),
    ...ALONE(['Korean-U.S a', 'EU-U.S,', 'EU-U.SA', "5'10 a", `5'10"`, "'05x", '\u00E9.., a', 'a\u00AD., b', '\u00E9., b']),
    ...ALONE(['12 345 678', '(555) 555-1234', '++44 20 7946 0958', '555.555.5555', '1 800 555 1212']),
    ...ALONE([
      'a,b-c., d',
      'x.y-z.; d',
      '1.5-a\u00ADb.: d',
      'a\u00AD-b',
      '1., a',
      '1\u0661-a., b',
      '>> <<',
      ':-) a',
      ':{A',
      ';D',
      '=\\D',
      ':@.',
    ]),
    ...ALONE(['A&amp;B., c', 'Q&A.', 'Q&A., b', 'i\u00ADsn\u2019t', "\u00E9\u00AD's", 'a\u007Fb', "don't- n't1 n't", "can't've"]),
  ]),
]

function kind(number: number, rule: string, texts: readonly (readonly string[])[]): Kind {
  return { kind: number, rule, texts }
}
