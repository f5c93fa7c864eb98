"""Scripts one after the other: the words of an extension as the shots that follow a clip's own."""

from __future__ import annotations

from dataclasses import replace

from phonofilm.prompt.script import Script, Shot, clauses_of, mentions_of


def followed(script: Script, seconds: float, words: Script, more: float) -> Script:
    """``script``, which lasts ``seconds``, and then ``words`` for ``more`` seconds: one script in which every shot has
    its time.

    What ``words`` say before their first shot holds for their own shots only; what ``script`` says there holds for all,
    unless a shot says otherwise.
    """
    before = [
        replace(shot, start=start, end=end)
        for shot, (start, end) in zip(script.shots, script.times(seconds), strict=True)
    ]
    after = [
        _after(shot, words.preamble, round(seconds + start, 3), round(seconds + end, 3))
        for shot, (start, end) in zip(words.shots, words.times(more), strict=True)
    ]
    return Script(shots=(*before, *after), preamble=script.preamble)


def _after(shot: Shot, preamble: str, start: float, end: float) -> Shot:
    text = " ".join(part for part in (preamble, shot.text) if part)
    return replace(shot, start=start, end=end, text=text, clauses=clauses_of(text), mentions=mentions_of(text))
