#!/usr/bin/env python3
"""Every sentence that people may see has a Chinese row in src/core/messages.h: finds the literals given to the functions that word
errors, refusals, notes and progress, and names file:line of each without a row; exit 1 if any.

  tools/check-messages.py [ROOT] [-l]      -l: only list the sentences that lack a row

A row fits when its English, with {1}…{4} standing for any text, is the literal with any text for its printf conversions. Sentences of
internal errors (ERR_INTERNAL, ERR_IO, ERR_RETRY) are left out: answers never show them, the log is English. Rooms and files that
speak to operators on a terminal are left out too (see TERMINAL)."""
import os
import re
import sys

# function: places of the arguments that people read
WORDED = {
    "fail": (2,), "error_set": (2,), "error_field": (5, 6), "reader_refuse": (2, 3), "reader_fault": (5, 6), "problem_add": (3, 4), "ADD": (2, 3),
    "job_note": (2,), "wrong_state": (2,), "why": (1,), "key_mark": (1,), "bad": (1,), "noted": (1,), "message_say": (1,),
}
IN_FILE = {  # functions of one file
    "src/app/input.c": {"fault_at": (4, 5)},
    "src/record/accept.c": {"refuse": (5, 6)},
    "src/exchange/load.c": {"load_note": (1,)},
    "src/exchange/carrier_folder.c": {"failed": (1,)},
    "src/hotline/recording.c": {"unsuited": (3, 4)},
    "src/emergency/declare.c": {"unsuited": (4, 5)},
    "src/hotline/shift.c": {"bad": (4, 5)},
    "src/hotline/rota.c": {"bad": (4, 5)},
    "src/intake/shifts.c": {"bad": (4, 5)},
    "src/partner/order.c": {"bad": (5, 6)},
    "src/portal/city_report.c": {"refuse": (3,)},
    "src/record/filter.c": {"refuse": (3, 4)},
    "src/record/styles.c": {"style_wrong": (3, 4)},
    "src/casework/share.c": {"form_bad": (4, 5)},
    "src/place/area.c": {"unsuited": (4, 5)},
    "src/place/change.c": {"held": (3, 4)},
    "src/place/address_bring.c": {"refuse": (4, 5)},
    "src/place/successor.c": {"refuse": (4, 5)},
    "src/place/shape.c": {"refuse": (1,)},
    "src/form/document.c": {"unsuited": (4, 5)},
    "src/place/ogr.c": {"bad": (3, 4)},
    "src/place/draft.c": {"too_much": (1,)},
    "src/place/mend.c": {"unsuited": (3, 4)},
    "src/notice/send.c": {"unsuited": (4, 5)},
    "src/verify/send.c": {"unsuited": (4, 5), "not_sent": (2, 3)},
    "src/verify/answer.c": {"unsuited": (4, 5)},
    "src/compare/define.c": {"unsuited": (4, 5)},
    "src/event/class.c": {"fault_at": (3, 4)},
    "src/event/flow.c": {"form_bad": (4, 5)},
    "src/casework/process.c": {"fault_at": (3, 4)},
}
ASSIGNED = re.compile(r"(?:\*why|\b\w*advice(?:\[\])?)\s*=\s*((?:\"(?:\\.|[^\"\\])*\"\s*)+);")
TERMINAL = ("src/app/cli", "src/app/demo", "src/app/main", "src/base/", "src/seal/", "src/store/", "src/evidence/verify", "src/app/openapi",
            "src/app/typescript", "src/catalog/pack", "src/catalog/yaml", "src/core/app.c", "src/evidence/sealer", "src/evidence/stream",
            "src/evidence/seats", "src/evidence/key", "src/evidence/outbox", "src/net/",
            "src/exchange/parcel_verify")
INTERNAL = ("ERR_INTERNAL", "ERR_IO", "ERR_RETRY")
TOKEN = re.compile(r'\s+|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])+\'|[A-Za-z_]\w*|\d[\w.]*|.', re.S)
CONVERSION = re.compile(r"%(?:%|[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z])")


def unquote(text):
    text = re.sub(r"\\x([0-9a-fA-F]+)", lambda m: chr(int(m.group(1), 16)), text)
    return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def tokens_of(source):
    out, line = [], 1
    for match in TOKEN.finditer(source):
        text = match.group()
        if not text.isspace() and not text.startswith(("//", "/*")):
            out.append((text, line))
        line += text.count("\n")
    return out


def arguments(tokens, at):
    """Token lists of the arguments of the call whose '(' is at `at`."""
    depth, out, part = 0, [], []
    for text, line in tokens[at:]:
        if text in "([{" and len(text) == 1:
            depth += 1
            if depth == 1:
                continue
        if text in ")]}" and len(text) == 1:
            depth -= 1
            if depth == 0:
                return out + [part]
        if text == "," and depth == 1:
            out.append(part)
            part = []
        else:
            part.append((text, line))
    return out


def literals(part):
    """Adjacent strings of an argument joined; both sides of ?: are separate. The arguments of calls inside it are not sentences,
    but for the format of arena_printf."""
    out, depth = [], 0
    joined, line_of = None, 0
    for index, (text, line) in enumerate(part):
        if text in "([":
            depth += 1
        if text in ")]":
            depth -= 1
        if text.startswith('"') and (depth == 0 or any(t == "arena_printf" for t, _ in part[:index]) and not out):
            if joined is None:
                joined, line_of = "", line
            joined += unquote(text[1:-1])
        elif joined is not None:
            out.append((joined, line_of))
            joined = None
    if joined is not None:
        out.append((joined, line_of))
    return out


def sentences(path, source):
    tokens = tokens_of(source)
    worded = {**WORDED, **IN_FILE.get(path, {})}
    for at in range(len(tokens) - 1):
        places = worded.get(tokens[at][0])
        if not places or tokens[at + 1][0] != "(":
            continue
        args = arguments(tokens, at + 1)
        if len(args) > 1 and any(text in INTERNAL for text, _ in args[1]) and not any(text == "?" for text, _ in args[1]):
            continue
        for place in places:
            if place < len(args):
                yield from literals(args[place])
    for match in ASSIGNED.finditer(source):
        text = "".join(unquote(part) for part in re.findall(r'"((?:\\.|[^"\\])*)"', match.group(1)))
        yield text, source.count("\n", 0, match.start()) + 1
    # settings' documents: {"name", "default", "doc" …} in tables of Setting
    for table in re.finditer(r"\bSetting\s+\w+\[\w*\]\s*=\s*\{(.*?)\n\};", source, re.S):
        for row in re.finditer(r'\{\s*(?:\.name\s*=\s*)?"[^"]*"\s*,\s*(?:\.value\s*=\s*)?"[^"]*"\s*,\s*(?:\.doc\s*=\s*)?((?:"(?:\\.|[^"\\])*"\s*)+)', table.group(1)):
            text = "".join(unquote(part) for part in re.findall(r'"((?:\\.|[^"\\])*)"', row.group(1)))
            yield text, source.count("\n", 0, table.start() + row.start()) + 1


def rows_of(path):
    tokens = tokens_of(open(path, encoding="utf-8").read().replace("\\\n", "\n"))
    rows = []
    for at in range(len(tokens) - 1):
        if tokens[at][0] == "X" and tokens[at + 1][0] == "(":
            args = arguments(tokens, at + 1)
            texts = [literals(arg) for arg in args]
            if len(texts) == 2 and texts[0] and texts[1]:
                rows.append((texts[0][0][0], texts[1][0][0]))
    return rows


def main():
    args = [arg for arg in sys.argv[1:] if not arg.startswith("-")]
    root = args[0] if args else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    os.chdir(root)
    rows = [row for name in sorted(os.listdir("src/core")) if re.fullmatch(r"messages\w*\.h", name) for row in rows_of("src/core/" + name)]
    faults = []
    for english, chinese in rows:
        if sorted(set(re.findall(r"\{[1-4]\}", english))) != sorted(set(re.findall(r"\{[1-4]\}", chinese))) and "{" in chinese:
            faults.append(("src/core/messages.h", 0, english, "the Chinese has other holes than"))
    exact = {english for english, _ in rows}
    patterns = [re.compile("".join(".*" if i % 2 else re.escape(part) for i, part in enumerate(re.split(r"(\{[1-4]\})", english))), re.S)
                for english, _ in rows if "{1}" in english and english not in ("{1}: {2}", "{1}; {2}")]
    found = 0
    for folder, _, names in sorted(os.walk("src")):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.endswith(".c") or name.endswith("_test.c") or path.startswith(TERMINAL):
                continue
            for text, line in sentences(path, open(path, encoding="utf-8").read()):
                if not re.search(r"[A-Za-z]{2}", CONVERSION.sub("", text)) or re.match(r"[A-Z]+ /", text):
                    continue
                found += 1
                sample = CONVERSION.sub(lambda m: "%" if m.group() == "%%" else "§", text)
                if sample not in exact and not any(pattern.fullmatch(sample) for pattern in patterns):
                    faults.append((path, line, text, "no Chinese row for"))
    for path, line, text, what in faults:
        print(text if "-l" in sys.argv else f"{path}:{line}: {what} \"{text}\"")
    print(f"check-messages: {found} sentences, {len(rows)} rows, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
