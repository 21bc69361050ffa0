#!/usr/bin/env python3
"""Finds in the Swift sources what the compiler lets pass and CONTRIBUTING.md does not.

One line a finding: file:line: rule: what it is, and what to do. What was looked at and is right is said where it is, in
a comment on the line or the one above, `// allowed(rule): reason`, or in scripts/check-exceptions.txt for names.
"""
import bisect
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXCEPTIONS = ROOT / "scripts/check-exceptions.txt"
# Where a name is looked for that nothing in Sources refers to.
OTHERS = ["Tests", "Benchmarks", "README.md"]

# Rule, pattern, where it does not hold, what to do.
BANNED = [
    (
        "duration",
        r"/ \.(nano|micro|milli)?seconds\(|\.components\b",
        "Sources/Core/TimeFormats/",
        "make integers of durations with clampedNanoseconds, clampedMilliseconds or wholeSeconds (TimeFormats)",
    ),
    (
        "integer-of-double",
        r"\bU?Int(?:8|16|32|64)?\((?=[^\n]*(?:\bDouble\b|\.rounded\(|\.squareRoot\(|\bpow\())(?!exactly|clamping|bitPattern)",
        "Sources/Core/TimeFormats/",
        "a Double that is no number or too large ends the process here: use Int(exactly:), or say why it cannot be",
    ),
    ("force-try", r"\btry!", None, "throw on, or handle the error"),
    ("force-cast", r"\bas!", None, "use as? and say what happens otherwise"),
    ("force-unwrap", r"[\w)\]}>`]!(?![=\w])", None, "use guard let, and say what happens otherwise"),
    (
        "trap",
        r"\b(fatalError|precondition|preconditionFailure|assert|assertionFailure)\(",
        None,
        "throw an error; a trap is only for what no input can reach, and the reason belongs in a comment",
    ),
    (
        "loose-task",
        r"\bTask(\.detached)?\s*(\([^)\n]*\)\s*)?\{",
        "Sources/Core/TaskSupport/",
        "use a task group or a TaskOwner, which end with what started them",
    ),
    ("umask", r"\bumask\(", None, "give the mode when the file is made: the mask is the whole process's"),
    ("reaping", r"\bwaitpid\(\s*-1\b", None, "wait for the processes you know: others may wait for theirs"),
    (
        "blocking-sleep",
        r"(?<![\w.])(u|nano|clock_nano)?sleep\(",
        None,
        "wait for the event, or use pause(for:) of TaskSupport",
    ),
    (
        "foundation",
        r"^\s*(?:@\w+\s+)*(?:public |package |internal |private |fileprivate )?import (?:struct |func )?Foundation\w*",
        None,
        "the sources do without Foundation: the runner lives as long as its work",
    ),
]

DECLARATIONS = {"func", "var", "let", "struct", "class", "enum", "actor", "protocol", "typealias", "case"}
TYPES = {"struct", "class", "enum", "actor", "protocol", "typealias"}
SCOPES = {"struct", "class", "enum", "actor", "protocol", "extension"}
MODIFIERS = {
    "public", "package", "internal", "private", "fileprivate", "open", "static", "final", "mutating", "nonmutating",
    "consuming", "borrowing", "nonisolated", "override", "indirect", "lazy", "weak", "unowned", "isolated",
}
TOKEN = re.compile(r"`[^`\n]+`|[^\W\d]\w*|\$?\d\w*|[^\w\s]")


def code_of(text):
    """The text with comments and the contents of strings blanked out; code inside of interpolations stays."""
    out = list(text)
    stack = []  # what we are in: ("string", hashes, is_multiline), ("interpolation", depth)
    at, end = 0, len(text)

    def blank(start, stop):
        for index in range(start, min(stop, end)):
            if out[index] != "\n":
                out[index] = " "

    opening = re.compile(r'(#*)("""|")')
    while at < end:
        if stack and stack[-1][0] == "string":
            _, hashes, quote = stack[-1]
            if text.startswith(quote + hashes, at):
                blank(at, at + len(quote + hashes))
                at += len(quote + hashes)
                stack.pop()
            elif text.startswith("\\" + hashes + "(", at):
                blank(at, at + 1 + len(hashes))
                at += 2 + len(hashes)
                stack.append(["interpolation", 1])
            elif text.startswith("\\" + hashes, at):
                blank(at, at + 2 + len(hashes))
                at += 2 + len(hashes)
            else:
                blank(at, at + 1)
                at += 1
            continue
        if text.startswith("//", at):
            stop = text.find("\n", at)
            stop = end if stop < 0 else stop
            blank(at, stop)
            at = stop
        elif text.startswith("/*", at):
            depth, stop = 1, at + 2
            while stop < end and depth:
                if text.startswith("/*", stop):
                    depth, stop = depth + 1, stop + 2
                elif text.startswith("*/", stop):
                    depth, stop = depth - 1, stop + 2
                else:
                    stop += 1
            blank(at, stop)
            at = stop
        elif text[at] in '"#' and (match := opening.match(text, at)):
            blank(at, match.end())
            stack.append(("string", match[1], match[2]))
            at = match.end()
        else:
            if stack:
                if text[at] == "(":
                    stack[-1][1] += 1
                elif text[at] == ")":
                    stack[-1][1] -= 1
                    if not stack[-1][1]:
                        stack.pop()
            at += 1
    return "".join(out)


class Source:
    def __init__(self, path):
        self.path = path.relative_to(ROOT).as_posix()
        self.text = path.read_text()
        self.code = code_of(self.text)
        self.lines = self.text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def line(self, offset):
        return bisect.bisect_right(self.starts, offset)

    def is_allowed(self, rule, line):
        """Whether a comment on the line, or in the comment lines above it, says why it is right."""
        if f"// allowed({rule}): " in self.lines[line - 1]:
            return True
        above = line - 2
        while above >= 0 and self.lines[above].strip().startswith("//"):
            if f"// allowed({rule}): " in self.lines[above]:
                return True
            above -= 1
        return False


class Declaration:
    def __init__(self, source, line, kind, name, scope, modifiers):
        self.source, self.line, self.kind, self.name = source, line, kind, name
        self.scope, self.modifiers = scope, modifiers


def read(source):
    """The declarations of a file that are not local ones, and how often each word is used for something else."""
    declarations, uses = [], collections.Counter()
    scopes, pending, modifiers, brackets = [], None, [], []
    tokens = [(match[0], match.start()) for match in TOKEN.finditer(source.code)]
    index = 0
    previous = ""
    is_case = False
    while index < len(tokens):
        token, offset = tokens[index]
        following, next_offset = tokens[index + 1] if index + 1 < len(tokens) else ("", 0)
        if token == "{":
            scopes.append(pending or ("code", ""))
            pending, modifiers = None, []
            brackets.append(token)
            is_case = False
        elif token == "}":
            if scopes:
                scopes.pop()
            while brackets and brackets.pop() != "{":
                pass
            modifiers = []
        elif token in "([":
            brackets.append(token)
        elif token in ")]":
            if brackets:
                brackets.pop()
        elif token in MODIFIERS and previous != ".":
            modifiers.append(token)
        elif token in SCOPES | DECLARATIONS and previous != "." and re.match(r"[^\W\d`]|`", following or " "):
            is_member = all(kind != "code" for kind, _ in scopes) and not (brackets and brackets[-1] != "{")
            name = following.strip("`")
            if token == "class" and following in DECLARATIONS | MODIFIERS:
                previous = token
                index += 1
                continue
            line = source.line(offset)
            if token == "case":
                if is_member and scopes and scopes[-1][0] == "enum":
                    # All names up to the end of the list: `case one, two(Int) = 2`.
                    depth, index = 0, index + 1
                    expects = True
                    while index < len(tokens):
                        word, place = tokens[index]
                        if depth == 0 and (word in DECLARATIONS | MODIFIERS | SCOPES | {"}", "@", "init", "#", "subscript"}):
                            break
                        if word in "([":
                            depth += 1
                        elif word in ")]":
                            depth -= 1
                        elif depth == 0 and word == ",":
                            expects = True
                        elif depth == 0 and expects and re.match(r"[^\W\d]|`", word):
                            declarations.append(
                                Declaration(source, source.line(place), "case", word.strip("`"), list(scopes), list(modifiers))
                            )
                            expects = False
                        elif depth and re.match(r"[^\W\d]|`", word) and tokens[index + 1][0] != ":":
                            uses[word.strip("`")] += 1
                        index += 1
                    modifiers = []
                    previous = ""
                    continue
                is_case = True
                index += 1
                previous = token
                continue
            if token in SCOPES:
                pending = (token, name)
            elif token in {"func"}:
                pending = ("code", name)
            elif token in {"var", "let"}:
                pending = None
            if token != "extension":
                if is_member and not re.search(r"@main\s[^@{}]*$", source.code[:offset]):
                    declarations.append(Declaration(source, line, token, name, list(scopes), list(modifiers)))
                modifiers = []
                index += 1  # The name is no use of itself.
            else:
                modifiers = []
                index += 1
            previous = following
            index += 1
            continue
        elif re.match(r"[^\W\d]|`", token):
            is_label = following == ":" and next_offset == offset + len(token) and previous not in {".", "case"}
            if is_label and (is_case or (brackets and brackets[-1] == "[")):
                is_label = False
            # `func name(label word: Type)`: the label before it is no use either.
            is_first = bool(brackets) and brackets[-1] == "(" and previous in "(," and re.match(r"[^\W\d]", following or " ")
            is_first = is_first and tokens[index + 2][0] == ":" if is_first and index + 2 < len(tokens) else False
            if not is_label and not is_first:
                uses[token.strip("`")] += 1
            if token in {"init", "deinit", "subscript"}:
                modifiers = []
        if token == ":" and not brackets:
            is_case = False
        elif token == ":" and brackets and brackets[-1] == "{":
            is_case = False
        previous = token
        index += 1
    return declarations, uses


def exceptions():
    """Names that are right as they are: lines of `rule name reason`."""
    found = collections.defaultdict(dict)
    for line in EXCEPTIONS.read_text().split("\n"):
        if line.strip() and not line.startswith("#"):
            rule, name, _ = line.split(None, 2)
            found[rule][name] = False
    return found


def banned(source, report):
    for rule, pattern, home, advice in BANNED:
        if home and source.path.startswith(home):
            continue
        for match in re.finditer(pattern, source.code, re.M):
            line = source.line(match.start())
            if not source.is_allowed(rule, line):
                report(source.path, line, rule, f"`{source.lines[line - 1].strip()[:70]}`: {advice}")
    for match in re.finditer(r"@unchecked\s+Sendable|nonisolated\(unsafe\)", source.code):
        line = source.line(match.start())
        above = source.lines[line - 2].strip() if line > 1 else ""
        if not above.startswith("//") and "//" not in source.lines[line - 1]:
            report(source.path, line, "unchecked", f"`{match[0]}` without a comment above that proves it: write one")


def duplicates(declarations, allowed, report):
    """Names of types that more than one thing has, over all modules."""
    named = collections.defaultdict(list)
    for found in declarations:
        if found.kind in TYPES and not found.scope and not {"private", "fileprivate"} & set(found.modifiers):
            named[found.name].append(found)
    for name, places in sorted(named.items()):
        # Executables see no more of each other than private types do.
        if len(places) < 2:
            continue
        if name in allowed:
            allowed[name] = True
            continue
        for found in places:
            others = ", ".join(f"{o.source.path}:{o.line}" for o in places if o is not found)
            report(found.source.path, found.line, "one-name", f"`{name}` is another type in {others}: rename one")


def unused(declarations, uses, elsewhere, allowed, report):
    """What nothing in Sources refers to."""
    for found in declarations:
        name = found.name
        if uses[name] or "override" in found.modifiers or name == "_":
            continue
        if name in allowed:
            allowed[name] = True
            continue
        scope = ".".join(part for _, part in found.scope)
        shown = f"{scope}.{name}" if scope else name
        if found.source.is_allowed("unused", found.line):
            continue
        if elsewhere[name]:
            report(found.source.path, found.line, "only-tests", f"only tests refer to {found.kind} `{shown}`: move it to them")
        else:
            report(found.source.path, found.line, "unused", f"nothing refers to {found.kind} `{shown}`: remove it")


def main():
    findings = []

    def report(path, line, rule, text):
        findings.append((path, line, f"{path}:{line}: {rule}: {text}"))

    declarations, uses = [], collections.Counter()
    for path in sorted((ROOT / "Sources").rglob("*.swift")):
        source = Source(path)
        banned(source, report)
        found, used = read(source)
        declarations += found
        uses.update(used)
    elsewhere = collections.Counter()
    for name in OTHERS:
        files = (ROOT / name).rglob("*.swift") if (ROOT / name).is_dir() else [ROOT / name]
        for path in files:
            elsewhere.update(re.findall(r"[^\W\d]\w*", path.read_text()))
    allowed = exceptions()
    duplicates(declarations, allowed["one-name"], report)
    unused(declarations, uses, elsewhere, allowed["unused"], report)
    for rule, names in allowed.items():
        for name, is_met in names.items():
            if not is_met:
                report("scripts/check-exceptions.txt", 1, rule, f"nothing needs the exception `{name}` any more: remove it")
    for _, _, line in sorted(set(findings)):
        print(line)
    count = len(set(findings))
    print(f"check: {count} finding{'' if count == 1 else 's'}" if findings else "check: nothing found")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
