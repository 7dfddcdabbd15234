#!/usr/bin/env python3
"""Writes a C++ source with files' text as constants: embed.py OUT NAME=FILE[,FILE...]...

Files of one name are joined in order. Run by the build; the texts come from this tree and from Debian's D3 modules."""

import sys

DELIMITER = "hopcost_embed"
PIECE = 60000  # characters a literal: some compilers limit them


def text_of(paths):
    parts = []
    for path in paths.split(","):
        with open(path, encoding="utf-8") as file:
            parts.append(file.read().rstrip("\n") + "\n")
    return "".join(parts)


def literal(text):
    pieces = [text[i:i + PIECE] for i in range(0, len(text), PIECE)]
    return "\n".join(f'R"{DELIMITER}({piece}){DELIMITER}"' for piece in pieces) or '""'


def main():
    out, *names = sys.argv[1:]
    lines = ['#include "campaign/report/assets.h"', "", "namespace hopcost::campaign::assets {"]
    for name, paths in (argument.split("=", 1) for argument in names):
        text = text_of(paths)
        if name != "kPage" and ("</script" in text.lower() or "<!--" in text):
            sys.exit(f"{paths}: holds text that would end a script element")
        lines.append(f"const std::string_view {name} =\n{literal(text)};")
    lines.append("}  // namespace hopcost::campaign::assets")
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
