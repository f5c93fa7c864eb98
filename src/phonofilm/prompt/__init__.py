"""The prompt language: text <-> script, the words of a prompt, hints. Any prose is a valid prompt."""

from phonofilm.prompt.check import check, lint, unheard
from phonofilm.prompt.parse import MAX_CHARACTERS, parse
from phonofilm.prompt.script import Clause, Line, Mention, Script, Shot, print_script
from phonofilm.prompt.words import Word, tokenise

__all__ = [
    "MAX_CHARACTERS",
    "Clause",
    "Line",
    "Mention",
    "Script",
    "Shot",
    "Word",
    "check",
    "lint",
    "parse",
    "print_script",
    "tokenise",
    "unheard",
]
