#!/usr/bin/env python3
"""Finds public declarations without a docstring: docstrings.py SOURCE_ROOT; exit status 1 when there is one.

Looked at are the headers of the rooms, but for those of BPF programs: every type at namespace scope or public in a class, and every such function. A docstring
is a comment of `///` (or `/* */`, where C reads it too) right before the declaration, or one of `///<` behind it. Overloads that follow each other share one. None is
asked of
  - the type that a header is named after, which the header's opening comment is about;
  - functions that a concept asks for: the concept says what they do;
  - what is defaulted, deleted, an operator or an override; a destructor; constructors that take nothing, or copy, or move;
  - a function without parameters that is a single return statement.
"""
import pathlib
import re
import sys

ROOMS = ("base", "wire", "stats", "pktgen", "analyzer", "nsglue", "hopload", "campaign")
TOKEN = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<directive>^[ \t]*#(?:[^\n]*\\\n)*[^\n]*)|(?P<raw>R"(?P<d>[^(]*)\(.*?\)(?P=d)")'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")|(?P<char>\'(?:\\.|[^\'\\\n])+\')|(?P<word>[A-Za-z_][\w]*(?:::[A-Za-z_~]\w*)*)'
    r"|(?P<number>\d(?:'?[\w.])*)|(?P<mark>->|::|&&|\|\||[^\s\w])", re.S | re.M)
TYPES = ("class", "struct", "union", "enum")
OPEN, CLOSE = {"(": ")", "{": "}", "[": "]"}, {")", "}", "]"}


class Token:
    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line
        self.last_line = line + text.count("\n")


def tokens_of(source):
    tokens = []
    line, at = 1, 0
    for match in TOKEN.finditer(source):
        line += source.count("\n", at, match.start())
        at = match.start()
        if match.lastgroup != "directive":
            tokens.append(Token("comment" if match.group("comment") else "code", match.group(), line))
    return tokens


class Header:
    """Walks one file's scopes and collects what has no docstring."""

    def __init__(self, path):
        tokens = tokens_of(path.read_text())
        self.about = path.stem.split(".")[0].replace("_", "") if tokens and tokens[0].kind == "comment" else None
        self.code = [t for t in tokens if t.kind == "code"]
        self.doc_ends = set()    # lines that a docstring for what follows ends at
        self.doc_behind = set()  # lines with a docstring for what stands before it
        for token in tokens:
            if token.text.startswith("///<"):
                self.doc_behind.add(token.line)
            elif token.text.startswith(("///", "/*")):
                self.doc_ends.add(token.last_line)
        self.asked_for = set()   # functions that the file's concepts ask for
        self.missing = []
        self.documented = None  # the name of the last function with a docstring, for the overloads behind it
        self.scope(0, "", True, False)

    def closing(self, at):
        """The index of what closes the bracket at `at`."""
        depth = 0
        while at < len(self.code):
            text = self.code[at].text
            depth += text in OPEN
            depth -= text in CLOSE
            if depth == 0:
                return at
            at += 1
        return len(self.code) - 1

    def scope(self, at, name, public, in_class):
        """Reads declarations from `at` to the scope's closing brace; returns the index behind it."""
        while at < len(self.code):
            text = self.code[at].text
            if text == "}":
                return at + 1
            if text in ("public", "private", "protected") and self.code[at + 1].text == ":":
                public = text == "public"
                at += 2
            elif text == ";":
                at += 1
            else:
                at = self.declaration(at, name, public, in_class)
        return at

    def declaration(self, first, scope, public, in_class):
        """Reads one declaration and what it holds; returns the index behind it."""
        at, head = first, []
        while at < len(self.code):
            text = self.code[at].text
            if text == ";":
                self.judge(first, at, head, scope, public, None)
                return at + 1
            if text == "{":
                kind = self.kind_of(head)
                end = self.closing(at)
                if kind == "namespace":
                    if len(head) == 1 or "detail" in head[-1]:
                        return end + 1
                    return self.scope(at + 1, scope, True, False)
                if kind in TYPES:
                    self.judge(first, at, head, scope, public, None)
                    if kind != "enum":
                        self.scope(at + 1, self.type_name(head), public and kind != "class", True)
                    at = end + 1
                    while self.code[at].text != ";":
                        at += 1
                    return at + 1
                if kind == "function" and self.code[at - 1].text not in (",", "=") and not self.in_initialisers(head):
                    self.judge(first, end, head, scope, public, self.code[at + 1:end])
                    return end + 1
                head.append("{}")
                at = end + 1
            elif text in OPEN:
                end = self.closing(at)
                head += [text, " ".join(t.text for t in self.code[at + 1:end]), OPEN[text]]
                at = end + 1
            else:
                head.append(text)
                at += 1
        return at

    @staticmethod
    def without_template(head):
        """The head without attributes and template<...>."""
        head = list(head)
        while head and head[0] in ("template", "["):
            if head[0] == "[":
                head = head[3:]
                continue
            depth, i = 0, 1
            while i < len(head):
                depth += head[i] == "<"
                depth -= head[i] == ">"
                i += 1
                if depth == 0:
                    break
            head = head[i:]
        return head

    def kind_of(self, head):
        head = self.without_template(head)
        if not head:
            return "other"
        if head[0] == "requires":
            head = head[1:]
            while head and head[0] not in ("struct", "class") and not self.is_function(head):
                head = head[1:]
        if not head:
            return "other"
        if head[0] == "namespace" or head[:1] == ["inline"] and "namespace" in head or head[0] == "extern" and len(head) == 2:
            return "namespace"
        if head[0] in TYPES and "(" not in head and "=" not in head:
            return head[0]
        if "concept" in head[:2]:
            return "concept"
        if head[0] == "using":
            return "using"
        return "function" if self.is_function(head) else "other"

    @staticmethod
    def is_function(head):
        if head[0] in ("static_assert", "friend", "using", "typedef", "namespace"):
            return False
        if "(" not in head:
            return False
        call = head.index("(")
        if "operator" in head[:call + 1]:
            return True
        return call > 0 and head[call - 2] not in (".", "->") and "=" not in head[:call] and "{}" not in head[:call] and re.match(r"[A-Za-z_~]", head[call - 1]) is not None

    @staticmethod
    def in_initialisers(head):
        """Whether a brace behind `head` belongs to a constructor's list of initialisers."""
        if ":" not in head:
            return False
        return re.match(r"[A-Za-z_]", head[-1]) is not None and head[-1] not in ("noexcept", "const", "override", "final")

    def type_name(self, head):
        head = self.without_template(head)
        words = [w for w in head[1:] if re.match(r"[A-Za-z_]", w) and w not in ("class", "struct", "final", "alignas")]
        return words[0] if words else ""

    def has_docstring(self, first, last):
        start, end = self.code[first].line, self.code[last].line
        return start - 1 in self.doc_ends or any(line in self.doc_behind for line in range(start, end + 1))

    def judge(self, first, last, head, scope, public, body):
        kind = self.kind_of(head)
        if not public or kind not in TYPES + ("function", "concept", "using"):
            return
        plain = self.without_template(head)
        if kind == "function":
            call = head.index("(")
            name = head[call - 1]
            if "::" in name or self.needs_none(head, call, scope, body):
                return  # or: declared in its class
        elif kind == "concept":
            name = plain[1]
            code = self.code[first:last]
            for before, word, behind in zip(code, code[1:], code[2:]):
                if behind.text == "(" and (before.text == "." or "::" in word.text):
                    self.asked_for.add(word.text.split("::")[-1])
        elif kind == "using":
            if "=" not in plain:
                return
            name = plain[1]
        else:
            name = self.type_name(head)
            if not name:
                return  # an enumeration that only names numbers
            if not scope and name.lower() == self.about:
                return
            if body is None and self.code[last].text == ";":
                return  # declared here, defined elsewhere
        if self.has_docstring(first, last):
            self.documented = (scope, name)
        elif kind != "function" or self.documented != (scope, name):
            self.missing.append((self.code[first].line, f"{scope}::{name}" if scope else name, kind))

    @staticmethod
    def needs_none(head, call, scope, body):
        name, parameter = head[call - 1], head[call + 1]
        if "operator" in head or "override" in head or name.startswith("~") or head[-1] in ("default", "delete"):
            return True
        if name == scope.split("::")[-1] and parameter and re.fullmatch(r"(?:const )?" + name + r" (?:&&|&)(?: \w+)?", parameter):
            return True
        if parameter == "":
            if name == scope.split("::")[-1]:
                return True
            if body is not None and (not body or body[0].text == "return") and [t.text for t in body].count(";") <= 1:
                return True
        return False


def main():
    root = pathlib.Path(sys.argv[1])
    headers = {path.relative_to(root): Header(path) for room in ROOMS for path in sorted((root / room).rglob("*.h"))
               if not path.name.endswith(".bpf.h")}
    asked_for = set().union(*(h.asked_for for h in headers.values()))
    faults = 0
    for path, header in headers.items():
        for line, name, kind in header.missing:
            if "::" not in name or name.split("::")[-1] not in asked_for:
                faults += 1
                print(f"{path}:{line}: {kind} {name} has no docstring")
    sys.exit(1 if faults else 0)


main()
