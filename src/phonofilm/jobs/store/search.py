"""Finding jobs by words of their prompts, their name, project, seed, id, engine and ratio: an index table of words, so
that a search reads what it finds and not every prompt there is.

A word sought is found at the beginning of a word of the prompt, in any case; in scripts that put no spaces between
words, anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import Session

from phonofilm.jobs.store.tables import Job, PromptWord

LONGEST = 40
"""Characters of a word that are kept and compared."""
MOST_WORDS = 400
"""Different words of a prompt that are kept."""
MOST_SOUGHT = 4
"""Words of a search that are looked for: the longest ones."""
_RUN = 8
"""Characters of a piece of text without spaces that are kept from each place on."""
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_PIECES = re.compile(f"[{_SPACELESS}]+|[^{_SPACELESS}]+")
_EDGES = (
    " \t.,;:!?()[]{}<>\"'`\u00ab\u00bb\u2018\u2019\u201c\u201d\u201e\u2026\u3001\u3002\uff0c\uff01\uff1f-\u2013\u2014"
)


def _pieces(text: str) -> Iterable[str]:
    """What stands between spaces, in small letters, without the marks round it; scripts without spaces apart from
    others."""
    for chunk in text.casefold().split():
        for piece in _PIECES.findall(chunk):
            if word := piece.strip(_EDGES):
                yield word


def words_of(prompt: str) -> list[str]:
    """The words a prompt is found by, in its order."""
    found: dict[str, None] = {}
    for word in _pieces(prompt):
        if re.match(f"[{_SPACELESS}]", word):
            found.update(dict.fromkeys(word[start : start + _RUN] for start in range(len(word))))
        else:
            parts = [part for part in re.split(r"[\W_]+", word) if part]
            found.update(dict.fromkeys(one[:LONGEST] for one in (word, *(parts if len(parts) > 1 else ()))))
        if len(found) >= MOST_WORDS:
            break
    return list(found)[:MOST_WORDS]


def sought(search: str) -> list[str]:
    """The words of a search, the longest first, which are the rarest."""
    words = {word[: _RUN if re.match(f"[{_SPACELESS}]", word) else LONGEST] for word in _pieces(search)}
    return sorted(words, key=lambda word: (-len(word), word))[:MOST_SOUGHT]


def keep(session: Session, job: Job) -> None:
    """Enter a job's prompt, and what else a person calls it by."""
    called = (
        job.name,
        job.project,
        job.seed,
        job.id,
        job.model,
        job.engine,
        job.request.get("ratio"),
        job.request.get("prompt"),
    )
    words = words_of(" ".join(str(one) for one in called if one is not None))
    if words:
        session.execute(insert(PromptWord), [{"tenant": job.tenant, "word": word, "job": job.id} for word in words])


def drop(session: Session, job_id: str) -> None:
    """Take a job's words out again."""
    session.execute(delete(PromptWord).where(PromptWord.job == job_id))


def matching(tenant: str, word: str) -> Select[Any]:
    """The ids of a tenant's jobs that have a word beginning so."""
    return select(PromptWord.job).where(
        PromptWord.tenant == tenant, PromptWord.word >= word, PromptWord.word < word + "\U0010ffff"
    )
