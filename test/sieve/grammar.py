"""Makes Sieve scripts: of the grammar, and such with a fault."""
import re

CAPABILITIES = ["fileinto", "envelope", "vacation", "copy", "imap4flags", "variables", "relational", "regex", "subaddress", "body",
                "date", "index", "mailbox", "environment", "duplicate", "mime", "foreverypart", "extracttext", "enotify", "reject",
                "include", "encoded-character", "comparator-i;ascii-numeric", "ihave"]
WORDS = ["a", "Subject", "From", "to", "X-Spam-Flag", "YES", "bob@example.com", "a@b.c,d@e.f", "${x}", "${1}", "\\\\Seen", "\\\\Foo", "INBOX.a",
         "gt", "1", "i;octet", "i;ascii-numeric", "(a|b)*", "a*?", "hour", "date", "+0100", "known", "mailto:a@b.c", "é", "a b", "",
         "${hex:61}", "global.x", "text", "auth", "\\\"q\\\"", "line⏎two"]
TAGS = [":is", ":contains", ":matches", ":regex", ":count \"gt\"", ":value \"le\"", ":comparator \"i;octet\"",
        ":comparator \"i;ascii-numeric\"", ":localpart", ":domain", ":all", ":user", ":detail", ":copy", ":create",
        ":flags \"\\\\Seen\"", ":over", ":under", ":days 3", ":subject \"s\"", ":from \"a@b.c\"", ":addresses [\"a@b.c\"]", ":mime",
        ":handle \"h\"", ":lower", ":upper", ":length", ":lowerfirst", ":index 1", ":last", ":raw", ":text", ":content \"text\"", ":zone \"+0100\"",
        ":originalzone", ":optional", ":once", ":global", ":personal", ":anychild", ":type", ":param \"p\"", ":name \"n\"", ":first 3",
        ":header \"x\"", ":uniqueid \"u\"", ":seconds 60", ":importance \"1\"", ":message \"m\"", ":options \"a=b\""]
MATCH = [":is", ":contains", ":matches", ":regex", ":count \"gt\"", ":value \"le\"", ":comparator \"i;octet\"", ":comparator \"i;ascii-numeric\""]
PART = [":localpart", ":domain", ":all", ":user", ":detail"]
# S a string, L a list or a string, N a number, A an address, H a header that holds addresses.
COMMANDS = [("keep", [":flags \"\\\\Seen\""], ""), ("discard", [], ""), ("stop", [], ""), ("redirect", [":copy"], "A"),
            ("fileinto", [":copy", ":create", ":flags [\"a\",\"\\\\Seen\"]"], "S"), ("vacation", TAGS[18:24], "S"), ("reject", [], "S"),
            ("setflag", [], "L"), ("addflag", [], "VL"), ("removeflag", [], "L"), ("set", [":lower", ":upperfirst", ":length"], "VS"),
            ("include", [":optional", ":once", ":personal"], "K"), ("return", [], ""), ("error", [], "S"), ("global", [], "V"),
            ("notify", [":importance \"1\"", ":message \"m\"", ":from \"a@b.c\""], "U"), ("break", [], ""), ("extracttext", [":first 3", ":upper"], "V")]
TESTS = [("true", [], ""), ("false", [], ""), ("header", MATCH + [":index 1", ":mime"], "LL"), ("address", MATCH + PART + [":index 1"], "HL"),
         ("envelope", MATCH + PART, "EL"), ("exists", [":mime"], "L"), ("size", [":over", ":under"], "N"), ("string", MATCH, "LL"),
         ("hasflag", MATCH, "L"), ("body", MATCH + [":raw", ":content \"t\"", ":text"], "L"), ("mailboxexists", [], "L"),
         ("date", MATCH + [":zone \"+0100\"", ":originalzone", ":index 2"], "SSL"), ("currentdate", MATCH + [":zone \"-0100\""], "SL"),
         ("environment", MATCH, "SL"), ("duplicate", [":handle \"h\"", ":header \"x\"", ":last", ":seconds 3"], ""), ("ihave", [], "C"),
         ("valid_notify_method", [], "L"), ("specialuse_exists", [], "L")]


def quoted(chance, word):
    if chance.random() < 0.03:
        return f"text:\n{word}\n.\n"
    return '"' + word.replace("⏎", "\n") + '"'


def string(chance):
    return quoted(chance, chance.choice(WORDS))


def listed(chance, words):
    if chance.random() < 0.6:
        return quoted(chance, chance.choice(words))
    return "[" + ", ".join(quoted(chance, chance.choice(words)) for _ in range(chance.randint(1, 3))) + "]"


def argument(chance, kind):
    if chance.random() < 0.03:
        kind = chance.choice("SLN")
    if kind == "N":
        return f"{chance.randint(0, 300)}{chance.choice(['', 'K', 'M', 'G', 'k'])}"
    if kind == "L":
        return listed(chance, WORDS)
    choices = {"S": WORDS, "A": ["bob@example.com", "Bob <bob@example.com>", "${x}@example.com", "bob"], "V": ["x", "y1", "Z_", "1", "x-y"],
               "H": ["from", "To", "Cc", "sender", "subject"], "E": ["from", "To", "auth"], "K": ["known", "a"],
               "U": ["mailto:a@b.c", "mailto:a@b.c?subject=x", "foo"], "C": [*CAPABILITIES, "foo"]}
    if kind in "HEC":
        return listed(chance, choices[kind] + choices[kind][:2] * 3)
    return quoted(chance, chance.choice(choices[kind]))


def arguments(chance, tags, kinds):
    words = chance.sample(tags, min(len(tags), chance.choice([0, 0, 1, 1, 2, 3])))
    if tags == [":over", ":under"] and chance.random() < 0.9:
        words = [chance.choice(tags)]
    if chance.random() < 0.02:
        words.append(chance.choice(TAGS))
    return "".join(" " + word for word in words + [argument(chance, kind) for kind in kinds])


def test(chance, depth=0):
    form = chance.random()
    if depth < 3 and form < 0.12:
        return "not " + test(chance, depth + 1)
    if depth < 3 and form < 0.3:
        inner = ", ".join(test(chance, depth + 1) for _ in range(chance.randint(1, 3)))
        return f"{chance.choice(['anyof', 'allof'])} ({inner})"
    name, tags, kinds = chance.choice(TESTS)
    return name + arguments(chance, tags, kinds)


def command(chance, depth):
    if depth < 4 and chance.random() < 0.35:
        text = f"if {test(chance)} {block(chance, depth)}"
        while chance.random() < 0.25:
            text += f" elsif {test(chance)} {block(chance, depth)}"
        return text + (f" else {block(chance, depth)}" if chance.random() < 0.3 else "")
    if depth < 4 and chance.random() < 0.06:
        return "foreverypart" + chance.choice(["", ' :name "n"']) + " " + block(chance, depth)
    name, tags, kinds = chance.choice(COMMANDS)
    return name + arguments(chance, tags, kinds) + ";"


def separator(chance):
    return chance.choice([" ", "\n", "\n", "\n\n", "\r\n", " # note\n", "\n# note\n", " /* note */ ", "\n/* two\nlines */\n", "\t"])


def block(chance, depth):
    return "{" + separator(chance) + commands(chance, depth + 1, chance.randint(0, 3)) + "}"


def commands(chance, depth, count):
    return "".join(command(chance, depth) + separator(chance) for _ in range(count))


def script(chance):
    """Mostly sound, since what is wrong once is refused whatever else it holds."""
    needed = CAPABILITIES if chance.random() < 0.9 else chance.sample(CAPABILITIES, 20)
    names = ", ".join(f'"{name}"' for name in needed)
    return f"require [{names}];{separator(chance)}{commands(chance, 0, chance.choice([0, 1, 1, 1, 2, 3]))}"


TOKEN = re.compile(r'text:[^\n]*\n(?:[^\n]*\n)??\.\n|"(?:\\.|[^"\\])*"|#[^\n]*\n|/\*.*?\*/|:?\w+|\s+|.', re.S)


def mutate(chance, text):
    tokens = TOKEN.findall(text) or [""]
    for _ in range(chance.choice([1, 1, 1, 2])):
        place = chance.randrange(len(tokens))
        other = chance.randrange(len(tokens))
        change = chance.randrange(6)
        if change == 0:
            tokens[place] = ""
        elif change == 1:
            tokens.insert(place, tokens[other])
        elif change == 2:
            tokens[place], tokens[other] = tokens[other], tokens[place]
        elif change == 3:
            tokens[place] = chance.choice(["(", ")", "[", "]", "{", "}", ";", ",", ":", '"', "#", "/*", "\\", "keep", "\n", "1", '"x"'])
        elif change == 4 and tokens[place]:
            at = chance.randrange(len(tokens[place]))
            tokens[place] = tokens[place][:at] + chance.choice(['"', ";", "a", ".", "\n", "\\", ""]) + tokens[place][at + 1:]
        else:
            tokens.insert(place, chance.choice(TAGS + [name for name, _, _ in COMMANDS + TESTS]) + " ")
    return "".join(tokens)
