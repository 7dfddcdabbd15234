#!/usr/bin/env python3
"""A man page says what its program's --help says: man_page_test.py PROGRAM PAGE.

The options of the program, and of each of its verbs (a section .Ss VERB), are compared both ways. Then mandoc and
groff look for faults of the page, those of them that are there.
"""
import os
import re
import shutil
import subprocess
import sys

EVERYWHERE = {"-h", "--help"}
OPTION = re.compile(r"^  ((?:-\w|--[\w-]+)(?:,--[\w-]+)*)", re.M)
VERB = re.compile(r"^  ([a-z]\w*)  +\S", re.M)


def help_of(program, *verb):
    return subprocess.run([program, *verb, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout


def options_in_help(text):
    return {name for match in OPTION.finditer(text) for name in match.group(1).split(",")}


def verbs_in_help(text):
    _, _, verbs = text.partition("\nSubcommands:\n")
    return VERB.findall(verbs)


def options_in_page(page, verbs):
    """By verb; '' is the program itself."""
    found = {verb: set() for verb in ["", *verbs]}
    verb = ""
    for line in page.splitlines():
        words = line.split()
        if words[:1] in ([".Sh"], [".Ss"]):
            verb = words[1] if words[0] == ".Ss" and words[1] in verbs else ""
        elif words[:2] == [".It", "Fl"]:
            found[verb] |= {"-" + words[i + 1] for i, word in enumerate(words) if word == "Fl"}
    return found


def compare(program, page):
    text = help_of(program)
    verbs = verbs_in_help(text)
    in_page = options_in_page(page, verbs)
    faults = [f"no word of '{verb}'" for verb in verbs if not re.search(rf"^\.(It )?Cm .*\b{verb}\b", page, re.M)]
    for verb, known in in_page.items():
        real = options_in_help(help_of(program, verb) if verb else text)
        here = f" of '{verb}'" if verb else ""
        faults += [f"{option}{here} is missing in the page" for option in sorted(real - known - EVERYWHERE)]
        faults += [f"{option}{here} is not in --help" for option in sorted(known - real)]
    return faults


def lint(path):
    faults = []
    for command in (["mandoc", "-Tlint", "-Wwarning", path], ["groff", "-mdoc", "-ww", "-z", path]):
        if shutil.which(command[0]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            faults += done.stdout.splitlines()
        else:
            print(f"not looked at by {command[0]}: it is not installed")
    return faults


os.environ["COLUMNS"] = "200"
program, path = sys.argv[1:]
with open(path, encoding="ascii") as file:
    faults = compare(program, file.read()) + lint(path)
for fault in faults:
    print(f"{path}: {fault}")
sys.exit(1 if faults else 0)
