"""Sentences that no one wrote: captions, questions and answers, and statements by a small grammar, and hard cases by hand.

Everything is drawn from a `random.Random` seeded by name, so the same seed gives the same sentences on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

#: A subject with other words for it (some share a WordNet synset, some do not), in the singular and the plural.
AGENTS = [
    (("gardener", "gardeners"), ("nurseryman", "nurserymen")),
    (("blacksmith", "blacksmiths"), ("smith", "smiths")),
    (("lighthouse keeper", "lighthouse keepers"), ("watchman", "watchmen")),
    (("badger", "badgers"), ("animal", "animals")),
    (("physician", "physicians"), ("doctor", "doctors")),
    (("fiddler", "fiddlers"), ("violinist", "violinists")),
    (("heron", "herons"), ("bird", "birds")),
    (("goose", "geese"), ("bird", "birds")),
    (("mouse", "mice"), ("rodent", "rodents")),
    (("sailor", "sailors"), ("seaman", "seamen")),
    (("automobile", "automobiles"), ("car", "cars")),
    (("infant", "infants"), ("baby", "babies")),
    (("weaver", "weavers"), ("craftsman", "craftsmen")),
    (("donkey", "donkeys"), ("ass", "asses")),
    (("astronomer", "astronomers"), ("stargazer", "stargazers")),
    (("child", "children"), ("kid", "kids")),
    (("pony", "ponies"), ("small horse", "small horses")),
    (("beekeeper", "beekeepers"), ("apiarist", "apiarists")),
]
ADJECTIVES = [
    "old", "elderly", "tiny", "huge", "weary", "cheerful", "grey", "violet", "cream", "crimson", "left-handed", "well-known",
    "half-asleep", "rain-soaked", "lively", "happy", "narrow", "wide", "thick",
]
#: A verb as "…s", "…ing", "…ed", then another verb of about the same meaning.
DEEDS = [
    (("mends", "mending", "mended"), ("repairs", "repairing", "repaired")),
    (("polishes", "polishing", "polished"), ("shines", "shining", "shined")),
    (("paints", "painting", "painted"), ("colors", "coloring", "colored")),
    (("carries", "carrying", "carried"), ("transports", "transporting", "transported")),
    (("examines", "examining", "examined"), ("inspects", "inspecting", "inspected")),
    (("hides behind", "hiding behind", "hidden behind"), ("stays behind", "staying behind", "kept behind")),
    (("purchases", "purchasing", "purchased"), ("buys", "buying", "bought")),
    (("begins to clean", "beginning to clean", "begun"), ("starts to clean", "starting to clean", "started")),
    (("lifts", "lifting", "lifted"), ("raises", "raising", "raised")),
    (("ties up", "tying up", "tied up"), ("binds", "binding", "bound")),
]
THINGS = [
    ("anvil", "iron block"), ("lantern", "lamp"), ("telescope", "spyglass"), ("rowing boat", "rowboat"), ("beehive", "hive"),
    ("loom", "frame"), ("barometer", "weather glass"), ("sofa", "couch"), ("wheelbarrow", "barrow"), ("bicycle", "bike"),
    ("accordion", "squeeze box"), ("samovar", "tea urn"), ("drawbridge", "bridge"), ("scarecrow", "straw man"), ("kettle", "pot"),
]
PLACES = [
    "beside the harbor wall", "under the walnut tree", "at the edge of the marsh", "in the attic", "on the jetty",
    "behind the windmill", "between two haystacks", "inside the observatory", "near the frozen pond", "across from the old mill",
    "in St. Anselm's courtyard", "on No. 7 Wharf St.", "by the U.S. customs house", "at Dr. Quill's surgery",
]
#: What a tokenizer treats apart, put at the end or in the middle of a caption.
HARD = [
    "it can't be moved", "they're late", "who'd have thought", "it isn't theirs", "at 7:45 p.m.", "for $3.50 apiece", "(seen from below)",
    "\"as good as new\"", "rock 'n' roll style", "half past nine o'clock", "with 1/2 a pound of nails", "-- or so it seems",
    "etc.", "while it rains...", "and/or its owner", "no. 12 of 40", "50% off", "the so-called 'expert'", "in the 1920s", "#harbor @dawn",
    "wanna bet?", "cannot say", "gotta go", "d'ye see", "'tis late", "U.S.A.", "co-op's", "x-ray", "naïve façade", "<b>bold</b>", "A&B",
    "see www.example.org/a_b", "mail me@example.org", "1,000,000 bees", "20 °C", "!!", "?!", "[sic]", "{so}", "3.14159", "the smiths' forge",
]
COLOURS = ["red", "blue", "beige", "violet", "cream", "gray", "grey", "gold", "silver", "tan", "dark", "light", "maroon"]
SIZES = ["wide", "thick", "tiny", "huge", "great", "narrow", "big", "large", "little", "massive", "fat", "giant"]
#: Nouns of many senses, which share some: the most similar is not the first.
POLYSEMOUS = [
    "trunk", "torso", "body", "chest", "box", "case", "suit", "bole", "boot", "kick", "charge", "bang", "rush", "flush", "thrill", "level", "floor",
    "story", "deck", "pack", "pile", "mass", "lot", "heap", "bunch", "cluster", "group", "set", "band", "ring", "hoop", "loop", "circle",
]
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@dataclass(frozen=True)
class Scene:
    """What a picture would show."""

    agent: int
    adjective: str
    deed: int
    thing: int
    place: str
    many: bool


def stream(*name: object) -> Random:
    """Random numbers of their own for each name."""
    return Random("/".join(map(str, name)))


def scene(random: Random) -> Scene:
    return Scene(
        random.randrange(len(AGENTS)), random.choice(ADJECTIVES), random.randrange(len(DEEDS)), random.randrange(len(THINGS)),
        random.choice(PLACES), random.random() < 0.3,
    )


def article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def caption(random: Random, of: Scene) -> str:
    """One of many ways to say a scene, plain: without hard tokens but those of its place."""
    agent = AGENTS[of.agent][random.random() < 0.35][of.many]
    verbs = DEEDS[of.deed][random.random() < 0.35]
    thing = THINGS[of.thing][random.random() < 0.35]
    adjective = of.adjective if random.random() < 0.6 else ""
    one = f"{adjective} {agent}".strip()
    subject = random.choice([f"three {one}", f"some {one}", f"the {one}"]) if of.many else random.choice([article(one), f"the {one}", f"that {one}"])
    present = verbs[0] if not of.many else verbs[0].replace("ies", "y", 1) if verbs[0].endswith("ies") else verbs[0].rstrip("s")
    forms = [
        f"{subject} {present} {article(thing)} {of.place}",
        f"{subject} {'are' if of.many else 'is'} {verbs[1]} the {thing} {of.place}",
        f"{of.place} {subject} {'are' if of.many else 'is'} {verbs[1]} {article(thing)}",
        f"{article(thing)} {verbs[2]} by {subject}",
        f"a picture of {subject} {verbs[1]} {article(thing)}",
        f"{subject} with {article(thing)} {of.place}",
        f"there {'are' if of.many else 'is'} {subject} {of.place} {verbs[1]} {article(thing)} and {article(THINGS[(of.thing + 1) % len(THINGS)][0])}",
    ]
    return random.choice(forms)


def written(random: Random, text: str) -> str:
    """As people type it: capitals, full stops, hard tokens, stray spaces."""
    if random.random() < 0.35:
        words = text.split(" ")
        words.insert(random.randrange(len(words) + 1), random.choice(HARD))
        text = " ".join(words)
    if random.random() < 0.2:
        text += f", {random.choice(HARD)}"
    if random.random() < 0.7:
        text = text[0].upper() + text[1:]
    text += random.choice(["", ".", ".", " .", "!", ". ", "?"])
    return random.choice(["", "", "", " "]) + text + random.choice(["", "", "", "\n"])


def candidate(random: Random, of: Scene) -> str:
    """What a captioner says: mostly right, sometimes of another scene, too short, too long, or saying a word again and again."""
    kind = random.random()
    if kind < 0.12:
        return caption(random, scene(random))
    text = caption(random, of)
    words = text.split(" ")
    if kind < 0.2:
        return " ".join(words[: random.randrange(1, 4)])
    if kind < 0.27:
        return " ".join([*words, "and", *caption(random, of).split(" ")])
    if kind < 0.34:
        return " ".join(word for word in words for _ in range(1 + (random.random() < 0.4)))
    if kind < 0.5:
        for _ in range(random.randrange(1, 4)):
            words[random.randrange(len(words))] = random.choice(text.split(" "))
    return " ".join(words)


# --- METEOR -----------------------------------------------------------------------------------------------------------------------

#: Tokens that METEOR's normaliser takes apart, each as others write it.
TOKEN_PAIRS = [
    ("U.S.", "US", "us", "U.S", "u. s."), ("No. 7", "No 7", "no. 7", "No. seven", "number 7"), ("well-known", "well known", "well - known"),
    ("it's", "it 's", "its", "it\u2019s"), ("1,000", "1 000", "1, 000", "1000"), ("Dr. Quill", "Dr Quill", "dr. quill"), ("e.g.", "eg", "e.g"),
    ("3.5", "3 . 5", "3.5."), ("wait...", "wait ...", "wait.", "wait . . ."), ("\u201csilver\u201d", '"silver"', "''silver''", "`silver'"),
    ("1990's", "1990s", "1990 's"), ("and/or", "and / or", "and or"), ("caf\u00e9", "cafe", "caf\u00e9."), ("sailors'", "sailors '", "sailor's"),
    ("50%", "50 %", "50 percent"), ("(open)", "( open )", "open"), ("pp. 5", "pp 5", "pp. five"), ("Mr. Reed", "mr. reed", "Mr Reed"), ("no.", "no .", "No."),
    ("a--b", "a - b", "a\u2013b"), ("rock'n'roll", "rock 'n' roll", "rock n roll"), ("x-ray.", "x ray .", "x-ray"), ("St. Anselm", "St Anselm", "st. anselm"),
]
INFLECTIONS = "mend mends mending mended boat boats old older carry carries carrying carried tie ties tying tied lie lying news only early".split()


def metered(random: Random) -> tuple[str, list[str]]:
    """A caption and references whose tokens are written otherwise, or a row of inflected words that could match in many ways."""
    if random.random() < 0.4:
        row = lambda: " ".join(random.choice(INFLECTIONS[: random.choice([6, 9, 24])]) for _ in range(random.randrange(3, 16)))  # noqa: E731
        return row(), [row() for _ in range(random.randrange(1, 4))]
    of = scene(random)
    pairs = [random.choice(TOKEN_PAIRS) for _ in range(random.randrange(1, 4))]

    def put() -> str:
        words = caption(random, of).split(" ")
        for forms in pairs:
            words.insert(random.randrange(len(words) + 1), random.choice(forms))
        text = " ".join(words)
        return text if random.random() < 0.5 else text[0].upper() + text[1:] + random.choice([".", " .", ""])

    return put(), [put() for _ in range(random.randrange(1, 4))]


# --- VQA ------------------------------------------------------------------------------------------------------------------------

#: (question_type, answer_type, question with {agent}, {thing}, {place}, true answers to draw from).
QUESTIONS = [
    ("how many", "number", "how many {things} does the {agent} own {place}", ["1", "2", "3", "4", "10", "12", "0"]),
    ("what color is the", "other", "what color is the {thing} that the {agent} left {place}", ["red", "blue", "light blue", "grey", "black and white", "cream"]),
    ("is the", "yes/no", "is the {agent} taller than the {thing}", ["yes", "no"]),
    ("what is the", "other", "what is the {agent} resting on {place}", ["a ladder", "the wall", "hay", "nothing", "an anvil", "two crates"]),
    ("why", "other", "why would the {agent} guard the {thing}", ["it's raining", "for sale", "he'll need it", "to sell it", "they don't trust him"]),
    ("what time", "other", "what time did the {agent} reach the {thing}", ["10:30", "ten o'clock", "noon", "7 p.m.", "12.15"]),
    ("what number is", "number", "what number is painted on the {thing} {place}", ["1,000", "3.5", "0", "42", "1/2", "-7", "007"]),
    ("are there", "yes/no", "are there any {agents} {place} today", ["yes", "no"]),
    ("none of the above", "other", "name the tool that the {agent} holds {place}", ["tongs", "a blacksmith's hammer", "pry-bar", "spirit level", "can't tell"]),
    ("does the", "yes/no", "does the {thing} belong to the {agent}", ["yes", "no", "can't tell"]),
]
DIGIT_WORDS = {"0": ["zero", "none", "Zero."], "1": ["one", "One", "a"], "2": ["two", "TWO"], "3": ["three"], "4": ["four."], "10": ["ten", "Ten"]}


def respelled(random: Random, answer: str) -> str:
    """The same answer as another person writes it: what normalisation makes equal, or nearly."""
    kind = random.randrange(9)
    if kind == 0:
        return answer.capitalize()
    if kind == 1:
        return answer + random.choice([".", "!", "?", ",", " .", "..."])
    if kind == 2:
        return random.choice(["a ", "the ", "an ", "The "]) + answer
    if kind == 3 and answer in DIGIT_WORDS:
        return random.choice(DIGIT_WORDS[answer])
    if kind == 4:
        return answer.replace("'", "")
    if kind == 5:
        return answer.replace(" ", random.choice(["  ", "-", " - ", "/", "\t", "\n"]))
    if kind == 6:
        return f"({answer})" if random.random() < 0.5 else f'"{answer}"'
    if kind == 7:
        return f" {answer} "
    return answer.upper()


def mistaken(random: Random, kind: str) -> str:
    pools = {"yes/no": ["yes", "no", "maybe", "not sure"], "number": ["1", "2", "5", "11", "many", "eleven", "1.5"]}
    return random.choice(pools.get(kind, ["tree", "a kettle", "the sea", "green", "its", "it's", "dont know", "don't know", "unknown", "-"]))


#: Strings for every step of VQA's normalisation, by hand.
NORMALISATION = [
    "", " ", "the", "A the an", "None.", "Zero", "eleven", "Ten o'clock", "oclock", "its", "it's", "im", "Im", "I'm", "Id've", "id've",
    "somebody'd", "somebodyd", "let's", "lets", "ow's'at", "'ow'sat", "yall'd've", "y'all'dve", "thered", "twas", "1,000", "1,000,000",
    "1, 000", "a,b", "a, b", ",", "a ,b", "3.14", ".5", "5.", "5. 5", "a.b", "...", "U.S.A.", "www.example.org", "10:30", "10:30 p.m.",
    "50%", "$5", "#1", "&", "a&b", "and/or", "either / or", "semi;colon", "semi; colon", "[x]", "[ x ]", "{x}", "(x)", "( x )", '"q"',
    "x=y", "x = y", "1+1", "1 + 1", "back\\slash", "a_b", "a _b", "a-b", "a - b", "well-known", "<x>", "a>b", "me@x", "`x`", "what?", "what ?",
    "no!", "no !", "a!b", "1,2!3", "1,2-3", "1,2 - 3", "dog's", "dogs'", "\u2019tis", "don\u2019t", "caf\u00e9", "CAF\u00c9", "\u0130stanbul",
    "stra\u00dfe", "\u03a3\u03a3", "one two", "two one", "the one", "a one", "an an an", "none none", "no one", "zero, one", "line\nbreak", "tab\tbreak",
    "  spaces   inside  ", "\u00a0nbsp\u00a0", "a\u00a0b", "thin\u2009space", "\u3000wide", "x\u200bx", "\ufeffbom", "1\u00bd", "\u0663,\u0664", "3\u002e\u0664",
    "." * 31, "." * 32, "." * 33, "a." * 40, ".1" * 40, "?.", ".?", "!.!", "a . b . c", "mr. x", "no. 5", "5.a", "a.5", "a.5.", "..5", "5..", "5..5",
    # letters that Python 2.7's Unicode 5.2 knows in one case only, and a space that it still has
    "\u13a0", "\u13a0\u13a1 x", "2 \u180e 3", "a\u180eb", "\u180e", "\u1c90", "\ua7aa", "\u10c7", "\u2c2f", "\u1e9e", "\ua640", "\U00010400", "\U00010c80",
    "red;-blue", "x/(y)", "[(a)]", '"-"', "?!x", "{[x]}", "a;/b", "1,2;-3",
    "constructor", "toString", "__proto__", "hasOwnProperty", "self", "manualMap",
]
CONTRACTION_WORDS = (
    "aint arent cant couldve couldnt couldn'tve couldnt've didnt doesnt dont hadnt hadnt've hadn'tve hasnt havent hed hed've he'dve hes "
    "howd howll hows Id've I'dve Im Ive isnt itd itd've it'dve itll let's maam mightnt mightnt've mightn'tve mightve mustnt mustve neednt "
    "notve oclock oughtnt ow's'at 'ows'at 'ow'sat shant shed've she'dve she's shouldve shouldnt shouldnt've shouldn'tve somebody'd "
    "somebodyd've somebody'dve somebodyll somebodys someoned someoned've someone'dve someonell someones somethingd somethingd've "
    "something'dve somethingll thats thered thered've there'dve therere theres theyd theyd've they'dve theyll theyre theyve twas wasnt "
    "wed've we'dve weve werent whatll whatre whats whatve whens whered wheres whereve whod whod've who'dve wholl whos whove whyll whyre "
    "whys wont wouldve wouldnt wouldnt've wouldn'tve yall yall'll y'allll yall'd've y'alld've y'all'dve youd youd've you'dve youll youre "
    "youve id've i'dve im ive id i'd ill well were hell shell wed she'd he'd"
).split(" ")


def normalisation_texts(random: Random, count: int) -> list[str]:
    """The strings above, each contraction alone and in company, and so many random ones."""
    pieces = [*CONTRACTION_WORDS, *"one two ten none the a an The 1 2,5 3.5 dog Dog's red".split(" ")]
    marks = list(";/[]\"{}()=+\\_-><@`,?!.'&%$#*:~") + [" ", " ", " ", ". ", " .", ", ", "' "]
    texts = [*NORMALISATION, *CONTRACTION_WORDS, *(f"The {word}." for word in CONTRACTION_WORDS[::3])]
    for _ in range(count):
        texts.append("".join(random.choice(pieces) + random.choice(marks) for _ in range(random.randrange(1, 6))))
    return list(dict.fromkeys(texts))


# --- NLVR2 ----------------------------------------------------------------------------------------------------------------------

STATEMENTS = [
    ("The left picture shows exactly {n} {agents} {place}.", ("hard cardinality", "spatial relation")),
    ("At least one of the {agents} is not carrying a {thing}.", ("soft cardinality", "negation", "existential quantifier")),
    ("Every {agent} in the two pictures stands to the right of a {thing}.", ("universal quantifier", "spatial relation")),
    ("There are more {things} than {agents} in the right picture.", ("comparison",)),
    ("A {agent} lifts a {thing} and another one watches it {place}.", ("coordination", "coreference")),
    ("No {thing} is visible, and the {agents} face the camera.", ("negation", "coordination", "presupposition")),
    ("The {agents} with a {thing} that lean on a wall are {place}.", ("pp ambiguity", "sbar ambiguity")),
    ("One picture has a {agent} or a {thing} and a drum.", ("cc ambiguity", "existential quantifier")),
]


def filled(random: Random, template: str) -> str:
    """A question or statement with its slots drawn."""
    agent = random.choice(AGENTS)[0]
    thing = random.choice(THINGS)[0]
    slots = {"agent": agent[0], "agents": agent[1], "thing": thing, "things": thing + "s", "place": random.choice(PLACES), "n": random.choice(NUMBERS)}
    return template.format(**slots)
